import Bytes
import Trials

/// What a capture found: its record, and the files that are kept with it.
struct MadeCapture: Sendable {
    var record: TrialCapture
    var parts: [ArtifactFindings.Part] = []

    init(_ record: TrialCapture) { self.record = record }

    /// Takes over what a capturer found.
    mutating func take(_ part: CapturedPart) {
        record.take(part)
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
}
