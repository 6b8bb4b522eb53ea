import Bytes
import JSON
import Trials

/// The file form of an entry: a fixed head, a manifest that can be read alone, and the filing.
///
///     "TWSE"  version  bytes of the manifest   SHA-256 of the manifest   manifest   payload
///       4     4, LE    4, LE                   32                        JSON       zstd
///
/// The payload is the filing's JSON, and after it the bytes of each of its parts, but for those that lie beside the entry.
///
/// Nothing of it is believed: every length and digest is checked, and what remains must say what the file's name says.
enum EntryFile {
    /// What can be known of an entry without reading its payload.
    struct Manifest: Hashable, Sendable, Codable {
        var sequence: Int
        var backend: String
        var key: RunKey
        var revision: Revision
        var experiment: Experiment.ID
        /// Bytes of the filing's JSON.
        var contentBytes: Int
        /// Bytes of the filing's parts.
        var partBytes: Int
        /// Bytes of the payload.
        var payloadBytes: Int
        /// SHA-256 of the payload.
        var payloadDigest: String
        /// The marker that a receipt is to be written for.
        var receipt: MarkerPlace?

        var name: EntryName { EntryName(sequence: sequence, key: key, revision: revision) }

        private enum CodingKeys: String, CodingKey {
            case sequence, backend, key, revision, experiment, receipt
            case contentBytes = "content_bytes"
            case partBytes = "part_bytes"
            case payloadBytes = "payload_bytes"
            case payloadDigest = "payload_sha256"
        }
    }

    /// The bytes of an entry's file, without the secrets in the filing's texts; the same entry always gives the same.
    ///
    /// Throws what JSON or zstd say, and when the parts are not those of the filing.
    static func bytes(of entry: SpoolEntry) throws -> [UInt8] {
        var captures = EntryCaptures()
        return try bytes(of: entry, &captures)
    }

