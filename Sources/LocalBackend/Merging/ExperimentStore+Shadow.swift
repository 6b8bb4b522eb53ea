internal import Bytes
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Experiments that Python alone made are read by way of a shadow: a journal and an index of what their pickle has, kept
/// among the user's caches as long as the pickle stays as it is.
extension ExperimentStore {
    /// Whether a shadow is of the pickle as it is now, or not yet of any.
    static func isCurrent(_ folder: ExperimentFolder) throws(StoreError) -> Bool {
        do throws(SystemCallError) {
            guard try FileStatus.ifPresent(folder.source) != nil else { return true }
            let source = try OwnedDescriptor(opening: folder.source, .readOnly, options: .noFollow)
            guard let status = try FileStatus.ifPresent(folder.pickle, followingLinks: true) else { return false }
            return try source.readToEnd(limit: 4096) == Array(text(status).utf8)
        } catch {
            throw StoreError("reading what is known of a pickle", folder.source, error)
        }
    }

    static func removeOldShadow(_ folder: ExperimentFolder) throws(StoreError) {
        guard try !isCurrent(folder) else { return }
        do throws(SystemCallError) { try FileSystem.removeTree(folder.own) } catch {
            throw StoreError("forgetting what is known of a pickle", folder.own, error)
        }
    }

    /// Reads the pickle into an empty shadow; one that has been filled is left as it is.
    func fillShadow() throws(StoreError) {
        do throws(SystemCallError) { if try FileStatus.ifPresent(folder.source) != nil { return } } catch {
            throw StoreError("reading what is known of a pickle", folder.source, error)
        }
        if journal.length > 0 {
            // Somebody was interrupted.
            try journal.cut(to: 0)
            try rebuild(withLayout: false)
        }
        let file = try OpenPickle(folder.pickle)
        guard let state = try file.state() else { throw pickleChangedMeanwhile() }
        if let failure = try merge(file, state) {
            throw StoreError(
                .refused, "reading the pickle", folder.pickle.shown, reason: "\(failure)",
                remedy: "put it back from a backup", isTransient: false)
        }
        guard try file.isStill(state) else { throw pickleChangedMeanwhile() }
        do throws(SystemCallError) {
            guard let status = try FileStatus.ifPresent(folder.pickle, followingLinks: true) else { return }
            let source = try DurableFile(at: folder.source)
            try source.write(Array(Self.text(status).utf8))
            try source.commit()
        } catch {
            throw StoreError("keeping what is known of a pickle", folder.source, error)
        }
    }

    private static func text(_ status: FileStatus) -> String {
        "\(status.device) \(status.inode) \(status.size) \(status.modified) \(status.changed)"
    }

    /// A trial with what stands in its files; the journal of a shadow has the pickle's part only.
    func withFiles(_ held: Held) throws(StoreError) -> StoredTrial {
        var trial = held.trial
        guard folder.isShadow, held.python != nil else { return trial }
        let files = PythonFiles(folder: folder)
        let (capture, _) = try files.capture(
            held.row.number, began: trial.facts.started ?? Timestamp(nanoseconds: 0), besides: nil)
        trial.capture = capture
        for (step, path) in try files.kept([held.row.number])[held.row.number] ?? [] {
            let (digest, size) = try digest(of: path)
            trial.parts.append(PartReference(digest: digest, size: size, role: .pickle, name: step))
        }
        return trial
    }

    /// The bytes of what a step kept, from the file that has them.
    func fileContent(_ part: PartReference, of number: Int) throws(StoreError) -> [UInt8]? {
        for (step, path) in try PythonFiles(folder: folder).kept([number])[number] ?? [] where step == part.name {
            do throws(SystemCallError) {
                return try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
                    .readToEnd(limit: .max - 1)
            } catch {
                throw StoreError("reading what a step kept", path, error)
            }
        }
        return nil
    }

    private func digest(of path: FilePath) throws(StoreError) -> (String, Int) {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
            var digest = DigestContext<SHA256>()
            var size = 0
            while true {
                let piece = try file.read(1 << 20, at: Int64(size))
                if piece.isEmpty { return (digest.finish().hex, size) }
                digest.update(piece)
                size += piece.count
            }
        } catch {
            throw StoreError("reading what a step kept", path, error)
        }
    }
}
