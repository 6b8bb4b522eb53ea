import Bytes
import SystemPackage
import Trials

/// What a capture found: its record, and the files that are kept with it.
struct MadeCapture: Sendable {
    /// A pack of the snapshot's objects, in a file that goes when the capture's entries have it.
    struct Pack: Equatable, Sendable {
        var reference: PartReference
        var file: FilePath
    }

    var record: TrialCapture
    var parts: [ArtifactFindings.Part] = []
    var pack: Pack?

    init(_ record: TrialCapture) { self.record = record }

    /// Takes over what a capturer found; packs lie in the folder that was asked for.
    mutating func take(_ part: CapturedPart, packs: FilePath? = nil) {
        record.take(part)
        if let pack = part.snapshot?.pack { take(pack, in: packs) }
        if let patch = part.snapshot?.patch, !patch.isEmpty {
            if let bytes = Base64.bytes(patch) {
                let reference = PartReference(
                    digest: SHA256.digest(of: bytes).hex, size: bytes.count, role: .patch, name: "changes.patch")
                record.snapshot?.patch = reference
                parts.append(ArtifactFindings.Part(reference: reference, bytes: bytes))
            } else {
                record.problems.append("the patch is not kept: it came damaged from the capture worker")
            }
        }
        for lockfile in part.lockfiles {
            guard let content = lockfile.content else { continue }
            // The worker is not believed: the digest is that of the bytes that came.
            guard let bytes = Base64.bytes(content), let digest = lockfile.facts.sha256,
                SHA256.digest(of: bytes).hex == digest
            else {
                record.problems.append("\(lockfile.facts.path) is not kept: it came damaged from the capture worker")
                continue
            }
            parts.append(
                ArtifactFindings.Part(
                    reference: PartReference(
                        digest: digest, size: bytes.count, role: .lockfile, name: lockfile.facts.path),
                    bytes: bytes))
        }
    }

    /// What the worker says of its content is looked at when it is filed.
    private mutating func take(_ pack: CapturedPack, in folder: FilePath?) {
        // The worker is not believed: no name leads out of the folder.
        guard let folder, let name = FilePath.Component(pack.file), name.kind == .regular, pack.size >= 0,
            Digest<SHA256>(hex: pack.digest)?.hex == pack.digest
        else {
            record.snapshot?.pack = nil
            record.snapshot?.commits = nil
            record.problems.append("the snapshot's pack is not kept: it came damaged from the capture worker")
            return
        }
        let reference = PartReference(digest: pack.digest, size: pack.size, role: .pack, name: "snapshot.pack")
        record.snapshot?.shared = reference
        self.pack = Pack(reference: reference, file: folder.appending(name))
    }
}
