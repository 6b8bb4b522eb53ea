internal import Trials

/// What a command line says for an experiment.
enum NamedExperiment: Hashable, Sendable {
    /// Its id.
    case id(Experiment.ID)
    /// Where it lies: the path of its folder, or of its `.pkl` file.
    case path(String)

    /// A path for text with a slash, for `.`, `..` and the name of a `.pkl` file; nil for text that is no identifier either.
    init?(_ text: String) {
        if text.contains("/") || text == "." || text == ".." || text.hasSuffix(".pkl") {
            self = .path(text)
        } else if let id = Experiment.ID(text) {
            self = .id(id)
        } else {
            return nil
        }
    }
}

/// An experiment, and the store that it is in.
struct StoredExperiment: Sendable {
    let id: Experiment.ID
    let store: Store

    var reader: any TrialReader { store.reader }
    var writer: any TrialWriter { store.writer }
}
