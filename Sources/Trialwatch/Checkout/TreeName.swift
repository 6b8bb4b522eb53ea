/// Which names of a tree may be written into a folder: pure.
enum TreeName {
    /// The longest name that Linux's file systems take (`NAME_MAX`).
    static let longest = 255

    /// Why a name must not be written; nil when it may.
    static func refusal(of name: [UInt8]) -> String? {
        if name.isEmpty { return "it has no name" }
        if name.count > longest { return "its name has \(name.count) bytes, and a file's at most \(longest)" }
        if name.contains(0x2F) || name.contains(0) { return "its name holds a slash or a zero" }
        if name == Array(".".utf8) || name == Array("..".utf8) { return "its name leads out of its folder" }
        if isGits(name) { return "git would take it for its own folder" }
        return nil
    }

    /// Whether git, on some file system, takes a name for `.git`: in any case, with what HFS+ and NTFS pass over, and as the short
    /// name that FAT makes of it (git's path.c, CVE-2014-9390).
    static func isGits(_ name: [UInt8]) -> Bool {
        var scalars: [Unicode.Scalar] = []
        for scalar in String(decoding: name, as: UTF8.self).unicodeScalars where !isIgnoredByHFS(scalar) {
            // NTFS: `.git::$INDEX_ALLOCATION` is `.git`.
            if scalar == ":" || scalar == "\\" { break }
            scalars.append(scalar)
        }
        while let last = scalars.last, last == "." || last == " " { scalars.removeLast() }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        text = text.lowercased()
        return text == ".git" || text == "git~1"
    }

    private static func isIgnoredByHFS(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: true
        default: false
        }
    }
}
