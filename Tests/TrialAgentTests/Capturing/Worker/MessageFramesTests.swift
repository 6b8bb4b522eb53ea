import Testing

@testable import TrialAgent

@Suite struct MessageFramesTests {
    private let replies: [CaptureReply] = [
        .began(capturer: "git"), .goesOn(beats: 12), .found(.failed("git", "no repository")), .done,
    ]

    @Test(arguments: [1, 2, 3, 5, 7, 64, 100_000])
    func `messages come out as they went in, however the bytes are cut`(size: Int) throws {
        let bytes = try replies.flatMap { try MessageFrames.frame($0) }
        var frames = MessageFrames()
        var found: [CaptureReply] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            frames.append(Array(bytes[start..<min(start + size, bytes.count)]))
            while let reply = try frames.next(CaptureReply.self) { found.append(reply) }
        }
        #expect(found == replies)
        #expect(!frames.isAmidMessage)
    }

    @Test func `a length over the limit is refused before its bytes are there`() throws {
        var frames = MessageFrames()
        frames.append([4, 0, 0, 0])
        #expect(try frames.next(CaptureReply.self) == nil)
        frames = MessageFrames()
        frames.append([4, 0, 0, 1])
        #expect(throws: MessageError.tooLong(64 << 20 | 1)) { try frames.next(CaptureReply.self) }
    }

    @Test(arguments: ["", "{}", "[]", "{\"done\":{}", "{\"unknown\":{}}", "{\"goesOn\":{\"beats\":1e99}}", "\u{0}"])
    func `what is no reply is refused`(text: String) throws {
        var frames = MessageFrames()
        frames.append([0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8))
        #expect(throws: MessageError.self) { try frames.next(CaptureReply.self) }
    }
}

@Suite struct WorkerExchangeTests {
    @Test func `one capturer after the other begins, goes on and answers`() throws {
        var exchange = WorkerExchange(awaited: ["code", "git"])
        #expect(try exchange.accept(.began(capturer: "code")) == nil)
        #expect(exchange.running == "code")
        #expect(try exchange.accept(.goesOn(beats: 3)) == nil)
        let answer = CapturerAnswer(part: CapturedPart(), capturer: "code")
        #expect(try exchange.accept(.found(answer)) == answer)
        #expect(exchange.running == nil)
        // One that the worker does not know.
        #expect(try exchange.accept(.found(.failed("git", "unknown"))) != nil)
        #expect(!exchange.isDone)
        #expect(try exchange.accept(.done) == nil)
        #expect(exchange.isDone)
    }

    @Test(arguments: [
        [CaptureReply.done], [.goesOn(beats: 1)], [.began(capturer: "conda")],
        [.began(capturer: "git"), .began(capturer: "code")],
        [.began(capturer: "git"), .found(.failed("code", "no"))],
        [.found(CapturerAnswer(part: CapturedPart(), capturer: "git"))],
        [.found(.failed("git", "no")), .found(.failed("git", "no"))],
    ])
    func `what is out of turn is a failure of the worker`(replies: [CaptureReply]) {
        #expect(throws: WorkerFailure.self) {
            var exchange = WorkerExchange(awaited: ["code", "git"])
            for reply in replies { _ = try exchange.accept(reply) }
        }
    }
}
