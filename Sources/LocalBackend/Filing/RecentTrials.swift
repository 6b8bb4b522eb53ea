internal import Trials

/// Running trials as filings of this process left them, so that their next updates need not read them back. Good only as long
/// as nobody else has changed the journal. What is large of a trial, its facts and its capture, is not kept.
struct RecentTrials {
    private var trials: [RunKey: FilingBatch.Staged] = [:]
    private var inode: UInt64 = 0
    private var end: Int64 = 0

    /// More of them are read back from the journal.
    private static let most = 4096

    /// Forgets all unless this is the journal that they were filed to, and nothing was added to it since.
    mutating func check(_ journal: borrowing Journal) {
        if journal.inode != inode || journal.length != end { trials = [:] }
    }

    /// A trial as it was left; nil when that is not known.
    subscript(key: RunKey) -> FilingBatch.Staged? { trials[key] }

    /// Takes in what a batch left, all of which is in the journal and in the index.
    mutating func take(_ staged: [RunKey: FilingBatch.Staged], in journal: borrowing Journal) {
        if trials.count + staged.keys.count(where: { trials[$0] == nil }) > Self.most { trials = [:] }
        for (key, trial) in staged {
            // An ended one is hardly spoken of again.
            guard trial.outcome == nil, trials.count < Self.most || trials[key] != nil else {
                trials[key] = nil
                continue
            }
            trials[key] = trial
            trials[key]?.additions = []
            trials[key]?.facts?.json = nil
            trials[key]?.capture = nil
        }
        (inode, end) = (journal.inode, journal.length)
    }
}
