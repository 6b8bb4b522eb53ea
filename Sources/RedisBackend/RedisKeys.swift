internal import Trials

/// The names of an experiment's keys: daskperiment's, and ours beside them.
struct RedisKeys {
    let id: String

    init(_ experiment: Experiment.ID) { id = experiment.text }

    // MARK: daskperiment's

    var counter: String { "\(id):trial_id" }
    func parameters(_ number: Int) -> String { "\(id):parameter:\(number)" }
    func history(_ number: Int) -> String { "\(id):history:\(number)" }
    func metric(_ stored: String, _ number: Int) -> String { "\(id):metric:\(stored):\(number)" }
    func persist(_ stored: String, _ number: Int) -> String { "\(id):persist:\(stored):\(number)" }
    func code(_ number: Int) -> String { "\(id):code:\(number)" }
    func environment(_ name: String, _ number: Int) -> String { "\(id):\(name):\(number)" }

    // MARK: Ours

    /// By run key, `number revision`, or `number deleted`.
    var runs: String { "\(id):trialwatch:runs" }
    func document(_ number: Int) -> String { "\(id):trialwatch:trial:\(number)" }
    /// By digest, the long texts of captures.
    var texts: String { "\(id):trialwatch:texts" }
    /// By `kind name`, the identifier that a name is stored by.
    var names: String { "\(id):trialwatch:names" }
    /// By `kind identifier`, the name that is stored by it.
    var originals: String { "\(id):trialwatch:originals" }

    /// All experiments that were filed to.
    static let experiments = "trialwatch:experiments"
    /// Experiments of Python processes, as they were found last.
    static let found = "trialwatch:found"
    /// By experiment, when a trial of it was last filed.
    static let filed = "trialwatch:filed"
    /// Every trial by its last change.
    static let changes = "trialwatch:changes"
    static let changeCount = "trialwatch:change_count"
    static func part(_ digest: String) -> String { "trialwatch:part:\(digest)" }
    /// Something on its way; it goes by itself when nobody takes it up.
    static func upload(_ name: String) -> String { "trialwatch:upload:\(name)" }
}
