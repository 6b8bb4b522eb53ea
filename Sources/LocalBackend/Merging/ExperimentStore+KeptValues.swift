internal import Bytes
internal import Pickle
internal import Records
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// What steps of Python processes kept.
extension ExperimentStore {
    /// Keeps the files of a trial as parts, but those that are the other trial's of the same number.
    ///
    /// What is too large to be kept twice stays a file of the layout alone; it gets the trial's number before anything is
    /// written for the holder of the one that it had.
    func keep(
        _ files: [(step: String, path: FilePath)], as number: Int, besides holder: Held?,
        _ reading: inout PythonReading
    ) throws(StoreError) -> [PartReference] {
        var parts: [PartReference] = []
        for (step, path) in files {
            guard let content = try content(of: path) else {
                let place = folder.persist(step, number)
                if place != path {
                    try attempt("moving what a step of a Python process kept", path) { () throws(SystemCallError) in
                        try FileSystem.rename(path, to: place)
                    }
                }
                reading.tell("what step \(step) kept is large, and is kept in one place only: \(place.shown)")
                continue
            }
            if let holder, try isKept(content, step, holder) { continue }
            let part = PartReference(
                digest: SHA256.digest(of: content).hex, size: content.count, role: .pickle, name: step)
            try keep(part, content)
            parts.append(part)
        }
        return parts
    }

    /// The bytes of a file; nil when they are too many.
    private func content(of path: FilePath) throws(StoreError) -> [UInt8]? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
            guard try file.status().size <= PythonFiles.largestValue else { return nil }
            return try file.readToEnd(limit: PythonFiles.largestValue)
        } catch {
            throw StoreError("keeping what a step of a Python process kept", path, error)
        }
    }

    /// Keeps a part for this experiment alone.
    private func keep(_ part: PartReference, _ content: [UInt8]) throws(StoreError) {
        try PartFolder(path: settings.objects).store(part, from: .bytes(content))
        guard try adopt(part) else {
            throw StoreError(
                .unavailable, "keeping a part", part.digest, reason: "it was removed meanwhile", isTransient: true)
        }
    }

    /// Whether the layout has this content for a step of a trial of the journal.
    private func isKept(_ content: [UInt8], _ step: String, _ holder: Held) throws(StoreError) -> Bool {
        guard let name = index.names.name(.step, storedAs: step) else { return false }
        if let part = holder.trial.parts.first(where: { $0.name == name && [.persist, .pickle].contains($0.role) }) {
            return try persisted(part) == content
        }
        return holder.trial.facts.persisted[name].map { PersistRecord.pickle($0).pickled() == content } ?? false
    }
}
