import Bytes
import Synchronization
import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite struct ContentHashesTests {
    let ground: FollowingGround

    init() throws { ground = try FollowingGround() }

    /// An hour from now, when every file of the test has been at rest for long.
    private static let later: @Sendable () -> Int64 = { Clock.now + 3_600_000_000_000 }

    private func hash(_ path: String, by hashes: ContentHashes) async throws -> String {
        let opened = try ground.door().open(path)
        return try await hashes.hash(of: opened)
    }

    @Test func `a file's hash is SHA-256 of its bytes`() async throws {
        let content = String(repeating: "0123456789abcdef", count: 200_000)
        try ground.write("project/runs/a", content)
        try ground.write("project/runs/empty")
        let hashes = ContentHashes()
        #expect(try await hash("a", by: hashes) == SHA256.digest(of: content).hex)
        #expect(try await hash("empty", by: hashes) == SHA256.digest(of: "").hex)
    }

    @Test func `a file is read once while it is the same, and again when it was written to`() async throws {
        try ground.write("project/runs/a", "one")
        let hashes = ContentHashes(now: Self.later)
        for _ in 0..<3 { _ = try await hash("a", by: hashes) }
        #expect(await hashes.made == 1)
        try FileSystem.link(ground.project.appending("runs/a"), to: ground.project.appending("runs/b"))
        try ground.write("project/runs/a", "two")
        #expect(try await hash("b", by: hashes) == SHA256.digest(of: "two").hex)
        #expect(await hashes.made == 2)
    }

    @Test func `a file that was written to a moment ago is not remembered`() async throws {
        try ground.write("project/runs/a", "one")
        let hashes = ContentHashes()
        for _ in 0..<2 { _ = try await hash("a", by: hashes) }
        #expect(await hashes.made == 2)
    }

    @Test func `only so many are remembered, the newest`() async throws {
        for number in 0..<30 { try ground.write("project/runs/\(number)", "\(number)") }
        let hashes = ContentHashes(remembering: 10, now: Self.later)
        for number in 0..<30 { _ = try await hash("\(number)", by: hashes) }
        for number in 21..<30 { _ = try await hash("\(number)", by: hashes) }
        #expect(await hashes.made == 30)
        _ = try await hash("0", by: hashes)
        #expect(await hashes.made == 31)
    }

    @Test(arguments: [true, false])
    func `a file that changes while it is hashed is refused, and not remembered`(grows: Bool) async throws {
        let path = try ground.write("project/runs/a", String(repeating: "x", count: 3 << 20))
        let hashes = ContentHashes(
            now: Self.later,
            onPiece: { offset in
                guard offset == 1 << 20 else { return }
                if grows {
                    try? OwnedDescriptor(opening: path, .writeOnly, options: .append).write([0])
                } else {
                    try? OwnedDescriptor(opening: path, .writeOnly).truncate(to: 5)
                }
            })
        let error = await #expect(throws: UnreadFile.self) { try await hash("a", by: hashes) }
        #expect(error?.description.contains("while it was hashed") == true)
    }

    @Test func `a file that claims to be huge is refused at once`() async throws {
        let path = try ground.write("project/runs/huge")
        try OwnedDescriptor(opening: path, .writeOnly).truncate(to: 50_000_000_000)
        let hashes = ContentHashes()
        let error = await #expect(throws: UnreadFile.self) { try await hash("huge", by: hashes) }
        #expect(error?.description.contains("on the device") == true)
        #expect(await hashes.made == 0)
    }

    @Test func `a cancelled task's hash is given up after the piece under way`() async throws {
        try ground.write("project/runs/a", String(repeating: "x", count: 4 << 20))
        let pieces = Mutex(0)
        let hashes = ContentHashes(onPiece: { _ in
            pieces.withLock { $0 += 1 }
            withUnsafeCurrentTask { $0?.cancel() }
        })
        await #expect(throws: UnreadFile.self) {
            try await withThrowingTaskGroup { group in
                group.addTask { _ = try await hash("a", by: hashes) }
                try await group.waitForAll()
            }
        }
        #expect(pieces.withLock { $0 } == 1)
    }
}
