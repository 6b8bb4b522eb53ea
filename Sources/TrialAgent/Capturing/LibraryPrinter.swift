internal import JSON
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Has a Python print what NumPy, SciPy and pandas say of their configuration, as daskperiment keeps it.
///
/// It is run `-I -S -B`, with an empty environment, and with so much time and memory. `-S` leaves out site.py, whose `.pth`
/// files run code; folders of the environment are put on the path instead, and what is imported from there runs.
struct LibraryPrinter: Sendable {
    /// Why nothing was printed.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What is printed, by category.
    typealias Texts = [String: String]

    /// The time and the bytes of memory that it may take.
    var longest: Duration = .seconds(20)
    var memory: UInt64 = 512 << 20

    private static let largest = 4 << 20

    /// What a Python prints, with these folders on its path.
    func texts(of python: FilePath, path: [FilePath], pulse: CapturePulse) throws(Failure) -> Texts {
        var bytes: [UInt8]?
        do throws(SystemCallError) {
            bytes = try output(of: python, path: path, pulse: pulse)
        } catch {
            throw Failure(description: "\(error)")
        }
        guard let bytes else { throw Failure(description: "it was not done in \(longest.shown)") }
        guard bytes.count < Self.largest else {
            throw Failure(description: "it printed more than \(Self.largest >> 20) MiB")
        }
        guard let answer = try? JSON(parsing: bytes).object else {
            throw Failure(description: "it printed nothing that can be read")
        }
        return Dictionary(answer.members.compactMap { member in member.value.string.map { (member.key, $0) } }) { $1 }
    }

    /// All that it prints; nil when it takes too long.
    private func output(
        of python: FilePath, path: [FilePath], pulse: CapturePulse
    ) throws(SystemCallError) -> [UInt8]? {
        let seconds = UInt64(max(1, longest.components.seconds))
        var child = try ChildProcess(
            python, arguments: [python.string, "-I", "-S", "-B", "-c", Self.script] + path.map(\.string),
            environment: [], directory: "/",
            limits: [.data(memory), .image(0), .fileSize(0), .processorTime(seconds)])
        child.closeInput()
        let end = ContinuousClock.now + longest
        var bytes: [UInt8] = []
        while ContinuousClock.now < end {
            // The agent waits for a beat, and hears one as long as there is time.
            pulse.beat()
            guard let piece = try child.read(atMost: 1 << 16, timeout: .milliseconds(200)) else { continue }
            bytes += piece
            if piece.isEmpty || bytes.count >= Self.largest { return bytes }
        }
        return nil
    }

    /// Prints one JSON object; a library that is not there, or fails, is left out. One thread: each costs memory.
    private static let script = """
        import sys, os, io, json
        sys.path += sys.argv[1:]
        for name in ('OPENBLAS', 'OMP', 'MKL', 'NUMEXPR'):
            os.environ[name + '_NUM_THREADS'] = '1'
        from contextlib import redirect_stdout, redirect_stderr
        found = {}
        for name, show in (('numpy', 'show_config'), ('scipy', 'show_config'), ('pandas', 'show_versions')):
            text = io.StringIO()
            try:
                with redirect_stdout(text), redirect_stderr(io.StringIO()):
                    getattr(__import__(name), show)()
                found[name] = text.getvalue()
            except BaseException:
                pass
        sys.__stdout__.write(json.dumps(found))
        """
}
