internal import CHiredis

/// hiredis's reader of replies: takes bytes as they come and gives replies when they are whole.
struct ReplyReader: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>

    init() throws(RedisError) {
        guard let reader = redisReaderCreate() else {
            throw RedisError(.ended, "redisReaderCreate", code: "code \(REDIS_ERR_OOM)", "out of memory")
        }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
    }

    func feed(_ bytes: RawSpan) throws(RedisError) {
        let code = bytes.withUnsafeBytes {
            redisReaderFeed(reader, $0.assumingMemoryBound(to: CChar.self).baseAddress, $0.count)
        }
        guard code == REDIS_OK else { throw error("redisReaderFeed") }
    }

    /// The next reply; nil until it is whole.
    func next() throws(RedisError) -> RedisReply? {
        var raw: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &raw) == REDIS_OK else { throw error("redisReaderGetReply") }
        guard let raw else { return nil }
        // hiredis: what was given out is ours to free.
        defer { freeReplyObject(raw) }
        return RedisReply(raw.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private func error(_ call: String) -> RedisError {
        let text = withUnsafeBytes(of: &reader.pointee.errstr) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let isProtocol = reader.pointee.err == REDIS_ERR_PROTOCOL
        return RedisError(isProtocol ? .noRedis : .ended, call, code: "code \(reader.pointee.err)", text)
    }
}

extension RedisReply {
    fileprivate init(_ reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_STRING: self = .bytes(reply.bytes)
        case REDIS_REPLY_STATUS: self = .status(String(decoding: reply.bytes, as: UTF8.self))
        case REDIS_REPLY_ERROR: self = .error(String(decoding: reply.bytes, as: UTF8.self))
        case REDIS_REPLY_INTEGER: self = .integer(Int(reply.integer))
        case REDIS_REPLY_ARRAY:
            self = .array((0..<reply.elements).map { reply.element[$0].map { RedisReply($0.pointee) } ?? .null })
        default: self = .null
        }
    }
}

extension redisReply {
    fileprivate var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: str, count: len)) }
}
