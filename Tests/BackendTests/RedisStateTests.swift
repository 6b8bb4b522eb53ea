import BackendTesting
import Bytes
import ProgramTesting
import Redis
import RedisBackend
import SystemCalls
import SystemPackage
import Testing
import Trials

/// What states of a server mean to whoever files.
@Suite(.enabled(if: RedisServer.isWanted, Comment(rawValue: RedisServer.advice)))
struct RedisStateTests {
    private static func error(_ body: () async throws -> Void) async -> StoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    @Test func `a server that loses what it acknowledged is refused with the remedy, unless that is allowed`()
        async throws
    {
        let store = try RedisStore(.snapshots)
        let refused = await Self.error { _ = try await store.backend().prepare() }
        #expect(refused?.kind == .misconfigured)
        #expect(refused?.reason.contains("appendonly no") == true)
        #expect(refused?.remedy?.contains("CONFIG SET appendonly yes") == true)
        let filed = await Self.error { _ = try await store.backend().file([SampleRun(1).filing()]) }
        #expect(filed?.kind == .misconfigured)
        #expect(try store.server.ask("DBSIZE") == "0")
        let allowed = try store.backend(allowsVolatile: true)
        #expect(try await allowed.prepare().notices.map(\.text).first?.contains("allow_volatile accepts") == true)
        #expect(try await allowed.file([SampleRun(1).filing()]).map(\.number) == [1])
        // The remedy is one.
        try store.server.ask("CONFIG", "SET", "appendonly", "yes")
        try store.server.ask("CONFIG", "SET", "appendfsync", "always")
        #expect(try await store.backend().prepare().notices == [])
    }

    @Test func `a server that evicts is refused, and one that writes once a second is accepted with a notice`()
        async throws
    {
        let store = try RedisStore(.everySecond)
        let notices = try await store.backend().prepare().notices.map(\.text)
        #expect(notices.count == 1 && notices[0].contains("everysec"))
        try store.server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        let refused = await Self.error { _ = try await store.backend().prepare() }
        #expect(refused?.reason.contains("allkeys-lru") == true)
        #expect(refused?.remedy?.contains("noeviction") == true)
    }

    @Test func `a part that no trial ever has goes by itself, and one that a trial has does not`() async throws {
        let store = try RedisStore()
        let backend = try store.backend()
        let bytes = Array("abc".utf8)
        let part = PartReference(digest: SHA256.digest(of: bytes).hex, size: 3, role: .patch, name: "patch")
        func timeToLive() throws -> Int { Int(try store.server.ask("TTL", "trialwatch:part:\(part.digest)")) ?? -9 }
        try await backend.store(part, from: .bytes(bytes))
        #expect(try (80_000...86_400).contains(timeToLive()))
        // Kept once more, it waits a day once more.
        try store.server.ask("EXPIRE", "trialwatch:part:\(part.digest)", "5")
        try await backend.store(part, from: .bytes(bytes))
        #expect(try timeToLive() > 80_000)
        var filing = SampleRun(1).filing()
        filing.parts = [part]
        #expect(try await backend.file([filing]).map(\.number) == [1])
        #expect(try timeToLive() == -1)
        try await backend.store(part, from: .bytes(bytes))
        #expect(try timeToLive() == -1)
        #expect(try await backend.part(part, of: SampleRun(1).reference(1)) == bytes)
    }

    @Test func `a full server is waited for, and what did not fit is filed when there is room`() async throws {
        let store = try RedisStore()
        let backend = try store.backend()
        #expect(try await backend.file([SampleRun(1).filing()]).map(\.number) == [1])
        try store.server.ask("CONFIG", "SET", "maxmemory", "1mb")
        let full = await Self.error { _ = try await backend.file([SampleRun(2).filing()]) }
        #expect(full?.kind == .unavailable && full?.isTransient == true)
        #expect(full?.remedy?.contains("maxmemory") == true)
        try store.server.ask("CONFIG", "SET", "maxmemory", "0")
        #expect(try await backend.file([SampleRun(2).filing()]).map(\.number) == [2])
    }

