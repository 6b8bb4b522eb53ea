import Synchronization
import SystemCalls

/// Processes that were taken hold of when their markers were read, until somebody waits for them: how a process ended is told
/// to those alone who held it before its parent asked, and a short run may be over before its marker is claimed.
final class ProcessHolds: Sendable {
    private struct Held {
        let process: RunProcess
        let descriptor: Box
        let until: ContinuousClock.Instant
    }

    private final class Box: Sendable {
        let descriptor: Mutex<ProcessDescriptor?>
        init(_ descriptor: consuming ProcessDescriptor) { self.descriptor = Mutex(descriptor) }
    }

    private let held = Mutex<[Held]>([])
    private let patience: Duration
    private let most: Int

    /// Holds at most so many, each for so long.
    init(for patience: Duration = .seconds(60), most: Int = 256) {
        self.patience = patience
        self.most = most
    }

    /// Takes hold of a process, if it is there, and of a marker that named none before.
    func hold(_ process: RunProcess, by search: ProcessSearch) {
        let now = ContinuousClock.now
        let isKnown = held.withLock { held in
            held.removeAll { $0.until <= now }
            return held.count >= most || held.contains { $0.process.isSame(as: process) }
        }
        // Without a descriptor to spare, whoever waits for it looks again.
        guard !isKnown, let descriptor = try? ProcessDescriptor(process.number),
            (try? search.isPresent(process)) == true
        else { return }
        let box = Box(descriptor)
        held.withLock { $0.append(Held(process: process, descriptor: box, until: now + patience)) }
    }

    /// Hands a process over that is held; nil when it is not.
    func take(_ process: RunProcess) -> ProcessDescriptor? {
        let box = held.withLock { held -> Box? in
            guard let index = held.firstIndex(where: { $0.process.isSame(as: process) }) else { return nil }
            return held.remove(at: index).descriptor
        }
        guard let box else { return nil }
        return box.descriptor.withLock { descriptor in
            let taken = consume descriptor
            descriptor = nil
            return taken
        }
    }
}
