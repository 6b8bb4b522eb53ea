internal import SystemCalls
internal import SystemPackage

/// Text of unit files.
enum UnitText {
    /// The first line of what `install` writes, by which `uninstall` knows it.
    static let mark = "# Written by trialwatch install; trialwatch uninstall removes it."
    /// The program as the units of the package name it.
    static let packagedProgram: FilePath = "/usr/bin/trialwatch"

    /// A path as it stands in a unit, between such quotes (systemd.syntax(7), systemd.unit(5) on `%`); in a command line `$`, too,
    /// is doubled.
    static func quoted(_ path: FilePath, _ quote: String, dollar: Bool) throws(CommandFailure) -> String {
        guard let text = String(validating: path), !text.unicodeScalars.contains(where: { $0.value < 0x20 }),
            !quote.isEmpty || !text.contains(where: { " \"'\\".contains($0) })
        else {
            throw CommandFailure(
                "install", "\(path.shown) cannot be written into a unit",
                remedy: "choose a path without such characters")
        }
        return text.reduce(into: "") { quoted, character in
            switch character {
            case "\\", "\"": quoted += "\\\(character)"
            case "%": quoted += "%%"
            case "$" where dollar: quoted += "$$"
            default: quoted.append(character)
            }
        }
    }

    /// What was meant by a text between quotes, or by one without any.
    static func unquoted(_ text: Substring) -> String {
        var (plain, rest) = ("", text)
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.popFirst() {
                plain.append(next)
            } else {
                plain.append(character)
                if character == "%", rest.first == "%" { rest.removeFirst() }
            }
        }
        return plain
    }

    /// A unit of the package for a program that lies elsewhere.
    static func unit(_ text: String, running program: FilePath) throws(CommandFailure) -> String {
        let path = "\"\(try quoted(program, "\"", dollar: true))\" "
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            for key in ["ExecStart=", "ExecReload="] where line.hasPrefix("\(key)\(packagedProgram) ") {
                return key + path + line.dropFirst(key.count + packagedProgram.string.count + 1)
            }
            return String(line)
        }
        return mark + "\n" + lines.joined(separator: "\n")
    }
}
