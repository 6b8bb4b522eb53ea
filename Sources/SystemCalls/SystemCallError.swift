internal import CLinux
internal import Glibc
public import SystemPackage

/// A call to Linux that failed: which one, on what, and why.
public struct SystemCallError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the call as its man page has it, such as `openat2`.
    public let call: String
    /// What the call was made on, usually a path; bytes that are no UTF-8 and control characters are shown as `\xNN`.
    public let subject: String?
    /// The reason, as `errno` gave it right after the call.
    public let errno: Errno

    /// Makes an error by hand, for conditions that Linux itself does not report.
    public init(call: String, subject: String?, errno: Errno) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    /// The same error, naming what it is about where the call itself had only a descriptor.
    public func about(_ path: FilePath) -> SystemCallError {
        SystemCallError(call: call, subject: subject ?? path.shown, errno: errno)
    }

    /// One line: `openat /a/b: Permission denied (EACCES)`.
    public var description: String {
        let name = strerrorname_np(errno.rawValue).map { " (\(String(cString: $0)))" } ?? ""
        return "\(call)\(subject.map { " \($0)" } ?? ""): \(errno)\(name)"
    }
}

extension FilePath {
    /// The path for people: bytes that are no UTF-8 and control characters are shown as `\xNN`.
    public var shown: String { withPlatformString { escaped(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } }
}

/// Shows bytes as text that is safe to print: whatever is no printable UTF-8 becomes `\xNN`.
func escaped(_ bytes: UnsafeRawBufferPointer) -> String {
    // Nearly all paths are plain, and a missing file is often no error to whoever looked for it.
    if bytes.allSatisfy({ (0x20..<0x7f).contains($0) }) { return String(decoding: bytes, as: UTF8.self) }
    var text = ""
    var rest = bytes[...]
    while !rest.isEmpty {
        var decoder = UTF8()
        var iterator = rest.makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&iterator), !isControl(scalar) {
            text.unicodeScalars.append(scalar)
            rest = rest.dropFirst(UTF8.width(scalar))
        } else {
            let byte = rest.removeFirst()
            text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
    return text
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // Direction overrides and their like can make a printed path lie about itself.
    case .format: true
    default: false
    }
}

/// Makes a call until it is not interrupted, and takes `errno` before anything else can change it.
@discardableResult
func checked<Value: FixedWidthInteger & SignedInteger>(
    _ call: String, _ subject: @autoclosure () -> String? = nil, _ body: () -> Value
) throws(SystemCallError) -> Value {
    while true {
        let value = body()
        guard value == -1 else { return value }
        let reason = Errno(rawValue: Glibc.errno)
        guard reason == .interrupted else {
            throw SystemCallError(call: call, subject: subject(), errno: reason)
        }
    }
}
