import Bytes
import JSON
import SystemCalls
public import SystemPackage

/// The stores that trials were ever filed in from a state directory: what such a trial needs is not to be removed from it because
/// some configuration does not name its store.
///
/// Each is a file of its own in `<state>/stores`, which an agent writes before it files there.
public struct FiledStores: Sendable {
    /// A store.
    public struct Store: Hashable, Sendable, Codable {
        /// What the configuration called it.
        public var name: String
        /// `local`, `redis`, `mongo`.
        public var kind: String
        /// Where it is, without user and password.
        public var address: String

        /// A store of this name.
        public init(name: String, kind: String, address: String) {
            self.name = name
            self.kind = kind
            self.address = address
        }

        /// Whether both are one place, whatever they are called.
        public func isSame(as other: Store) -> Bool { kind == other.kind && address == other.address }
    }

    private let folder: FilePath
    private static let ending = ".json"
    private static let largest = 1 << 16

    /// Those of a state directory.
    public init(in state: FilePath) { folder = state.appending("stores") }

    /// All of them, by name. Throws when one cannot be read: it may be any.
    public func all() throws(AgentError) -> [Store] {
        var stores: [Store] = []
        var path = folder
        do {
            guard try FileStatus.ifPresent(folder) != nil else { return [] }
            for entry in try FileSystem.entries(of: folder) where entry.name.string.hasSuffix(Self.ending) {
                path = folder.appending(entry.name)
                let file = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow)
                stores.append(try JSON(parsing: file.readToEnd(limit: Self.largest)).decode())
            }
        } catch {
            throw failure(path, "reading which stores were filed to", error)
        }
        return stores.sorted { ($0.name, $0.address) < ($1.name, $1.address) }
    }

    /// Remembers a store; it is remembered after a power failure, too. One that is known costs a look at its file.
    func remember(_ store: Store) throws(AgentError) {
        do {
            let file = file(of: store)
            guard try FileStatus.ifPresent(file) == nil else { return }
            try FileSystem.makeDirectories(folder)
            try OwnedDescriptor(directory: folder.removingLastComponent()).synchronize()
            try DurableFile.write(JSON.encode(store).bytes(), to: file)
        } catch {
            throw failure(folder, "remembering that store \(store.name) is filed to", error)
        }
    }

    /// Forgets a store for good; until something is filed there again.
    public func forget(_ store: Store) throws(AgentError) {
        do throws(SystemCallError) {
            try FileSystem.remove(file(of: store))
            try OwnedDescriptor(directory: folder).synchronize()
        } catch {
            throw failure(folder, "forgetting store \(store.name)", error)
        }
    }

    private func file(of store: Store) -> FilePath {
        let identity = [store.name, store.kind, store.address].joined(separator: "\0")
        return folder.appending(SHA256.digest(of: identity).hex.prefix(32) + Self.ending)
    }

    private func failure(_ path: FilePath, _ doing: String, _ error: any Error) -> AgentError {
        AgentError(.filing, path.shown, "\(doing): \(error)", cause: error)
    }
}
