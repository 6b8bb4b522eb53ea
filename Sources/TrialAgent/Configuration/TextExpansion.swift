internal import SystemCalls
public import SystemPackage
public import YAML

/// Fills `~`, `$VAR`, `${VAR}`, `${VAR:-default}` and `${credential:name}` into texts of the configuration.
///
/// `$$` is a dollar sign. A variable that is not set and has no default is a problem, and so is an empty one.
public struct TextExpansion: Sendable {
    let surroundings: Surroundings
    /// Where relative paths begin.
    public let base: FilePath

    /// Expansion for one user and one file, in whose folder relative paths begin.
    public init(_ surroundings: Surroundings, base: FilePath) {
        self.surroundings = surroundings
        self.base = base
    }

    /// An absolute path in its shortest spelling; nil after adding a problem.
    public func path(_ item: YAMLItem) -> FilePath? {
        guard let text = pathText(item) else { return nil }
        return base.pushing(FilePath(text)).lexicallyNormalized()
    }

    /// A path's text with everything filled in, relative where it was written so; nil after adding a problem.
    func pathText(_ item: YAMLItem) -> String? {
        guard let written = item.text() else { return nil }
        guard !written.isEmpty else {
            item.refuse("expected a path, found an empty text")
            return nil
        }
        do throws(ExpansionError) {
            let expanded = try expand(written)
            guard !expanded.isSecret else {
                throw ExpansionError(message: "a credential cannot be part of a path: paths are shown and recorded")
            }
            guard !expanded.text.utf8.contains(0) else { throw ExpansionError(message: "a path cannot hold a NUL") }
            return expanded.text
        } catch {
            item.refuse(error.message)
            return nil
        }
    }

    /// A text that may hold a password, with everything filled in; nil after adding a problem.
    public func concealed(_ item: YAMLItem) -> ConcealedText? {
        guard let written = item.text() else { return nil }
        do throws(ExpansionError) {
            return ConcealedText(revealed: try expand(written).text, written: written)
        } catch {
            item.refuse(error.message)
            return nil
        }
    }

    func expand(_ written: String) throws(ExpansionError) -> (text: String, isSecret: Bool) {
        var rest = written[...]
        var text = ""
        var isSecret = false
        if rest.hasPrefix("~") {
            rest.removeFirst()
            guard rest.isEmpty || rest.hasPrefix("/") else {
                throw ExpansionError(message: "only ~ and ~/… are filled in; write another user's home in full")
            }
            text = surroundings.home.string
        }
        while let dollar = rest.firstIndex(of: "$") {
            text += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.hasPrefix("$") {
                rest.removeFirst()
                text += "$"
            } else if rest.hasPrefix("{") {
                guard let close = rest.firstIndex(of: "}") else {
                    throw ExpansionError(message: "${ without its }; write $$ for a dollar sign")
                }
                let inner = rest[rest.index(after: rest.startIndex)..<close]
                rest = rest[rest.index(after: close)...]
                if inner.hasPrefix("credential:") {
                    text += try credential(String(inner.dropFirst("credential:".count)))
                    isSecret = true
                } else {
                    text += try braced(inner)
                }
            } else {
                let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                rest = rest.dropFirst(name.count)
                text += try variable(String(name))
            }
        }
        return (text + rest, isSecret)
    }

    private func braced(_ inner: Substring) throws(ExpansionError) -> String {
        guard let mark = inner.firstRange(of: ":-") else { return try variable(String(inner)) }
        let name = String(inner[..<mark.lowerBound])
        guard isName(name) else { throw ExpansionError(message: "\(name) is no variable's name") }
        if let value = surroundings.variables[name], !value.isEmpty { return value }
        return String(inner[mark.upperBound...])
    }

    private func variable(_ name: String) throws(ExpansionError) -> String {
        guard isName(name) else {
            throw ExpansionError(message: "expected a variable's name after $; write $$ for a dollar sign")
        }
        guard let value = surroundings.variables[name], !value.isEmpty else {
            throw ExpansionError(message: "the variable \(name) is not set; ${\(name):-default} gives it a default")
        }
        return value
    }

    private func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    /// Reads what systemd's `LoadCredential=` put there; a line end at its end is no part of it.
    private func credential(_ name: String) throws(ExpansionError) -> String {
        guard let component = FilePath.Component(name), component.kind == .regular else {
            throw ExpansionError(message: "\(name) is no credential's name")
        }
        guard let directory = surroundings.variables["CREDENTIALS_DIRECTORY"], !directory.isEmpty else {
            throw ExpansionError(
                message: "the credential \(name) cannot be read: $CREDENTIALS_DIRECTORY is not set "
                    + "(LoadCredential= in the service's unit sets it)")
        }
        do throws(SystemCallError) {
            let file = try OwnedDescriptor(
                opening: FilePath(directory).appending(component), .readOnly, options: .nonBlocking)
            var bytes = try file.readToEnd(limit: 64 << 10)
            if bytes.last == 0x0A { bytes.removeLast() }
            if bytes.last == 0x0D { bytes.removeLast() }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw SystemCallError(call: "read", subject: name, errno: .illegalByteSequence)
            }
            return text
        } catch {
            throw ExpansionError(message: "the credential \(name) cannot be read: \(error.errno)")
        }
    }
}

/// Why a text could not be filled in; never says what a credential holds.
struct ExpansionError: Error {
    let message: String
}
