/// The side of a store that trials are filed to.
public protocol TrialWriter: Sendable {
    /// How much one call of `file` takes.
    var capacity: FilingCapacity { get }

    /// Whether other hosts read what is filed here: then a trial brings along what they need of its project's files, which are
    /// on the host that captured only. A store that keeps files on this host says no.
    var isReadByOtherHosts: Bool { get }

    /// Connects, makes indexes and scripts, repairs what a crash left, and proves that what is acknowledged is kept.
    func prepare() async throws(StoreError) -> Readiness

    /// Keeps a part by its digest; keeping it twice is keeping it once.
    ///
    /// Throws when the bytes do not have that digest.
    func store(_ part: PartReference, from source: PartSource) async throws(StoreError)

    /// Files each run once: one answer a filing, in order, given after the store's durable acknowledgement.
    ///
    /// What the store finds worth telling it keeps on the trial, too. A known key keeps its number. A lower revision never overwrites a higher one, an equal one changes nothing.
    /// A lockfile of the capture that the store holds is a part of the trial, be it among the filing's parts or not.
    /// Throws only when no answer is known for any of them.
    func file(_ filings: [Filing]) async throws(StoreError) -> [Filed]

    /// The trials that the store holds for these runs; a run that it does not know is left out.
    func locate(_ keys: [RunKey], in experiment: Experiment.ID) async throws(StoreError) -> [RunKey: Filed]

    /// Takes trials over under the numbers that they have; a number that names another run is refused.
    func restore(_ trials: [RestoredTrial]) async throws(StoreError) -> [Filed]

    /// Deletes trials for good; a late filing of one does not bring it back.
    func delete(_ trials: [TrialReference]) async throws(StoreError)

    /// Takes over what other programs wrote into the experiment.
    func reconcile(_ experiment: Experiment.ID) async throws(StoreError) -> [Notice]

    /// Brings everything derived up to date now, instead of a little later.
    func synchronize() async throws(StoreError)
}

/// A trial whole, with every point of its series, as it goes from store to store.
public struct RestoredTrial: Hashable, Sendable, Codable {
    /// The number that it has and keeps.
    public var number: Int
    /// Everything else.
    public var filing: Filing
    /// When it was first filed; nil when unknown.
    public var filed: Timestamp?

    /// The run of `filing` as trial `number`.
    public init(number: Int, filing: Filing, filed: Timestamp?) {
        self.number = number
        self.filing = filing
        self.filed = filed
    }
}
