import Trials

/// What was found of the files that a marker names.
struct ArtifactFindings: Equatable, Sendable {
    /// Bytes that are to be kept, and what they are.
    struct Part: Equatable, Sendable {
        var reference: PartReference
        var bytes: [UInt8]
    }

    var inputs: [ArtifactFacts] = []
    var outputs: [ArtifactFacts] = []
    /// Files that steps keep and that are too large to be kept here: `{path, size, sha256}` by step.
    var persisted = Fields()
    /// To be stored before the filing that refers to them.
    var parts: [Part] = []
    var stepHashes: [StepHash] = []
    /// What was not found, or left out, each as a sentence for the user.
    var problems: [String] = []
}

extension TrialFacts {
    /// Takes over what was found; lists of which nothing was found stay. The parts are the filing's to take.
    mutating func take(_ findings: ArtifactFindings) {
        if !findings.inputs.isEmpty { inputs = findings.inputs }
        if !findings.outputs.isEmpty { outputs = findings.outputs }
        for field in findings.persisted { persisted[field.name] = field.value }
        for hash in findings.stepHashes where !stepHashes.contains(hash) { stepHashes.append(hash) }
        for problem in findings.problems where !problems.contains(problem) { problems.append(problem) }
    }
}