    /// As ``bytes(of:)``, where the captures of several entries are mostly the same.
    static func bytes(of entry: SpoolEntry, _ captures: inout EntryCaptures) throws -> [UInt8] {
        guard entry.parts.map(\.count) == entry.filing.parts.filter({ !$0.liesBeside }).map(\.size) else {
            throw DamagedEntry("the parts have other sizes than the filing says")
        }
        var filing = entry.filing
        filing.capture = nil
        let capture = try entry.filing.capture.map { try captures.scrubbed($0) }
        var document = try JSON.encode(filing).scrubbedFiling(besides: capture?.secrets ?? [:]).object ?? [:]
        if let capture { document["capture"] = capture.json }
        var content = JSON.object(document).bytes()
        let contentBytes = content.count
        for part in entry.parts { content += part }
        let payload = try Zstd.compress(content)
        let manifest = Manifest(
            sequence: entry.sequence, backend: entry.backend, key: entry.filing.key, revision: entry.filing.revision,
            experiment: entry.filing.experiment, contentBytes: contentBytes,
            partBytes: content.count - contentBytes, payloadBytes: payload.count,
            payloadDigest: SHA256.digest(of: payload).hex, receipt: entry.receipt)
        let text = try JSON.encode(manifest).bytes()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headBytes + text.count + payload.count)
        bytes += magic
        bytes += littleEndian(version)
        bytes += littleEndian(UInt32(text.count))
        bytes += SHA256.digest(of: text).bytes
        bytes += text
        bytes += payload
        return bytes
    }

    /// How many bytes from the file's start hold its manifest, as told by its first `headBytes` bytes.
    static func manifestEnd(_ head: [UInt8]) throws(DamagedEntry) -> Int {
        guard head.count >= headBytes else { throw DamagedEntry("the file ends after \(head.count) bytes") }
        guard head.starts(with: magic) else { throw DamagedEntry("the file does not begin as an entry does") }
        let found = number(head[4..<8])
        guard found == version else {
            throw DamagedEntry("the entry is of version \(found), and this version of trialwatch reads \(version)")
        }
        let length = Int(number(head[8..<12]))
        guard length <= longestManifest else { throw DamagedEntry("the manifest claims to have \(length) bytes") }
        return headBytes + length
    }

    /// The manifest of a file that is to have this name, from the file's bytes up to `manifestEnd` at least.
    static func manifest(in bytes: [UInt8], named name: EntryName) throws(DamagedEntry) -> Manifest {
        let end = try manifestEnd(bytes)
        guard bytes.count >= end else { throw DamagedEntry("the file ends within its manifest") }
        let text = Array(bytes[headBytes..<end])
        guard SHA256.digest(of: text).bytes == Array(bytes[12..<headBytes]) else {
            throw DamagedEntry("the manifest is not what was written")
        }
        let manifest: Manifest
        do throws(JSONError) {
            manifest = try JSON(parsing: text).decode()
        } catch {
            throw DamagedEntry("the manifest cannot be understood: \(error)")
        }
        guard manifest.name == name else {
            throw DamagedEntry("the file is named \(name), and its manifest says \(manifest.name)")
        }
        return manifest
    }

    /// The entry in the bytes of a file that is to have this name.
    static func entry(in bytes: [UInt8], named name: EntryName) throws(DamagedEntry) -> SpoolEntry {
        var captures = EntryCaptures()
        return try sizedEntry(in: bytes, named: name, &captures).entry
    }

    /// The entry, and how many bytes its filing and parts are.
    static func sizedEntry(
        in bytes: [UInt8], named name: EntryName, _ captures: inout EntryCaptures
    ) throws(DamagedEntry) -> (entry: SpoolEntry, bytes: Int) {
        let manifest = try manifest(in: bytes, named: name)
        let payload = Array(bytes[try manifestEnd(bytes)...])
        guard payload.count == manifest.payloadBytes else {
            throw DamagedEntry("the payload has \(payload.count) bytes instead of \(manifest.payloadBytes)")
        }
        guard SHA256.digest(of: payload).hex == manifest.payloadDigest else {
            throw DamagedEntry("the payload is not what was written")
        }
        var filing: Filing
        var content: [UInt8]
        do {
            let size = manifest.contentBytes.addingReportingOverflow(manifest.partBytes)
            guard !size.overflow, manifest.contentBytes >= 0, manifest.partBytes >= 0 else {
                throw DamagedEntry("the manifest claims impossible sizes")
            }
            content = try Zstd.decompress(payload, limit: size.partialValue)
            guard content.count == size.partialValue else {
                throw DamagedEntry("the content has \(content.count) bytes instead of \(size.partialValue)")
            }
            var document = try JSON(parsing: content[..<manifest.contentBytes]).object ?? [:]
            let capture = document["capture"]
            document["capture"] = nil
            filing = try JSON.object(document).decode()
            if let capture { filing.capture = try captures.capture(of: capture) }
        } catch {
            throw DamagedEntry("the payload cannot be understood: \(error)")
        }
        guard filing.key == manifest.key, filing.revision == manifest.revision,
            filing.experiment == manifest.experiment
        else { throw DamagedEntry("the manifest speaks of another run than the filing") }
        let entry = SpoolEntry(
            sequence: manifest.sequence, backend: manifest.backend, filing: filing,
            parts: try parts(of: filing, in: content[manifest.contentBytes...]), receipt: manifest.receipt)
        return (entry, content.count)
    }

    private static func parts(of filing: Filing, in bytes: ArraySlice<UInt8>) throws(DamagedEntry) -> [[UInt8]] {
        var (parts, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], bytes)
        for part in filing.parts where !part.liesBeside {
            guard (0...rest.count).contains(part.size) else { throw DamagedEntry("the parts are cut off") }
            parts.append(Array(rest.prefix(part.size)))
            rest = rest.dropFirst(part.size)
        }
        guard rest.isEmpty else { throw DamagedEntry("there are bytes after the last part") }
        return parts
    }

    /// Bytes before the manifest.
    static let headBytes = 44
    private static let magic = Array("TWSE".utf8)
    private static let version: UInt32 = 1
    private static let longestManifest = 1 << 16

    private static func littleEndian(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
