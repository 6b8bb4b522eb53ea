import Synchronization
import SystemCalls
import SystemPackage
import TestFiles
import Trials

@testable import TrialAgent

/// A filer over a spool in a folder of its own, a store in memory, and a clock that a test moves.
final class FilerRig: Sendable {
    let directory: TemporaryDirectory
    let spool: Spool
    let writer: ScriptedWriter
    let clock = ManualClock()
    let filer: Filer
    private let stream: AsyncStream<FilingEvent>
    private let continuation: AsyncStream<FilingEvent>.Continuation
    /// Runs of one event that ``nextFiled()`` has yet to give.
    private let untold = Mutex<[FiledRun]>([])

    convenience init() throws { try self.init(in: TemporaryDirectory(), ScriptedWriter()) }

    /// A new start with the spool and the store of before.
    convenience init(after other: FilerRig) throws { try self.init(in: other.directory, other.writer) }

    private init(in directory: TemporaryDirectory, _ writer: ScriptedWriter) throws {
        self.directory = directory
        self.writer = writer
        // What the disk does is the spool's own tests' matter.
        spool = try Spool(in: directory.path, synchronizeContent: { (_: borrowing OwnedDescriptor) in })
        (stream, continuation) = AsyncStream.makeStream()
        filer = Filer(
            NamedBackend(name: "here", kind: "double", writer: writer), spool: spool, events: continuation,
            clock: clock, random: SeededGenerator(seed: 1), now: { Timestamp(nanoseconds: 5) })
    }

    var new: FilePath { directory.path.appending("spool/new") }
    var aside: FilePath { directory.path.appending("spool/aside") }

    /// Runs the filer until `body` is over.
    func run(_ body: (Filer) async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { await self.filer.run() }
            try await body(filer)
            group.cancelAll()
        }
    }

    /// What hinders a flush; nil when nothing does.
    func hindrance(within limit: Duration) async -> AgentError? {
        do throws(AgentError) {
            try await filer.flush(within: limit)
            return nil
        } catch {
            return error
        }
    }

    /// The next run that is filed, when it is.
    func nextFiled() async -> FiledRun? {
        while untold.withLock({ $0.isEmpty }) {
            guard let event = await stream.first(where: { _ in true }) else { return nil }
            if case .filed(let runs) = event { untold.withLock { $0 = runs } }
        }
        return untold.withLock { $0.removeFirst() }
    }

    /// Waits until something with these words in it was said.
    func saying(_ words: String) async {
        for await event in stream {
            if case .notice(let sentence) = event, sentence.contains(words) { return }
        }
    }

    /// All that was told so far, once nothing more can come.
    func events() async -> [FilingEvent] {
        continuation.finish()
        return await stream.reduce(into: []) { $0.append($1) }
    }

    /// All that was said so far, once nothing more can be.
    func notes() async -> [String] {
        await events().compactMap { if case .notice(let sentence) = $0 { sentence } else { nil } }
    }

    /// All runs that were filed, once no more can be.
    func filed() async -> [FiledRun] {
        await events().flatMap { event -> [FiledRun] in if case .filed(let runs) = event { runs } else { [] } }
    }
}
