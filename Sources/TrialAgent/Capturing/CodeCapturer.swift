internal import Bytes
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Captures the entry scripts of a run: what its globs name, in their order, whole files only; of notebooks the code.
public struct CodeCapturer: Capturer {
    /// `code`.
    public static let name = "code"
    /// The run's: a marker may name its own scripts.
    public static let scope = CaptureScope.run
    /// It walks folders that a project fills.
    public static let place = CapturePlace.worker

    /// The most files.
    static let mostFiles = 200
    /// The most bytes in all.
    static let mostBytes = 4 << 20

    /// A capturer that needs nothing else.
    public init() {}

    /// Fills the code context; nothing where there are no globs. What is left out, and why, is in the problems.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        guard !subject.code.isEmpty else { return CapturedPart() }
        do throws(SystemCallError) {
            let folder = try SafeFolder(FilePath(subject.project), owners: subject.owners)
            var reading = CodeReading(pulse: pulse)
            for glob in subject.code { reading.read(glob, in: folder) }
            var part = CapturedPart()
            part.code = CodeContext(files: reading.files)
            part.sources = reading.sources
            part.problems = reading.problems
            return part
        } catch {
            throw AgentError(.capturing, subject.project, "opening the project's folder: \(error)", cause: error)
        }
    }
}

/// The files read so far, and what was left out.
private struct CodeReading {
    let pulse: CapturePulse
    private(set) var files: [CodeContext.File] = []
    private(set) var sources: [SourceFile] = []
    private var seen: Set<FilePath> = []
    private var bytes = 0
    private var told: [String] = []
    private var beyond: [FilePath] = []

    init(pulse: CapturePulse) { self.pulse = pulse }

    /// Each as a sentence for the user.
    var problems: [String] {
        guard let first = beyond.first else { return told }
        let more = beyond.count == 1 ? "" : " and \(beyond.count - 1) more"
        return told + [
            "code: \(first.shown)\(more) left out: at most \(CodeCapturer.mostFiles) files and "
                + "\(CodeCapturer.mostBytes >> 20) MiB in all are kept"
        ]
    }

    mutating func read(_ glob: String, in folder: borrowing SafeFolder) {
        let pattern: PathPattern
        do throws(GlobError) {
            pattern = try PathPattern(glob)
        } catch {
            told.append("code: `\(glob)` is no pattern: \(error)")
            return
        }
        if let path = pattern.literal { return add(path, in: folder, asNamed: true) }
        var walk = FolderWalk(pattern, for: "code") { [pulse] in pulse.beat() }
        walk.run(in: folder)
        told += walk.problems
        if walk.found.isEmpty { told.append("code: `\(glob)` matches no file") }
        for path in walk.found { add(path, in: folder, asNamed: false) }
    }

    private mutating func add(_ path: FilePath, in folder: borrowing SafeFolder, asNamed: Bool) {
        guard seen.insert(path).inserted else { return }
        guard files.count < CodeCapturer.mostFiles else { return beyond.append(path) }
        do throws(UnreadFile) {
            let isNotebook = path.extension == "ipynb"
            let content = try folder.read(path, limit: isNotebook ? NotebookCode.mostBytes : CodeCapturer.mostBytes)
            pulse.beat()
            // What a notebook printed is no code.
            let notebook = isNotebook ? NotebookCode(content) : nil
            pulse.beat()
            let text = notebook.map { Array($0.text.utf8) } ?? content
            guard bytes + text.count <= CodeCapturer.mostBytes else { return beyond.append(path) }
            bytes += text.count
            if isNotebook, notebook == nil {
                told.append("code: \(path.shown) is no notebook that can be understood, and is kept as it is")
            }
            add(text, of: path)
            // A cell that runs once more is no other code.
            let source = notebook.map { Array($0.cells.utf8) } ?? content
            sources.append(SourceFile(path: path.string, size: source.count, sha256: SHA256.digest(of: source).hex))
        } catch {
            // Between the walk and the reading a file may go; a file that was named is missed.
            if error != .absent || asNamed { told.append("code: \(path.shown) left out: \(error)") }
        }
    }

    private mutating func add(_ content: [UInt8], of path: FilePath) {
        let text = String(decoding: content, as: UTF8.self)
        if text.utf8.count != content.count {
            told.append("code: \(path.shown) is no UTF-8; other bytes are shown as U+FFFD")
        }
        files.append(CodeContext.File(path: path.string, text: text))
    }
}
