internal import JSON
internal import Records
internal import SystemCalls
internal import Trials

extension ExperimentStore {
    /// Takes into the index and the layout what the journal has beyond them.
    func catchUp() throws(StoreError) {
        try mayWrite()
        try index.begin(boot: settings.boot)
        let touched = try scan(from: index.header.journalLength)
        for number in touched.sorted() {
            if let held = try trial(number, capture: .brief) { try addWhole(held) }
        }
        index.header.journalLength = journal.length
        try index.end()
        try tellingLayoutProblems(repairLayout)
    }

    /// Builds the index anew from the journal, and puts back files of the layout that are missing.
    func rebuild(withLayout: Bool = true) throws(StoreError) {
        try mayWrite()
        index = try ExperimentIndex(folder.index, .anew)
        index.header.journalInode = journal.inode
        try index.begin(boot: settings.boot)
        _ = try scan(from: 0)
        try writeEntriesAnew()
        index.header.journalLength = journal.length
        if !withLayout { index.header.layoutLength = journal.length }
        try index.end()
        if withLayout { try tellingLayoutProblems(repairWholeLayout) }
        // Else somebody on another machine, who cannot know that this one goes on, would have to build it once more.
        try index.bringToDevice()
    }

    private func mayWrite() throws(StoreError) {
        guard index.access == .reading else { return }
        throw StoreError(
            .unavailable, "bringing the index up to date", folder.index.shown, reason: "it may only be read",
            remedy: "let the user who owns it run `trialwatch sync`", isTransient: true)
    }

    /// Reads the journal from a place on into the index; says which trials it tells of.
    ///
    /// What a crash left half written at the end is cut off: a torn line, and the lines of a filing whose last one, that
    /// of its trial, was never written. A line that is damaged before others that are whole is passed over: it held
    /// something that was acknowledged, and the lines after it still stand.
    private func scan(from offset: Int64) throws(StoreError) -> Set<Int> {
        var touched: Set<Int> = []
        var damaged: [Extent] = []
        var unfinished: [(event: JournalEvent, extent: Extent)] = []
        try journal.forEachLine(from: offset) { (line, extent) throws(StoreError) in
            guard let object = JournalLine.read(line) else {
                damaged.append(extent)
                return
            }
            for extent in damaged {
                notices.append(
                    Notice(
                        "\(folder.journal.shown): \(extent.length) bytes at \(extent.offset) are damaged and were passed over"
                    ))
            }
            damaged = []
            if let event = JournalEvent(object) {
                unfinished.append((event, extent))
                switch event {
                case .trial(let event): touched.insert(event.number)
                case .deleted, .hash, .reserved: break
                case .name, .text, .points: return
                }
            }
            // A line of a later version of this program means nothing to this one; it is kept, and what is before it.
            for (event, extent) in unfinished { try apply(event, at: extent) }
            unfinished = []
        }
        let ends = [unfinished.first?.extent.offset, damaged.first?.offset].compactMap { $0 }
        if let end = ends.min() {
            notices.append(
                Notice(
                    "\(folder.journal.shown): the last \(journal.length - end) bytes were never written whole and were cut off"
                ))
            try journal.cut(to: end)
        }
        pendingPoints = [:]
        return touched
    }

    /// Takes one line into the index.
    func apply(_ event: JournalEvent, at extent: Extent) throws(StoreError) {
        switch event {
        case .text(let digest):
            try index.set(.text(digest), UInt64(extent.offset) + 1)
        case .name(let entry):
            try index.add(entry)
            if entry.kind == .metric { try addEntries(defining: entry) }
        case .points(let event):
            guard let place = index.names.place(.metric, event.name) else { return }
            pendingPoints[event.number, default: []].append(PointsEntry(event, name: place, line: extent))
        case .trial(let event):
            var row =
                try index.row(event.number) ?? IndexRow(number: event.number, key: event.key, filed: event.filed)
            row.revision = event.revision
            row.state = IndexRow.State(event.state)
            row.document = extent
            if event.holdsFacts { row.facts = extent }
            if event.holdsCapture { row.capture = extent }
            for entry in pendingPoints.removeValue(forKey: event.number) ?? [] { try index.add(entry, to: &row) }
            switch event.state {
            case .succeeded, .failed: row.hasHistory = true
            case .running: break
            case .aborted, .lost:
                if row.hasHistory { index.header.hasStaleEntries = true }
                row.hasHistory = false
            }
            if event.pythonNumber != nil {
                row.isPythons = true
                // As the process that wrote it goes on to know it.
                try index.set(.print(event.key), UInt64(event.number))
            }
            try index.set(row)
            if let print = event.print { try index.set(.print(print), UInt64(event.number)) }
            for hash in event.stepHashes { try know(PythonHash(hash)) }
            index.header.lastFiled = max(
                index.header.lastFiled, event.pythonNumber == nil ? event.at : event.filed)
        case .deleted(let number, let key, let prints):
            var row = IndexRow(number: number, key: key, filed: 0)
            row.state = .deleted
            row.document = extent
            try index.set(row)
            for print in prints { try index.set(.print(print), UInt64(number)) }
        case .hash(let hash):
            try know(hash)
            try index.addEntries(PickleProgram.hash(hash))
        case .reserved(let number):
            index.header.lastNumber = max(index.header.lastNumber, number)
        }
    }

    private func know(_ hash: PythonHash) throws(StoreError) {
        try index.set(.step(hash.key), hash.outputInShort)
        try index.set(.output("\(hash.key) \(hash.output)"), 1)
    }
}
