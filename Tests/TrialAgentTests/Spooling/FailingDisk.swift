import Synchronization
import SystemCalls
import SystemPackage

/// A disk that brings nothing to its device as long as it is told to fail.
final class FailingDisk: Sendable {
    private let failing = Atomic(false)
    private let tries = Atomic(0)

    var isFailing: Bool {
        get { failing.load(ordering: .sequentiallyConsistent) }
        set { failing.store(newValue, ordering: .sequentiallyConsistent) }
    }

    /// How often something was to be brought to the device.
    var count: Int { tries.load(ordering: .sequentiallyConsistent) }

    /// Brings a file's content to the device, or fails.
    @Sendable func synchronize(_ file: borrowing OwnedDescriptor) throws(SystemCallError) {
        tries.add(1, ordering: .sequentiallyConsistent)
        if isFailing { throw SystemCallError(call: "fdatasync", subject: "claims", errno: .ioError) }
    }
}
