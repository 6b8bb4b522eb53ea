internal import Redis
internal import RedisBackend
internal import SystemPackage
internal import TrialAgent
internal import Trials
internal import YAML

/// `redis://host:6379/0`, or `{redis: {uri: …, allow_volatile: false}}`: keys in daskperiment's layout.
struct RedisKind: BackendKind {
    let name = "redis"
    let schemes = RedisAddress.schemes

    func check(_ choice: BackendChoice, _ expansion: TextExpansion, _ findings: YAMLFindings) {
        _ = settings(choice, expansion, findings)
    }

    func open(_ choice: BackendChoice, _ surroundings: Surroundings) throws(CommandFailure) -> Store {
        let findings = YAMLFindings(file: choice.origin.file.string)
        let settings = settings(choice, TextExpansion(surroundings, base: choice.base), findings)
        guard let settings, findings.problems.isEmpty else {
            throw CommandFailure(YAMLProblems(findings.problems))
        }
        let backend = RedisBackend(settings) { Moments.system().now }
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
    ) -> RedisSettings? {
        switch choice.source {
        case .uri(let address):
            do throws(RedisAddressError) {
                return RedisSettings(address: try RedisAddress(address.revealed))
            } catch {
                findings.refuse(
                    error.description, at: choice.origin.position, keyPath: choice.origin.keyPath)
                return nil
            }
        case .settings:
            guard var fields = choice.fields(findings) else { return nil }
            let uri = fields.value("uri")
            let allowsVolatile = fields.value("allow_volatile").flatMap { $0.bool() } ?? false
            fields.refuseOthers()
            guard let uri else {
                findings.refuse(
                    "expected uri: with an address such as redis://localhost:6379/0", at: choice.origin.position,
                    keyPath: choice.origin.keyPath)
                return nil
            }
            guard let address = expansion.concealed(uri) else { return nil }
            do throws(RedisAddressError) {
                return RedisSettings(address: try RedisAddress(address.revealed), allowsVolatile: allowsVolatile)
            } catch {
                uri.refuse(error.description)
                return nil
            }
        }
    }
}
