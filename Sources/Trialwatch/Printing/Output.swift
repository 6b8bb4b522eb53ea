internal import JSON
internal import SystemCalls
internal import SystemPackage

/// Standard output, written in large pieces; nothing is lost without a word, as it is with `print`.
///
/// Where nothing is to be written it only keeps what it was given.
final class Output {
    /// What is known of the place that it goes to.
    let page: Page
    private var buffer: [UInt8] = []
    private let descriptor: FileDescriptor?
    private var file: DurableFile?
    private let path: FilePath
    private static let size = 1 << 16

    init(page: Page, to descriptor: FileDescriptor? = nil) {
        self.page = page
        self.descriptor = descriptor
        path = ""
    }

    /// A file that is there whole when ``finish()`` returns, and before that as it was, or not at all.
    init(file path: FilePath) throws(CommandFailure) {
        page = .plain
        descriptor = nil
        self.path = path
        do throws(SystemCallError) {
            // As a shell makes one: who may read it is said by the process's mask.
            file = try DurableFile(
                at: path, permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
        } catch {
            throw CommandFailure("writing \(path)", "\(error)")
        }
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
        if buffer.count >= Self.size { try flush() }
    }

    /// Adds JSON, laid out for people, as a document of its own.
    func json(_ json: JSON) throws(CommandFailure) {
        try line(SafeText.json(json.text(.pretty)))
    }

    /// Adds a line in a style.
    func line(_ text: String, _ style: Style) throws(CommandFailure) {
        try line(page.styled(text, style))
    }

    /// Writes what is left, and puts a file in its place.
    func finish() throws(CommandFailure) {
        try flush()
        do throws(SystemCallError) { try file.take()?.commit() } catch {
            throw CommandFailure("writing \(path)", "\(error)")
        }
    }

    /// Writes what is left; to be called before the end.
    func flush() throws(CommandFailure) {
        do throws(SystemCallError) { try file?.write(buffer) } catch {
            throw CommandFailure("writing \(path)", "\(error)")
        }
        if descriptor == nil, file == nil { return }
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
