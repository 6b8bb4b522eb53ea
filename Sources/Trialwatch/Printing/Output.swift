internal import JSON
internal import SystemPackage

/// Standard output, written in large pieces; nothing is lost without a word, as it is with `print`.
///
/// Where nothing is to be written it only keeps what it was given.
final class Output {
    /// What is known of the place that it goes to.
    let page: Page
    private var buffer: [UInt8] = []
    private let descriptor: FileDescriptor?
    private static let size = 1 << 16

    init(page: Page, to descriptor: FileDescriptor? = nil) {
        self.page = page
        self.descriptor = descriptor
    }

    /// What was not written yet.
    var text: String { String(decoding: buffer, as: UTF8.self) }

    /// Adds a line.
    func line(_ text: String = "") throws(CommandFailure) {
        try piece(text)
        try piece("\n")
    }

    /// Adds text that ends no line.
    func piece(_ text: String) throws(CommandFailure) { try add(text.utf8) }

    /// Adds bytes as they are: for what is no terminal.
    func bytes(_ bytes: [UInt8]) throws(CommandFailure) { try add(bytes) }

    private func add(_ bytes: some Sequence<UInt8>) throws(CommandFailure) {
        buffer.append(contentsOf: bytes)
        if descriptor != nil, buffer.count >= Self.size { try flush() }
    }

    /// Adds JSON, laid out for people, as a document of its own.
    func json(_ json: JSON) throws(CommandFailure) {
        try line(SafeText.json(json.text(.pretty)))
    }

    /// Adds a line in a style.
    func line(_ text: String, _ style: Style) throws(CommandFailure) {
        try line(page.styled(text, style))
    }

    /// Writes what is left; to be called before the end.
    func flush() throws(CommandFailure) {
        do {
            try descriptor?.writeAll(buffer)
        } catch {
            // The reader went away (`| head`) where SIGPIPE is ignored: as quiet as where it is not.
            if let error = error as? Errno, error == .brokenPipe { throw CommandFailure.quiet }
            throw CommandFailure("writing the output", "\(error)")
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
