internal import Trials

/// The large pieces that are kept of a trial.
struct KeptParts {
    let trial: StoredTrial
    let reader: any TrialReader

    /// Prints a part by its name, or by the name that the marker gives the file that it is; without one the log.
    ///
    /// A file gets the bytes as they were kept, a terminal what cannot harm it.
    func print(_ name: String?, to out: Output) async throws(CommandFailure) {
        let part = if let name { try find(name) } else { try log() }
        let bytes = try await reading { () throws(StoreError) in try await reader.part(part, of: trial.reference) }
        guard let bytes else {
            throw CommandFailure(
                subject, "the store has lost part '\(SafeText.line(part.name))'",
                remedy: "its SHA-256 is \(SafeText.line(part.digest))", status: .noSuchThing)
        }
        guard out.page.width != nil else { return try out.bytes(bytes) }
        let text = String(decoding: bytes, as: UTF8.self)
        try out.piece(SafeText.block(text))
        if !text.hasSuffix("\n") { try out.line() }
    }

    private var subject: String { "trial \(trial.reference)" }

    private func log() throws(CommandFailure) -> PartReference {
        guard let part = trial.parts.last(where: { $0.role == .log }) else {
            throw CommandFailure(
                subject, "no log was kept", remedy: "name it in the marker: log: train.log", status: .noSuchThing)
        }
        return part
    }

    private func find(_ name: String) throws(CommandFailure) -> PartReference {
        let files = (trial.facts.inputs + trial.facts.outputs).lazy.filter { $0.name == name }.map(\.path)
        if let part = trial.parts.first(where: { $0.name == name }) { return part }
        if let part = trial.parts.first(where: { $0.role == .artifact && files.contains($0.name) }) { return part }
        let names = trial.parts.map { SafeText.line($0.name) }
        throw CommandFailure(
            subject, "it has no part '\(SafeText.line(name))'",
            remedy: names.isEmpty ? "nothing was kept of it" : "there are \(names.joined(separator: ", "))",
            status: .noSuchThing)
    }
}
