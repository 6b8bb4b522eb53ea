internal import Glibc

/// Sockets that are connected already (socket(7)).
extension OwnedDescriptor {
    /// Sends as much as is taken without waiting; 0 when nothing is. `EPIPE` when the other side has closed: no signal comes.
    public borrowing func sendNow(_ bytes: RawSpan) throws(SystemCallError) -> Int {
        let number = number
        do throws(SystemCallError) {
            return try bytes.withUnsafeBytes { (buffer) throws(SystemCallError) in
                try checked("send") {
                    send(number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                }
            }
        } catch {
            if error.errno == .resourceTemporarilyUnavailable { return 0 }
            throw error
        }
    }

    /// Receives what is there, at most as much as the buffer holds; nil when nothing is there yet, 0 when the other side has
    /// closed.
    public borrowing func receiveNow(into buffer: UnsafeMutableRawBufferPointer) throws(SystemCallError) -> Int? {
        let number = number
        do throws(SystemCallError) {
            return try checked("recv") { recv(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) }
        } catch {
            if error.errno == .resourceTemporarilyUnavailable { return nil }
            throw error
        }
    }
}
