internal import SystemCalls
internal import SystemPackage

/// The last pack of a kind that other hosts got of a store, in a folder of its own: what is asked for again costs nothing. The
/// file `note` beside it says what it is of, and is touched whenever it is asked for.
///
/// The store has to be locked.
struct LastPack {
    /// The folder, which nothing else is in.
    let folder: FilePath
    /// What its file is called behind its SHA-256.
    let ending: String
    let limits: PackFilling.Limits

    private static let note = "note"
    /// A pack is kept by a server, for long: git's own level.
    private static let level: Int32 = 6

    /// What comes of a pack of this: by the note, or by filling one behind a header. The same content gives the same bytes.
    func outcome(
        of subject: PackNote.Subject, behind header: [UInt8] = [],
        _ fill: (inout PackFilling) throws(PackFilling.Hindrance) -> Void
    ) throws(SnapshotError) -> PackNote.Outcome {
        if let known = note(), known.answers(subject, atMost: limits.largest), isThere(known) {
            try? OwnedDescriptor(opening: folder.appending(Self.note), .readOnly, options: .noFollow).touch()
            return limited(known.outcome)
        }
        try makeRoom()
        let outcome = try filled(behind: header, fill)
        do throws(SystemCallError) {
            try FileSystem.replace(
                folder.appending(Self.note), with: Array(PackNote(subject, outcome).text.utf8),
                permissions: [.ownerRead, .ownerWrite])
        } catch {
            throw SnapshotError("writing down what a pack is of", error)
        }
        return limited(outcome)
    }

    /// Gives its file a name in another folder that stays when another one is made.
    func handOver(_ digest: String, to other: FilePath) throws(SnapshotError) -> String {
        let name = "pack-" + String(UInt64.random(in: .min ... .max), radix: 36)
        do throws(SystemCallError) {
            try FileSystem.linkOrCopy(folder.appending(digest + ending), to: other.appending(name))
        } catch {
            throw SnapshotError("handing over a pack", error)
        }
        return name
    }

    private func limited(_ outcome: PackNote.Outcome) -> PackNote.Outcome {
        if case .made(_, let size) = outcome, size > limits.largest { return .nothing(.larger(than: limits.largest)) }
        return outcome
    }

    private func note() -> PackNote? {
        let path = folder.appending(Self.note)
        guard let file = try? OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking]),
            let bytes = try? file.readToEnd(limit: 1 << 16)
        else { return nil }
        return String(validating: bytes, as: UTF8.self).flatMap { PackNote($0) }
    }

    private func isThere(_ note: PackNote) -> Bool {
        guard case .made(let digest, let size) = note.outcome else { return true }
        return (try? FileStatus.ifPresent(folder.appending(digest + ending)))?.size == Int64(size)
    }

    /// Removes the pack of before, and what a kill left.
    private func makeRoom() throws(SnapshotError) {
        // Of a large tree that is as much as the pack takes.
        ProcessMemory.giveBackUnused()
        do throws(SystemCallError) {
            try FileSystem.makeDirectories(folder)
            for entry in try FileSystem.entries(of: folder) { try FileSystem.remove(folder.appending(entry.name)) }
        } catch {
            throw SnapshotError("making room for a pack", error)
        }
    }

    private func filled(
        behind header: [UInt8], _ fill: (inout PackFilling) throws(PackFilling.Hindrance) -> Void
    ) throws(SnapshotError) -> PackNote.Outcome {
        var filling = PackFilling(try PackWriter(in: folder, level: Self.level, behind: header), limits)
        do throws(PackFilling.Hindrance) { try fill(&filling) } catch {
            filling.end().discard()
            switch error {
            case .refusal(let refusal): return .nothing(refusal)
            case .failure(let failure): throw failure
            }
        }
        let (digest, size) = try filling.end().commit(withEnding: ending)
        return size > limits.largest ? .nothing(.larger(than: limits.largest)) : .made(digest: digest, size: size)
    }
}

extension PackNote.Refusal {
    /// The end of a sentence.
    var phrase: String {
        switch self {
        case .larger(let limit): "they take more than \(limit) bytes, packed (snapshot: share)"
        case .reason(let reason): reason
        }
    }
}
