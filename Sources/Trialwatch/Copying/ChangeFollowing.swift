internal import Trials

/// Goes on with what changes in a store, page by page, for as long as it is asked to.
struct ChangeFollowing {
    private var copying: TrialCopying
    private var place: ChangeCursor?
    private let chosen: [Experiment.ID]
    /// What was told last, which is not told again with every step.
    private var told: Set<String> = []
    /// Steps in a row that failed as a store is away.
    private var failures = 0

    init(_ copying: TrialCopying, after place: ChangeCursor?, of chosen: [Experiment.ID]) {
        self.copying = copying
        self.place = place
        self.chosen = chosen
    }

    /// Copies a page; gives what is new to tell, and how long to wait before the next, nil when there may be more at once.
    ///
    /// Throws what does not pass by itself.
    mutating func step() async throws(StoreError) -> (told: [String], pause: Duration?) {
        copying.forgetRefusals()
        do throws(StoreError) {
            // Whoever was away may have been replaced, or have lost something.
            if failures > 0 { _ = try await copying.writer.prepare() }
            let (next, isWhole) = try await copying.copyChanges(after: place, of: chosen)
            place = next
            failures = 0
            let news = copying.refusals.filter { !told.contains($0) }
            told = Set(copying.refusals)
            return (news, isWhole ? nil : .seconds(1))
        } catch {
            guard error.isTransient else { throw error }
            let isNews = failures == 0
            failures += 1
            let pause = Duration.seconds(1 << min(failures - 1, 6))
            return (isNews ? ["\(error); it is tried again"] : [], min(pause, .seconds(60)))
        }
    }
}
