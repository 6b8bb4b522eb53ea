/// What of a marker is still to be read from the files that it names.
struct ArtifactWishes: Codable, Hashable, Sendable {
    /// A file that a step keeps.
    struct Persist: Codable, Hashable, Sendable {
        let step: String
        let path: String
    }

    var inputs: [Marker.Artifact] = []
    var outputs: [Marker.Artifact] = []
    var persists: [Persist] = []
    var log: String?
    /// Steps whose hashes need a file's; those of the others are made without reading (``StepTokens``).
    var steps: [Marker.Step] = []

    /// Nothing is to be read.
    init() {}

    /// What a version of a marker names.
    init(_ marker: Marker) {
        inputs = marker.inputs
        outputs = marker.outputs
        persists = marker.persisted.compactMap { persisted in
            guard case .file(let path) = persisted.content else { return nil }
            return Persist(step: persisted.step, path: path)
        }
        log = marker.log
        steps = marker.steps.filter { StepTokens.hash(of: $0) == nil }
    }

    var isEmpty: Bool { self == ArtifactWishes() }

    /// What is read as soon as a version names it.
    var atOnce: ArtifactWishes {
        var wishes = self
        wishes.outputs = []
        wishes.log = nil
        return wishes
    }

    /// What is read when the run has ended: before that it may not be there, or not be whole.
    var atClose: ArtifactWishes {
        var wishes = ArtifactWishes()
        wishes.outputs = outputs
        wishes.log = log
        return wishes
    }

    /// Takes over what a later version names; what it does not name stays.
    mutating func take(_ later: ArtifactWishes) {
        if !later.inputs.isEmpty { inputs = later.inputs }
        if !later.outputs.isEmpty { outputs = later.outputs }
        persists.removeAll { old in later.persists.contains { $0.step == old.step } }
        persists += later.persists
        log = later.log ?? log
        steps += later.steps.filter { !steps.contains($0) }
    }
}
