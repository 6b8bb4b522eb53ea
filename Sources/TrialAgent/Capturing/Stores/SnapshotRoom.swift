import Git
import Logging
import Synchronization
import SystemCalls
import SystemPackage
import Trials
import YAML

/// How much the snapshots of all projects take, and may take (`store:`).
///
/// What is there is counted now and then; in between, what captures write is added.
final class SnapshotRoom: Sendable {
    private struct State {
        var bytes = 0
        var hasWarned = false
    }

    private let folder: FilePath
    private let limits: @Sendable () -> StoreLimits
    private let logger: Logger
    private let state = Mutex(State())

    /// The room for the stores in a folder, by the limits that hold at each moment. Nothing is counted yet.
    init(_ folder: FilePath, limits: @escaping @Sendable () -> StoreLimits, logger: Logger) {
        self.folder = folder
        self.limits = limits
        self.logger = logger
    }

    /// Bytes that are taken, as far as is known.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Counts what is there, which waits for the disk.
    func count() {
        do throws(SystemCallError) {
            let size = try SnapshotStores.size(in: folder)
            state.withLock { $0.bytes = size }
            warn()
        } catch {
            logger.warning("\(folder.shown): what snapshots take could not be counted: \(error)")
        }
    }

    /// Adds what a capture has written.
    func add(_ bytes: Int) {
        guard bytes > 0 else { return }
        state.withLock { $0.bytes += bytes }
        warn()
    }

    /// Why nothing more is to be stored, as the end of a sentence; nil while there is room.
    var refusal: String? {
        let (bytes, most) = (bytes, limits().maxSize.bytes)
        guard bytes >= most else { return nil }
        return "snapshots take \(Self.shown(bytes)) of the \(Self.shown(most)) that they may (store: max_size); "
            + "trialwatch prune deletes trials, and trialwatch gc then frees what theirs take"
    }

    /// What the user should know; nil when there is room enough.
    var notice: String? {
        let (bytes, limits) = (bytes, limits())
        if let refusal { return "snapshots keep no new files: \(refusal)" }
        guard Double(bytes) >= limits.warnAt * Double(limits.maxSize.bytes) else { return nil }
        return "snapshots take \(Self.shown(bytes)) of the \(Self.shown(limits.maxSize.bytes)) that they may (store: "
            + "max_size); at the limit only patches are kept (trialwatch prune, trialwatch gc)"
    }

    /// Once, until there was room enough again.
    private func warn() {
        let notice = notice
        let isNew = state.withLock { state in
            defer { state.hasWarned = notice != nil }
            return notice != nil && !state.hasWarned
        }
        if isNew, let notice { logger.warning("\(notice)") }
    }

    /// `12.3 GB`, as the limit is written.
    static func shown(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 999.5 { return unit == "B" ? "\(bytes) B" : "\(Double(Int(value * 10)) / 10) \(unit)" }
            value /= 1000
        }
        return "\(Double(Int(value * 10)) / 10) TB"
    }
}
