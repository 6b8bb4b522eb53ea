import Git
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import TrialAgent
import Trials

@testable import Trialwatch

/// Whatever lies in a store of snapshots, or in a pack that another host made, a checkout keeps to its folder.
@Suite(.timeLimit(.minutes(60))) struct HostileTreeTests {
    private let sandbox: Sandbox
    /// The folder that is checked out into.
    private let folder: FilePath
    private let state: FilePath

    init() throws {
        sandbox = try Sandbox()
        folder = sandbox.root.appending("home/outer/checkout")
        state = sandbox.root.appending("state/trialwatch")
        for place in [state, sandbox.root.appending("cache")] { try FileSystem.makeDirectories(place) }
        for name in ["canary", "home/canary", "home/outer/canary", "home/outer/a/b"] {
            try sandbox.write("canary", to: sandbox.root.appending(name))
        }
        try FileSystem.makeSymbolicLink(at: sandbox.root.appending("home/outer/link"), to: "a")
    }

    @Test func `no tree changes anything outside of its folder, and each is written, or refused with a reason`()
        async throws
    {
        let seed = UInt64.random(in: .min ... .max)
        var trees = HostileTrees(seed: seed, outside: sandbox.root.appending("home/outer").string)
        var (written, refused, failures) = (0, 0, 0)
        let rounds = Soak.isAsked ? 5_000 : 100
        for round in 0..<rounds {
            let (tree, objects) = trees.next()
            let place = "seed \(seed), round \(round)"
            let start = FilePath(["link", "a", "../canary", "a/b", "/etc", ""][round % 6])
            let before = try outside("rm -rf \(folder); mkdir \(folder)")
            do {
                let report = try await checkOut(tree, objects, asPack: round % 4 > 0, startingIn: start)
                refused += report.notes.count { $0.hasPrefix("not written: ") }
            } catch {
                #expect(error.description.count > 20 && error.description.allSatisfy { !$0.isNewline }, "\(place)")
                failures += 1
            }
            try #require(try outside() == before, "\(place)")
            written += try check(OwnedDescriptor(directory: folder), place)
        }
        // Trees that are all refused would try nothing.
        #expect(
            written > rounds && refused > rounds && failures > rounds / 10,
            "seed \(seed): \(written), \(refused), \(failures)")
    }

    /// Checks a tree out as the command does, from the store of this host or from a pack that another one left.
    private func checkOut(
        _ tree: ObjectID, _ objects: RawObjects, asPack isPack: Bool, startingIn start: FilePath
    ) async throws(CommandFailure) -> TrialCheckout.Report {
        let (trial, pack): (StoredTrial, [UInt8]?)
        do {
            let store = state.appending("snapshots/p.git")
            if try FileStatus.ifPresent(store) != nil { try FileSystem.removeTree(store) }
            if !isPack { try objects.write(to: store.appending("objects")) }
            var made = try makeTrial(1)
            made.capture = TrialCapture(began: noon, agent: "0.1.0")
            made.capture?.snapshot = Snapshot(tree: "\(tree)", store: "p", host: "h", began: noon, files: 1, size: 1)
            (trial, pack) = (made, isPack ? try objects.pack() : nil)
        } catch {
            Issue.record(error)
            throw CommandFailure("making a store", "\(error)")
        }
        let surroundings = Surroundings(
            user: "u", userIdentifier: User.currentIdentifier, home: sandbox.root.appending("home"),
            variables: ["XDG_CACHE_HOME": sandbox.root.appending("cache").string], workingDirectory: folder)
        let search = SnapshotSearch(
            trial: trial, reader: ScriptedReader([]),
            world: World(surroundings: surroundings, moments: .system(), page: .plain), state: state, clone: nil)
        return try await TrialCheckout(search).write(
            to: folder, isPrivate: false, startingIn: start, pack: pack, commits: .none, requirements: "x==1\n",
            record: .object([:]))
    }

    /// All that is not checked out, but for what a checkout reads and where it unpacks: what stat(2) tells, and contents.
    private func outside(_ first: String = "") throws -> String {
        let passedOver = [folder, state, sandbox.root.appending("cache")].map { "-path \($0)" }
        let rest = "\\( \(passedOver.joined(separator: " -o ")) \\) -prune -o"
        let script = """
            \(first)
            find \(sandbox.root) \(rest) -printf '%p %i %n %M %U %G %s %T@ %C@ %l\\n'
            find \(sandbox.root) \(rest) -type f -exec head {} +
            """
        var child = try ChildProcess("/bin/sh", arguments: ["sh", "-c", script], environment: ["PATH=/usr/bin:/bin"])
        child.closeInput()
        var output: [UInt8] = []
        while let piece = try child.read(atMost: 65536), !piece.isEmpty { output += piece }
        try #require(try child.end() == .exited(0))
        return String(decoding: output, as: UTF8.self)
    }

    /// Nothing that git would take for its own, no right but to read, write and execute, and no link to a file: how many files
    /// and links there are. By descriptors, as the paths may be longer than calls take.
    private func check(_ folder: borrowing OwnedDescriptor, _ place: String) throws -> Int {
        var count = 0
        for entry in try folder.entries() {
            var name = entry.name.string.lowercased().prefix { $0 != ":" && $0 != "\\" }
            while name.hasSuffix(".") || name.hasSuffix(" ") { name.removeLast() }
            #expect(name != ".git" && name != "git~1", "\(place)")
            let path = FilePath(root: nil, [entry.name])
            let status = try folder.status(of: path)
            #expect([.regular, .directory, .symbolicLink].contains(status.kind), "\(place)")
            #expect(status.kind == .symbolicLink || status.permissions.rawValue & 0o7000 == 0, "\(place)")
            #expect(status.kind == .directory || status.links == 1, "\(place)")
            if status.kind == .directory {
                count += try check(folder.openBeneath(path, options: .directory), place)
            } else {
                count += 1
            }
        }
        return count
    }
}
