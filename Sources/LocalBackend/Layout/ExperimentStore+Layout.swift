internal import Pickle
internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// The files of a trial as daskperiment has them, the pickle aside.
extension ExperimentStore {
    /// Writes the files of what a filing brought: of its capture, when it brought one, and of what its steps kept.
    func writeLayout(of trial: StoredTrial, onlyMissing: Bool = false) throws(StoreError) {
        let number = trial.reference.number
        guard !folder.isShadow, var row = try index.row(number) else { return }
        let before = row
        if let capture = trial.capture { row.captureFiles = try writeCapture(capture, number, onlyMissing) }
        var steps: Set<String> = []
        for step in trial.facts.persisted {
            steps.insert(step.name)
            try writePersisted(step.name, number, onlyMissing) { PersistRecord.pickle(step.value).pickled() }
        }
        for part in trial.parts where part.role == .persist || part.role == .pickle {
            steps.insert(part.name)
            try writePersisted(part.name, number, onlyMissing) { () throws(StoreError) in try persisted(part) }
        }
        row.persistFiles = steps.count
        if row != before { try index.set(row) }
    }

    /// Writes the files of a capture; says how many there are.
    private func writeCapture(_ capture: TrialCapture, _ number: Int, _ onlyMissing: Bool) throws(StoreError) -> Int {
        var count = 0
        if let code = capture.code, !code.files.isEmpty {
            let text = CodeRecord.text(files: try texts.files(of: code), number: number)
            try write(Array(text.utf8), to: folder.code(number), onlyMissing)
            count += 1
        }
        for category in EnvironmentRecord.categories {
            guard let content = capture.environment[category],
                case .text(let text)? = try texts.entry(category, content).text
            else { continue }
            let isDocument = EnvironmentRecord.keys[category] != nil
            let names = EnvironmentRecord.names(category)
            let first = folder.environment(names[0], number, isDocument: isDocument)
            let isNew = try write(Array(text.utf8), to: first, onlyMissing)
            for name in names.dropFirst() {
                try link(first, to: folder.environment(name, number, isDocument: isDocument), replacing: isNew)
            }
            count += names.count
        }
        return count
    }

    /// Removes the files of a deleted trial.
    func removeLayout(of trial: StoredTrial) throws(StoreError) {
        let number = trial.reference.number
        var paths = [folder.code(number)]
        for category in EnvironmentRecord.categories {
            let isDocument = EnvironmentRecord.keys[category] != nil
            paths += EnvironmentRecord.names(category).map {
                folder.environment($0, number, isDocument: isDocument)
            }
        }
        let steps =
            trial.facts.persisted.map(\.name)
            + trial.parts.filter { [.persist, .pickle].contains($0.role) }.map(\.name)
        paths += steps.compactMap { index.names.entry(.step, $0)?.stored }.map { folder.persist($0, number) }
        for path in paths {
            do throws(SystemCallError) { try FileSystem.remove(path) } catch {
                if error.errno != .noSuchFileOrDirectory {
                    throw StoreError("removing a file of a deleted trial", path, error)
                }
            }
        }
    }

    /// Does something for the layout. What fails is told and tried again at the next use: the journal holds it all, so
    /// neither reading nor filing has to wait for it.
    func tellingLayoutProblems(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        do throws(StoreError) { try body() } catch {
            guard error.kind != .damaged else { throw error }
            let notice = Notice("\(folder.path.shown): its files lag behind its journal: \(error)")
            if !notices.contains(notice) { notices.append(notice) }
        }
    }

    /// False while files of the layout could not be written.
    var isLayoutCurrent: Bool { index.access == .reading || index.header.layoutLength >= journal.length }

    /// Writes the files of what the journal has beyond the layout: a crash, or a full disk, came between.
    func repairLayout() throws(StoreError) {
        guard index.access != .reading else { return }
        var touched: Set<Int> = []
        try journal.forEachLine(from: index.header.layoutLength) { (line, _) throws(StoreError) in
            guard let kind = JournalLine.event(line), kind != "points", kind != "text", kind != "name",
                let object = JournalLine.read(line), case .trial(let event)? = JournalEvent(object)
            else { return }
            touched.insert(event.number)
            // Whose files were overwritten by a Python process, before it was adopted under another number.
            if let taken = event.pythonNumber { touched.insert(taken) }
        }
        for number in touched.sorted() {
            if let held = try trial(number) { try writeLayout(of: held.trial) }
        }
        index.header.layoutLength = journal.length
        try index.end()
    }

    /// Puts back every file of the layout that is missing, or is not as long as it has to be.
    func repairWholeLayout() throws(StoreError) {
        try forEachRow { row throws(StoreError) in
            if let held = try trial(row, capture: .whole) { try writeLayout(of: held.trial, onlyMissing: true) }
        }
        index.header.layoutLength = journal.length
        try index.end()
    }

