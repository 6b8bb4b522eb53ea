internal import Mongo
internal import MongoBackend
internal import SystemPackage
internal import TrialAgent
internal import Trials
internal import YAML

/// `mongodb://host:27017/database`, or `{mongo: {uri: …}}`: documents in daskperiment's layout.
struct MongoKind: BackendKind {
    let name = "mongo"
    let schemes = MongoAddress.schemes

    func check(_ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings) {
        _ = settings(choice, expansion, findings)
    }

    func open(_ choice: BackendChoice, _ surroundings: Surroundings) throws(CommandFailure) -> Store {
        let findings = YAMLFindings(file: choice.origin.file.string)
        let settings = settings(choice, TextExpansion(surroundings, base: choice.base), findings)
        guard let settings, findings.problems.isEmpty else {
            throw CommandFailure(YAMLProblems(findings.problems))
        }
        let backend = MongoBackend(settings) { Moments.system().now }
        return Store(
            writer: backend, reader: backend, address: settings.address.shown, upkeep: {}, lag: { nil }, folder: nil)
    }

    func open(directory: FilePath, _ surroundings: Surroundings) throws(CommandFailure) -> Store? { nil }

    func open(experiment: Experiment.ID, at folder: FilePath, _ surroundings: Surroundings) throws(CommandFailure)
        -> Store?
    { nil }

    /// Nil after adding a problem.
    private func settings(
        _ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings
    ) -> MongoSettings? {
        switch choice.source {
        case .uri(let address):
            do throws(MongoAddressError) {
                return MongoSettings(address: try MongoAddress(address.revealed))
            } catch {
                findings.refuse(
                    error.description, at: choice.origin.position, keyPath: choice.origin.keyPath)
                return nil
            }
        case .settings:
            guard var fields = choice.fields(findings) else { return nil }
            let uri = fields.value("uri")
            fields.refuseOthers()
            guard let uri else {
                findings.refuse(
                    "expected uri: with an address such as mongodb://localhost:27017/lab", at: choice.origin.position,
                    keyPath: choice.origin.keyPath)
                return nil
            }
            guard let address = expansion.concealed(uri) else { return nil }
            do throws(MongoAddressError) {
                return MongoSettings(address: try MongoAddress(address.revealed))
            } catch {
                uri.refuse(error.description)
                return nil
            }
        }
    }
}
