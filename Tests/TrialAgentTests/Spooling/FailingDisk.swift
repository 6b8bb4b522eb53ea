import Synchronization
import SystemCalls
import SystemPackage

/// A disk that brings nothing to its device as long as it is told to fail.
final class FailingDisk: Sendable {
    private let failing = Atomic(false)

    var isFailing: Bool {
        get { failing.load(ordering: .sequentiallyConsistent) }
        set { failing.store(newValue, ordering: .sequentiallyConsistent) }
    }

    /// Brings a file's content to the device, or fails.
    @Sendable func synchronize(_ file: borrowing OwnedDescriptor) throws(SystemCallError) {
        if isFailing { throw SystemCallError(call: "fdatasync", subject: "claims", errno: .ioError) }
    }
}