    /// Removes what a killed process had begun to write; whoever calls this holds the lock, so nobody else is writing.
    func removeLeftovers() throws(StoreError) {
        for directory in [folder.own, folder.temporary] {
            do throws(SystemCallError) {
                for entry in try FileSystem.entries(of: directory)
                where directory == folder.temporary || DurableFile.isLeftover(entry.name) {
                    try FileSystem.remove(directory.appending(entry.name))
                }
            } catch {
                if error.errno != .noSuchFileOrDirectory {
                    throw StoreError("removing what a killed process left", directory, error)
                }
            }
        }
    }

    /// Puts back files that somebody removed; the index knows how many each trial has to have.
    func repairMissingLayout() throws(StoreError) {
        guard index.access != .reading, index.header.lastNumber > 0 else { return }
        // Numbers may have gaps of any size: trials may be copied here.
        var missing: [Int: Int] = [:]
        try forEachRow { row throws(StoreError) in missing[row.number] = row.captureFiles + row.persistFiles }
        for directory in [folder.codeDirectory, folder.environmentDirectory, folder.persistDirectory] {
            do throws(SystemCallError) {
                // There are a dozen a trial, of which a path would cost more than all else here.
                try OwnedDescriptor(directory: directory).forEachName(justOpened: true) { name, _, _ in
                    if let number = Self.number(in: name) { missing[number]? -= 1 }
                }
            } catch {
                if error.errno != .noSuchFileOrDirectory {
                    throw StoreError("looking through the experiment's files", directory, error)
                }
            }
        }
        var repaired = 0
        for number in missing.filter({ $0.value > 0 }).keys.sorted() {
            guard let held = try trial(number) else { continue }
            try writeLayout(of: held.trial, onlyMissing: true)
            repaired += 1
        }
        if repaired > 0 {
            notices.append(
                Notice("\(folder.path.shown): files of \(repaired) trials were missing and were written again"))
        }
    }

    /// The trial's number in a name like `requirements_resnet_12.txt`.
    private static func number(in name: UnsafeBufferPointer<UInt8>) -> Int? {
        let stem = name.prefix(upTo: name.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex)
        guard let place = stem.lastIndex(of: UInt8(ascii: "_")) else { return nil }
        return Int(String(decoding: stem[(place + 1)...], as: UTF8.self))
    }

    private func writePersisted(
        _ step: String, _ number: Int, _ onlyMissing: Bool, _ content: () throws(StoreError) -> [UInt8]
    ) throws(StoreError) {
        guard let name = index.names.entry(.step, step)?.stored else { return }
        try write(try content(), to: folder.persist(name, number), onlyMissing)
    }

    /// The pickle that the layout has of what a step kept.
    func persisted(_ part: PartReference) throws(StoreError) -> [UInt8] {
        if part.role == .pickle, let content = try object(part.digest) { return content }
        return try pickle(of: part).pickled()
    }

    private func pickle(of part: PartReference) throws(StoreError) -> PickleValue {
        if part.size <= PersistRecord.largestInline, let content = try object(part.digest) {
            return PersistRecord.pickle(content: content)
        }
        return PersistRecord.pickle(reference: part, path: "trialwatch/objects/\(part.digest)")
    }

    /// Puts a file in its place; says whether it had to.
    ///
    /// One that is there is replaced whole. A new one is written where it stands, as daskperiment does: what breaks off is
    /// written again, as the layout counts as lagging behind until all of it is there.
    @discardableResult
    private func write(_ bytes: [UInt8], to path: FilePath, _ onlyMissing: Bool) throws(StoreError) -> Bool {
        do throws(SystemCallError) {
            if onlyMissing, let status = try FileStatus.ifPresent(path), status.size == bytes.count { return false }
            do throws(SystemCallError) {
                try create(path, bytes)
            } catch {
                switch error.errno {
                case .fileExists:
                    let temporary = folder.temporary.appending("layout")
                    try OwnedDescriptor(opening: temporary, .writeOnly, options: [.create, .truncate]).write(bytes)
                    try FileSystem.rename(temporary, to: path)
                case .noSuchFileOrDirectory:
                    // Somebody has removed the directory.
                    try FileSystem.makeDirectories(path.removingLastComponent())
                    try create(path, bytes)
                default: throw error
                }
            }
            return true
        } catch {
            throw StoreError("writing a file of the trial", path, error)
        }
    }

    private func create(_ path: FilePath, _ bytes: [UInt8]) throws(SystemCallError) {
        try OwnedDescriptor(opening: path, .writeOnly, options: [.create, .exclusiveCreate]).write(bytes)
    }

    private func link(_ path: FilePath, to second: FilePath, replacing: Bool) throws(StoreError) {
        do throws(SystemCallError) {
            do throws(SystemCallError) {
                try FileSystem.link(path, to: second)
            } catch {
                guard error.errno == .fileExists else { throw error }
                guard replacing else { return }
                let temporary = folder.temporary.appending("link")
                if try FileStatus.ifPresent(temporary) != nil { try FileSystem.remove(temporary) }
                try FileSystem.link(path, to: temporary)
                try FileSystem.rename(temporary, to: second)
            }
        } catch {
            throw StoreError("writing a file of the trial", second, error)
        }
    }
}
