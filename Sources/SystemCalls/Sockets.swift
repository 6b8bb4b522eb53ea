internal import Glibc
internal import SystemPackage

/// Sockets that are connected already (socket(7)).
extension OwnedDescriptor {
    /// Sends as much as is taken without waiting; 0 when nothing is. `EPIPE` when the other side has closed: no signal comes.
    public borrowing func sendNow(_ bytes: RawSpan) throws(SystemCallError) -> Int {
        let number = number
        do throws(SystemCallError) {
            return try bytes.withUnsafeBytes { (buffer) throws(SystemCallError) in
                try checked("send") {
                    Glibc.send(number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                }
            }
        } catch {
            if error.errno == .resourceTemporarilyUnavailable { return 0 }
            throw error
        }
    }

    /// Receives what is there into the beginning of a buffer, and says how much; nil when nothing is there yet, 0 when the
    /// other side has closed.
    public borrowing func receiveNow(into buffer: inout [UInt8]) throws(SystemCallError) -> Int? {
        let number = number
        let size = buffer.count
        do throws(SystemCallError) {
            return try checked("recv") { Glibc.recv(number, &buffer, size, Int32(MSG_DONTWAIT)) }
        } catch {
            if error.errno == .resourceTemporarilyUnavailable { return nil }
            throw error
        }
    }
}
