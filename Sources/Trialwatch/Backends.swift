internal import Trials

/// How a configured backend becomes a store.
enum Backends {
    static func reader(for options: StoreOptions, _ world: World) async throws(CommandFailure) -> any TrialReader {
        throw CommandFailure("reading a store", "not built yet")
    }
}
