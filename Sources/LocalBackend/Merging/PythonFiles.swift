internal import Bytes
internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// What a Python process keeps of a trial beside its pickle: code, environment texts and what its steps kept, in the
/// layout's files under the number that it took.
struct PythonFiles {
    /// The longest text that is taken over, and the largest value that a step kept.
    static let longestText = 16 << 20
    static let largestValue = 64 << 20

    let folder: ExperimentFolder

    /// Whether there are files of a number: a Python process that runs a trial has written them at its beginning.
    func isTaken(_ number: Int) throws(StoreError) -> Bool {
        for path in [folder.code(number), folder.environment("platform", number, isDocument: true)] {
            do throws(SystemCallError) { if try FileStatus.ifPresent(path) != nil { return true } } catch {
                throw StoreError("looking for trials of Python processes", path, error)
            }
        }
        return false
    }

    /// When the trial began: its code is written first, and not again.
    func began(_ number: Int) -> Timestamp? {
        guard let status = try? FileStatus.ifPresent(folder.code(number)), status.kind == .regular else { return nil }
        return Timestamp(nanoseconds: Int(status.modified), offset: Clock.localOffset(at: status.modified))
    }

    /// The code's text, without the line that names the trial.
    func code(_ number: Int) throws(StoreError) -> String? {
        guard let text = try text(folder.code(number)) else { return nil }
        guard let end = text.firstIndex(where: \.isNewline) else { return "" }
        return String(text[text.index(after: end)...])
    }

    /// The text of a category, as it stands in its file.
    func environment(_ category: EnvironmentCategory, _ number: Int) throws(StoreError) -> String? {
        try text(environmentFile(category, number))
    }

    func environmentFile(_ category: EnvironmentCategory, _ number: Int) -> FilePath {
        folder.environment(category.rawValue, number, isDocument: EnvironmentRecord.keys[category] != nil)
    }

    /// What the files of a trial say, nil when there are none, and whether they are those of a trial of ours.
    ///
    /// A Python process writes all of them when it begins a trial. When they are ours, somebody has written them since.
    func capture(
        _ number: Int, began: Timestamp, besides ours: StoredTrial?
    ) throws(StoreError) -> (TrialCapture?, areOurs: Bool) {
        var capture = TrialCapture(began: began, agent: "daskperiment")
        var areOurs = ours != nil
        if let code = try code(number) {
            let context = CodeContext(files: [CodeContext.File(path: "", text: code)])
            capture.code = context
            let theirs = ours?.capture?.code.map { CodeRecord.text($0, number: number) }
            if theirs != CodeRecord.text(context, number: number) { areOurs = false }
        }
        for category in EnvironmentRecord.categories {
            guard let text = try environment(category, number) else { continue }
            capture.environment[category] = EnvironmentRecord.content(text, of: category)
            let theirs = ours?.capture?.environment[category].map { EnvironmentRecord.text(category, $0) }
            if theirs != .text(text) { areOurs = false }
        }
        let isEmpty = capture.code == nil && capture.environment.categories.isEmpty
        return (isEmpty ? nil : capture, areOurs && !isEmpty)
    }

    /// The files of what steps kept, by number, each with its step; of the numbers asked for only.
    func kept(_ numbers: Set<Int>) throws(StoreError) -> [Int: [(step: String, path: FilePath)]] {
        var found: [Int: [(step: String, path: FilePath)]] = [:]
        let prefix = "\(folder.experiment)_"
        do throws(SystemCallError) {
            for entry in try FileSystem.entries(of: folder.persistDirectory) where entry.kind == .regular {
                guard let name = String(validating: entry.name), name.hasPrefix(prefix), name.hasSuffix(".pkl") else {
                    continue
                }
                let rest = name.dropFirst(prefix.count).dropLast(4)
                guard let cut = rest.lastIndex(of: "_"), let number = Int(rest[rest.index(after: cut)...]),
                    numbers.contains(number)
                else { continue }
                found[number, default: []].append(
                    (String(rest[..<cut]), folder.persistDirectory.appending(entry.name)))
            }
        } catch {
            guard error.errno == .noSuchFileOrDirectory else {
                throw StoreError("looking for what steps of Python's kept", folder.persistDirectory, error)
            }
        }
        return found.mapValues { $0.sorted { $0.step < $1.step } }
    }

    /// A file of text; nil when there is none. Bytes that are no UTF-8 are shown as U+FFFD.
    private func text(_ path: FilePath) throws(StoreError) -> String? {
        do throws(SystemCallError) {
            guard let status = try FileStatus.ifPresent(path), status.kind == .regular else { return nil }
            let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
            return String(decoding: try file.readToEnd(limit: Self.longestText), as: UTF8.self)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw StoreError("reading a file of a trial of Python's", path, error)
        }
    }
}
