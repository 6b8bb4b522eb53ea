import Synchronization

/// What is wished for of the planner, in order.
final class PlanWishes: Sendable {
    enum Wish: Sendable {
        /// Folders may have come or gone.
        case look
        /// The configuration is to be read anew; whoever asked for it gets the answer.
        case reload(AsyncStream<ControlAnswer>.Continuation?)
    }

    /// For one consumer.
    let stream: AsyncStream<Wish>
    private let wish: AsyncStream<Wish>.Continuation
    private let isLookWished = Mutex(false)

    init() { (stream, wish) = AsyncStream.makeStream(of: Wish.self) }

    /// Wishes for a look at the folders; one is enough, however often it is wished for.
    func look() {
        let isNew = isLookWished.withLock { isWished in
            defer { isWished = true }
            return !isWished
        }
        if isNew { wish.yield(.look) }
    }

    /// A look begins: what is wished for from now on is another one.
    func looked() { isLookWished.withLock { $0 = false } }

    /// Wishes for the configuration to be read.
    func reload() { wish.yield(.reload(nil)) }

    /// The same, and waits for what comes of it; nil when the task is cancelled before.
    func reloaded() async -> ControlAnswer? {
        let (answers, answer) = AsyncStream.makeStream(of: ControlAnswer.self)
        wish.yield(.reload(answer))
        return await answers.first { _ in true }
    }
}