    @Test func `a replica takes nothing, a wrong password is said, and neither costs an entry its place`() async throws
    {
        let password = "s3cret pass/word:@"
        let master = try RedisServer(.always, ["--requirepass", password])
        let replica = try RedisServer(
            .always, ["--replicaof", "127.0.0.1 \(master.port)", "--masterauth", password])
        let written = "s3cret%20pass%2Fword%3A%40"
        let good = try RedisAddress("redis://:\(written)@127.0.0.1:\(master.port)/0")
        let backend = RedisBackend(RedisSettings(address: good)) { SampleRun.time(100) }
        #expect(try await backend.file([SampleRun(1).filing()]).map(\.number) == [1])
        let other = RedisBackend(RedisSettings(address: try RedisAddress(replica.address))) { SampleRun.time(100) }
        let readOnly = await Self.error { _ = try await other.file([SampleRun(2).filing()]) }
        #expect(readOnly?.kind == .unavailable && readOnly?.isTransient == true)
        for address in ["redis://127.0.0.1:\(master.port)", "redis://:wrong@127.0.0.1:\(master.port)"] {
            let backend = RedisBackend(RedisSettings(address: try RedisAddress(address))) { SampleRun.time(100) }
            let error = await Self.error { _ = try await backend.file([SampleRun(2).filing()]) }
            #expect(error?.kind == .misconfigured && error?.isTransient == true)
            #expect(error.map { "\($0)".contains("wrong") } == false)
        }
        try master.ask(
            "ACL", "SETUSER", "agent", "on", ">\(password)", "~*", "&*", "+@all", "-@dangerous", "+info", "+config|get",
            password: password)
        let address = try RedisAddress("redis://agent:\(written)@127.0.0.1:\(master.port)/3")
        let agent = RedisBackend(RedisSettings(address: address)) { SampleRun.time(100) }
        #expect(try await agent.prepare().notices == [])
        #expect(try await agent.file([SampleRun(9).filing()]).map(\.number) == [1])
    }

    @Test func `nobody who listens, a black hole and a stranger are told apart, each within its time`() async throws {
        let store = try RedisStore()
        let quick = RedisTimeouts(connect: .milliseconds(500), command: .milliseconds(300), total: .seconds(1))
        let settings = RedisSettings(address: try RedisAddress(store.server.address), timeouts: quick)
        let backend = RedisBackend(settings) { SampleRun.time(100) }
        _ = try await backend.prepare()
        try store.server.send(.stop)
        let clock = ContinuousClock()
        let before = clock.now
        let silent = await Self.error { _ = try await backend.file([SampleRun(1).filing()]) }
        #expect(silent?.isTransient == true && silent?.reason.contains("no answer within") == true)
        #expect(clock.now - before < .seconds(3))
        try store.server.send(.resume)
        #expect(try await backend.file([SampleRun(1).filing()]).map(\.number) == [1])
        store.server.kill()
        let away = await Self.error { _ = try await backend.prepare() }
        #expect(away?.isTransient == true && away?.reason.contains("refused") == true)
    }

    private static let addresses: [(String, String?)] = [
        ("redis://localhost", "localhost:6379/0"), ("redis://u:p@[::1]:7000/2", "[::1]:7000/2"),
        ("redis://host/", "host:6379/0"), ("unix:///run/redis.sock?db=4", "/run/redis.sock/4"),
        ("unix://:p@/run/redis.sock", "/run/redis.sock/0"),
        ("redis+sentinel://:p@a:1,b/team/3?sentinel_password=q", "team/3 by a:1,b:26379"),
        ("redis://host/x", nil), ("redis://host:0/0", nil), ("redis://u:se/cret@host/0", nil), ("rediss://host", nil),
        ("redis+sentinel://host", nil), ("unix://run/redis.sock", nil), ("redis://host?wrong=1", nil),
        ("redis://u:%zz@host", nil), ("redis://secret@host", nil),
    ]

    @Test(arguments: addresses)
    func `an address says where, and what is said of it never holds a password`(_ text: String, _ shown: String?) throws
    {
        do {
            let address = try RedisAddress(text)
            #expect(address.shown == shown)
            var dumped = ""
            dump(address, to: &dumped)
            #expect("\(address) \(address.customMirror.children.count) \(dumped)".contains("p@") == false)
        } catch {
            #expect(shown == nil, "\(error)")
            #expect(!"\(error)".contains("cret"))
            if text.hasPrefix("rediss") { #expect("\(error)".contains("stunnel")) }
        }
    }
}
