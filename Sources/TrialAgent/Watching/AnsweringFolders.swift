import Synchronization
public import SystemCalls
public import SystemPackage

/// Finds out which folders answer: whoever asks for a file of a server that is gone waits for ever.
///
/// Each folder is asked on a thread of its own, and is not asked again before it has answered. Where nothing is mounted that
/// could hang, all answer.
public final class AnsweringFolders: Sendable {
    private let patience: Duration
    private let mounts: @Sendable () -> [FilePath]?
    private let ask: @Sendable (FilePath) -> Void
    private let questions = Mutex<[FilePath: Question]>([:])

    /// So many threads ask at once.
    private static let threads = 64

    /// A folder that does not answer within `patience` counts as silent; `mounts` gives what is mounted that could hang, or nil
    /// where that cannot be said.
    public init(
        patience: Duration = .seconds(3),
        mounts: @escaping @Sendable () -> [FilePath]? = { (try? MountedKinds())?.hanging },
        ask: @escaping @Sendable (FilePath) -> Void = AnsweringFolders.ask
    ) {
        self.patience = patience
        self.mounts = mounts
        self.ask = ask
    }

    /// Asks what no cache answers: an entry's status may be one of before.
    public static func ask(_ path: FilePath) {
        guard let folder = try? OwnedDescriptor(directory: path) else { return }
        _ = try? folder.volume()
    }

    /// Whether this folder answers, be it that it is not there.
    func answers(_ path: FilePath) -> Bool { silent(among: [path]).isEmpty }

    /// Those of these folders that do not answer.
    func silent(among paths: [FilePath]) -> Set<FilePath> {
        guard !paths.isEmpty, mounts()?.isEmpty != true else { return [] }
        var silent: Set<FilePath> = []
        var rest = paths[...]
        while !rest.isEmpty {
            let asked = rest.prefix(Self.threads).map { ($0, question(of: $0)) }
            rest = rest.dropFirst(Self.threads)
            for (path, question) in asked {
                if let question, !question.isAnswered(within: patience) { silent.insert(path) }
            }
        }
        return silent
    }

    /// The mounts that could hang which this folder is in, or which are in it; its path has no links.
    func mounts(around folder: FilePath) -> [FilePath] {
        guard let mounts = mounts() else { return [folder] }
        return mounts.filter { folder.starts(with: $0) || $0.starts(with: folder) }
    }

    /// Has looks made, each of these on a thread of its own; `gotOn` is called meanwhile.
    ///
    /// Looks that have not got on for longer than `patience` are left to themselves: which of the `mounts` is to blame is silent
    /// until they return.
    func make(_ all: [LooksApart], among mounts: [FilePath], _ gotOn: () -> Void) throws(SystemCallError) {
        for looks in all { try DedicatedThread("looks") { looks.make() }.leave() }
        for looks in all {
            while !looks.isOver {
                if (try? looks.gotOn.descriptor.waitUntilReadable(timeout: patience)) ?? true {
                    looks.gotOn.lower()
                    gotOn()
                } else {
                    looks.leave { folder in
                        let mount = mounts.filter { folder.starts(with: $0) }.max { $0.length < $1.length } ?? folder
                        let question = try? Question(begun: .now - patience)
                        questions.withLock { $0[mount] = question }
                        return {
                            self.questions.withLock { $0[mount] = nil }
                            question?.answered()
                        }
                    }
                }
            }
        }
    }

    /// The question that is under way, or a new one; nil when none can be asked apart.
    private func question(of path: FilePath) -> Question? {
        let known: (question: Question, isNew: Bool)? = questions.withLock { questions in
            if let known = questions[path] { return (known, false) }
            guard let new = try? Question() else { return nil }
            questions[path] = new
            return (new, true)
        }
        guard let known else { return nil }
        guard known.isNew else { return known.question }
        let question = known.question
        do throws(SystemCallError) {
            let thread = try DedicatedThread("folders") {
                self.ask(path)
                self.questions.withLock { $0[path] = nil }
                question.answered()
            }
            thread.leave()
            return question
        } catch {
            questions.withLock { $0[path] = nil }
            question.answered()
            return nil
        }
    }
}

private final class Question: Sendable {
    private let begun: ContinuousClock.Instant
    private let answer: EventDescriptor

    init(begun: ContinuousClock.Instant = .now) throws(SystemCallError) {
        self.begun = begun
        answer = try EventDescriptor()
    }

    func answered() { answer.raise() }

    /// Waits for the answer, at most for so long since it was asked.
    func isAnswered(within patience: Duration) -> Bool {
        (try? answer.descriptor.waitUntilReadable(timeout: max(.zero, begun + patience - .now))) ?? true
    }
}
