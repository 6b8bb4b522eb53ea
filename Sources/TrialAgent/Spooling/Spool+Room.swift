import Synchronization
import SystemCalls
import SystemPackage

/// What becomes of a full disk: the ballast finishes what was begun, and nothing more is begun before it is there again.
extension Spool {
    /// Throws while the disk is so full that nothing more is to be begun: until the ballast is there again.
    ///
    /// It costs next to nothing while there is room.
    nonisolated func checkRoom() async throws(AgentError) {
        if isShortOfRoom.withLock({ $0 }) { try await regainRoom() }
    }

    private func regainRoom() throws(AgentError) {
        do throws(SystemCallError) {
            // What was given up for entries is theirs until they are written.
            guard appending == 0 else {
                throw SystemCallError(call: "fallocate", subject: files.root.shown, errno: .noSpace)
            }
            try ballast.restore()
        } catch {
            if error.isFullDisk { throw Self.failure("waiting for room on the disk", files.root, error) }
        }
        isShortOfRoom.withLock { $0 = false }
    }

    /// False when the disk is full; whatever else is wrong with it, others will tell.
    static func restore(_ ballast: Ballast) -> Bool {
        do throws(SystemCallError) {
            try ballast.restore()
            return true
        } catch {
            return !error.isFullDisk
        }
    }
}
