internal import Pickle
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// A pickle that somebody else made, opened to be read.
final class OpenPickle {
    /// The file at one time.
    struct State {
        var identity: KnownPickle.Identity
        var length: Int
    }

    let path: FilePath
    private let file: OwnedDescriptor

    /// Throws for what is no regular file.
    init(_ path: FilePath) throws(StoreError) {
        self.path = path
        do throws(SystemCallError) {
            file = try OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking])
            guard try file.status().kind == .regular else {
                throw SystemCallError(call: "open", subject: path.shown, errno: .notSupported)
            }
        } catch {
            throw StoreError("reading the pickle", path, error)
        }
    }

    /// What the file is known by, and how long it is; nil while somebody writes it.
    func state() throws(StoreError) -> State? {
        do throws(SystemCallError) {
            let status = try file.status()
            switch try file.isOpenForWriting() {
            case true: return nil
            // Where the kernel cannot tell, a file that has not changed for a while is taken to be closed.
            case nil: if Clock.now - status.modified < Self.quiet { return nil }
            case false: break
            }
            return State(identity: KnownPickle.Identity(status), length: Int(status.size))
        } catch {
            throw StoreError("reading the pickle", path, error)
        }
    }

    /// Whether nobody has written it since, or is writing it.
    func isStill(_ state: State) throws(StoreError) -> Bool { try self.state()?.identity == state.identity }

    /// Nanoseconds.
    private static let quiet: Int64 = 2_000_000_000

    func reader(length: Int) -> PickleReader {
        PickleReader(length: length) { (offset, count) in try self.file.read(count, at: Int64(offset)) }
    }
}
