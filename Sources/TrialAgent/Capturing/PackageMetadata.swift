internal import SystemPackage

/// The headers of a package's `METADATA` or `PKG-INFO` (core metadata, in the form of an e-mail), or of R's `DESCRIPTION`,
/// which has the same form and another word for the name.
struct PackageMetadata: Equatable {
    let name: String
    let version: String

    /// Nil when there is no header of that name; a package without `Version` has an empty one.
    init?(_ bytes: [UInt8], name header: String = "name:") {
        var name: String?
        var version: String?
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) ?? (rest.isEmpty ? nil : rest.endIndex) {
            var line = rest[..<end]
            rest = rest[min(end + 1, rest.endIndex)...]
            if line.last == 0x0D { line.removeLast() }
            // An empty line ends the headers; the description follows.
            if line.isEmpty { break }
            if name == nil { name = Self.value(of: header, in: line) }
            if version == nil { version = Self.value(of: "version:", in: line) }
            if name != nil, version != nil { break }
        }
        guard let name, !name.isEmpty else { return nil }
        self.name = name
        self.version = version ?? ""
    }

    private static func value(of header: String, in line: ArraySlice<UInt8>) -> String? {
        guard line.count >= header.utf8.count,
            zip(line, header.utf8).allSatisfy({ $0 | 0x20 == $1 || $0 == $1 })
        else { return nil }
        return String(String(decoding: line.dropFirst(header.utf8.count), as: UTF8.self).trimmedASCII)
    }
}

/// Where a package came from when it came from no index (PEP 610, `direct_url.json`).
struct DirectURL: Equatable, Decodable {
    struct VersionControl: Equatable, Decodable {
        let vcs: String
        let commit_id: String
    }
    struct Archive: Equatable, Decodable {
        let hash: String?
        let hashes: [String: String]?

        /// `sha256=…`; newer installers write `hashes` only, and newer pips look at these first.
        var fragment: String? {
            if let digest = hashes?["sha256"] { return "sha256=" + digest }
            return hashes?.min { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } ?? hash
        }
    }
    struct Folder: Equatable, Decodable { let editable: Bool? }

    let url: String
    let subdirectory: String?
    let vcs_info: VersionControl?
    let archive_info: Archive?
    let dir_info: Folder?

    /// True when it says what kind of place that is, as it must (PEP 610).
    var isOfOneKind: Bool {
        [vcs_info != nil, archive_info != nil, dir_info != nil].count { $0 } == 1
    }

    /// The folder of an editable install; nil for any other.
    var editableFolder: FilePath? {
        guard dir_info?.editable == true, url.hasPrefix("file://") else { return nil }
        return FilePath(percentEncoded: url.dropFirst("file://".count))
    }

    /// pip's `name @ url` form, without a user but `git` and without a password, unless they are names of variables, and
    /// without a query, which may be a signature.
    func requirement(named name: String) -> String {
        var text = name + " @ "
        var fragments: [String] = []
        if let vcs_info {
            text += "\(vcs_info.vcs)+\(redacted)@\(vcs_info.commit_id)"
        } else {
            text += redacted
            if let hash = archive_info?.fragment { fragments.append(hash) }
        }
        if let subdirectory { fragments.append("subdirectory=" + subdirectory) }
        return fragments.isEmpty ? text : text + "#" + fragments.joined(separator: "&")
    }

    /// True when `requirement` says less than the address.
    var isRedacted: Bool { redacted != url }

    /// The address without what may be secret in it.
    var redacted: String {
        let end = url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
        let query = url[end...].prefix { $0 != "#" }
        return Self.withoutUser(String(url[..<end] + url[query.endIndex...]), isGit: vcs_info?.vcs == "git")
    }

    /// As pip itself redacts what it writes; other installers may not.
    private static func withoutUser(_ url: String, isGit: Bool) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        guard let at = authority.lastIndex(of: "@") else { return url }
        let user = authority[..<at]
        if user == "git", isGit { return url }
        let isVariables = user.split(separator: ":").allSatisfy { $0.hasPrefix("${") && $0.hasSuffix("}") }
        if isVariables { return url }
        return url[..<scheme.upperBound] + String(rest[rest.index(after: at)...])
    }
}

extension FilePath {
    /// The path in a `file:` URL.
    init?(percentEncoded text: Substring) {
        var bytes: [CInterop.PlatformChar] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let code = UInt8(String(rest.prefix(2)) ?? "", radix: 16), code != 0 else { return nil }
                bytes.append(CInterop.PlatformChar(bitPattern: code))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(CInterop.PlatformChar(bitPattern: byte))
            }
        }
        self.init(platformString: bytes + [0])
    }

    /// The path as the rest of a `file:` URL, as Python's `PurePath.as_uri` writes it.
    var percentEncoded: String {
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/".utf8)
        return withPlatformString { text in
            (0..<length).map { index in
                let byte = UInt8(bitPattern: text[index])
                if allowed.contains(byte) { return String(UnicodeScalar(byte)) }
                return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }.joined()
        }
    }
}

extension String {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        indices.lazy.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }
}
