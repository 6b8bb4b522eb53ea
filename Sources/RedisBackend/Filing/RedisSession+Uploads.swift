internal import Redis
internal import Trials

extension RedisSession {
    /// Bytes of a large value that travel in one piece.
    static let chunk = 256 << 10

    /// Sends what is too large for one argument. What nobody takes up within an hour goes by itself.
    func upload(_ uploads: [FilingCall.Upload]) throws(StoreError) {
        for upload in uploads {
            switch upload.content {
            case .value(let bytes):
                for start in stride(from: 0, to: bytes.count, by: Self.chunk) {
                    let piece = bytes[start..<min(start + Self.chunk, bytes.count)]
                    try self.upload(piece, to: upload.key, isFirst: start == 0)
                }
            case .list(let items):
                for start in stride(from: 0, to: items.count, by: 2000) {
                    var command = RedisCommand("RPUSH", upload.key)
                    for item in items[start..<min(start + 2000, items.count)] { command.add(item) }
                    _ = try ask("sending points", [command, RedisCommand("EXPIRE", upload.key, "3600")])
                }
            }
        }
    }

    /// Sends a piece of a large value.
    func upload(_ piece: ArraySlice<UInt8>, to key: String, isFirst: Bool) throws(StoreError) {
        var command = RedisCommand(isFirst ? "SET" : "APPEND", key)
        command.add(piece)
        if isFirst {
            command.add("EX")
            command.add(3600)
        }
        _ = try ask("sending a large value", command)
    }
}
