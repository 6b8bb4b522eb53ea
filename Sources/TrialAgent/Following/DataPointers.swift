import SystemPackage
import Trials
import YAML

/// Content that a pointer stands for.
struct PointedContent: Equatable, Sendable {
    var pointer: DataPointer
    var size: Int?
}

/// Reads what DVC and git-annex leave in place of large files.
enum DataPointers {
    /// The most bytes of a pointer file.
    static let limit = 1 << 15

    /// What a `.dvc` file says of the file or folder `name` beside it; of a file with one entry, whatever its name.
    static func dvc(_ bytes: [UInt8], name: String) -> PointedContent? {
        guard let outs = try? YAMLNode.parse(bytes, file: "").mapping?["outs"]?.sequence else { return nil }
        let all = outs.compactMap(\.mapping)
        guard let out = all.first(where: { $0["path"]?.source == name }) ?? (all.count == 1 ? all[0] : nil),
            let digest = out["md5"]?.source, isHexadecimal(digest.hasSuffix(".dir") ? digest.dropLast(4) : digest[...])
        else { return nil }
        // Before DVC 3 there was no `hash:`, and texts were hashed with their line ends made Unix's.
        let algorithm = out["hash"]?.text == "md5" ? "md5" : "md5-dos2unix"
        var size: Int?
        if case .integer(let count)? = out["size"]?.value { size = count.int }
        return PointedContent(pointer: DataPointer(.dvc, algorithm: algorithm, digest: digest), size: size)
    }

    /// What git-annex's link says: `../.git/annex/objects/…/SHA256E-s5--…`.
    static func annex(link target: FilePath) -> PointedContent? {
        let names = target.components.map(\.string)
        guard let place = names.indices.first(where: { names[$0...].starts(with: ["annex", "objects"]) }),
            place > 0, names[place - 1].hasSuffix(".git") || names[..<place].contains(".git"), let key = names.last
        else { return nil }
        return annex(key: key)
    }

    /// What git-annex's pointer file says: `/annex/objects/SHA256E-s5--…`.
    static func annex(file bytes: [UInt8]) -> PointedContent? {
        let beginning = "/annex/objects/"
        guard bytes.starts(with: beginning.utf8) else { return nil }
        return annex(key: String(decoding: bytes.dropFirst(beginning.utf8.count).prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// A key: `SHA256E-s31390-m1700000000--f50d7ac4….mp3`; nil where it is not made of the content.
    private static func annex(key: String) -> PointedContent? {
        guard let dashes = key.utf8.indices.first(where: { key[$0...].hasPrefix("--") }) else { return nil }
        let fields = key[..<dashes].split(separator: "-")
        // Backends whose names end in E keep the file's extension behind the digest.
        let digest = key[dashes...].dropFirst(2).prefix { $0 != "." }
        guard let backend = fields.first, isHexadecimal(digest) else { return nil }
        let size = fields.dropFirst().first { $0.hasPrefix("s") }.flatMap { Int($0.dropFirst()) }
        let algorithm = (backend.hasSuffix("E") ? backend.dropLast() : backend).lowercased()
        return PointedContent(
            pointer: DataPointer(.annex, algorithm: algorithm, digest: String(digest)),
            size: size.flatMap { $0 < 0 ? nil : $0 })
    }

    private static func isHexadecimal(_ digest: Substring) -> Bool {
        (32...256).contains(digest.utf8.count) && digest.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    }
}
