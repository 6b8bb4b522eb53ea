import Bytes
import SystemPackage
import Trials

/// What a capture found: its record, and the files that are kept with it.
struct MadeCapture: Sendable {
    /// What other hosts need of the snapshot, in a file that goes when the capture's entries have it.
    struct File: Equatable, Sendable {
        var reference: PartReference
        var file: FilePath
    }

    var record: TrialCapture
    var parts: [ArtifactFindings.Part] = []
    var files: [File] = []

    init(_ record: TrialCapture) { self.record = record }

    /// Takes over what a capturer found; packs lie in the folder that was asked for.
    mutating func take(_ part: CapturedPart, packs: FilePath? = nil) {
        record.take(part)
        if let pack = part.snapshot?.pack {
            let file = file(pack, in: packs, .pack, "snapshot.pack")
            record.snapshot?.shared = file?.reference
            if file == nil { record.snapshot?.pack = nil }
        }
        if let bundle = part.snapshot?.bundle {
            let file = file(bundle, in: packs, .commits, "commits.bundle")
            record.snapshot?.commits?.bundle = file?.reference
            if file == nil { record.snapshot?.commits = nil }
        }
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

    /// Takes over a file; nil, and a problem, for one that cannot be. What the worker says of its content is looked at when it is
    /// filed.
    private mutating func file(
        _ pack: CapturedPack, in folder: FilePath?, _ role: PartReference.Role, _ called: String
    ) -> File? {
        // The worker is not believed: no name leads out of the folder.
        guard let folder, let name = FilePath.Component(pack.file), name.kind == .regular, pack.size >= 0,
            Digest<SHA256>(hex: pack.digest)?.hex == pack.digest
        else {
            record.problems.append("\(called) is not kept: it came damaged from the capture worker")
            return nil
        }
        let reference = PartReference(digest: pack.digest, size: pack.size, role: role, name: called)
        let file = File(reference: reference, file: folder.appending(name))
        files.append(file)
        return file
    }
}
