import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(5))) struct FolderPatternTests {
    private func watched(_ sandbox: Sandbox) async throws -> [String] {
        let projects = try await sandbox.run("status", "--json").json()["projects"]?.array ?? []
        return projects.compactMap { $0["path"]?.string }.sorted()
    }

    private func results(_ sandbox: Sandbox, _ experiment: String) async throws -> [Int] {
        let history = try await sandbox.run("history", experiment, "--json")
        // Nothing was filed yet.
        if history.exit == .status(66) { return [] }
        let trials = try history.json().array ?? []
        return trials.compactMap { $0["result"]?.int }.sorted()
    }

    @Test func `a folder that appears under a pattern is a project at once, and what lies in it is new`() async throws {
        let sandbox = try Sandbox()
        let work = sandbox.root.appending("home/work")
        try FileSystem.makeDirectories(work.appending("a"))
        try sandbox.write("result: 1\n", to: work.appending("a/before.run"))
        try sandbox.configure("projects: [{path: ~/work/*}]\n")
        let agent = try await sandbox.startAgent()
        try FileSystem.makeDirectories(work.appending("b"))
        try sandbox.write("result: 2\n", to: work.appending("b/at_once.run"))
        #expect(try await sandbox.eventually { try await watched(sandbox).count == 2 })
        try sandbox.replace(work.appending("b/later.run"), with: "result: 3\n")
        #expect(
            try await sandbox.eventually {
                try await sandbox.flush(); return try await results(sandbox, "b") == [2, 3]
            })
        // Moved in whole.
        try sandbox.write("result: 4\n", to: sandbox.root.appending("home/c/moved.run"))
        try FileSystem.rename(sandbox.root.appending("home/c"), to: work.appending("c"))
        #expect(try await sandbox.eventually { try await watched(sandbox).count == 3 })
        #expect(
            try await sandbox.eventually {
                try await sandbox.flush(); return try await results(sandbox, "c") == [4]
            })
        #expect(try await results(sandbox, "a") == [])

        try FileSystem.removeTree(work.appending("b"))
        #expect(
            try await sandbox.eventually {
                try await watched(sandbox) == ["a", "c"].map { work.appending($0).string }
            })
        #expect(try await sandbox.run("status").exit == .status(0))
        #expect(await agent.stop() == .status(0))
    }

    @Test func `the folders of a pattern may themselves come later`() async throws {
        let sandbox = try Sandbox()
        let home = sandbox.root.appending("home")
        try FileSystem.makeDirectories(home.appending("teams"))
        try sandbox.configure("projects: [{path: '~/teams/*/models-*'}]\n")
        let agent = try await sandbox.startAgent()
        try FileSystem.makeDirectories(home.appending("teams/vision"))
        try FileSystem.makeDirectories(home.appending("teams/vision/models-a"))
        try FileSystem.makeDirectories(home.appending("teams/vision/other"))
        let expected = [home.appending("teams/vision/models-a").string]
        #expect(try await sandbox.eventually { try await watched(sandbox) == expected })
        #expect(await agent.stop() == .status(0))
    }

    @Test func `links that lead back, and two names of one folder, do no harm`() async throws {
        let sandbox = try Sandbox()
        let work = sandbox.root.appending("home/work")
        try FileSystem.makeDirectories(work.appending("a"))
        try sandbox.configure("projects: [{path: ~/work/*}]\n")
        let agent = try await sandbox.startAgent()
        for (target, name) in [("..", "up"), (".", "here"), ("a", "same"), ("../../home/work", "around")] {
            try #require(symlink(target, work.appending(name).string) == 0)
        }
        try FileSystem.makeDirectories(work.appending("z"))
        #expect(
            try await sandbox.eventually {
                try await watched(sandbox) == ["a", "z"].map { work.appending($0).string }
            })
        try sandbox.replace(work.appending("a/train.run"), with: "result: 1\n")
        try await sandbox.flush()
        #expect(try await results(sandbox, "a") == [1])
        #expect(await agent.stop() == .status(0))
    }

    @Test(.enabled(if: getuid() == 0, "only root may mount"))
    func `a folder mounted at two places is one project`() async throws {
        let sandbox = try Sandbox()
        let work = sandbox.root.appending("home/work")
        for name in ["a", "b"] { try FileSystem.makeDirectories(work.appending(name)) }
        let mounted = try await sandbox.shell("mount --bind \(work)/a \(work)/b")
        guard mounted.exit == .status(0) else { return }
        do {
            try sandbox.configure("projects: [{path: ~/work/*}]\n")
            let agent = try await sandbox.startAgent()
            #expect(try await watched(sandbox).count == 1)
            try sandbox.replace(work.appending("b/train.run"), with: "result: 1\n")
            try await sandbox.flush()
            #expect(try await results(sandbox, "a") == [1])
            #expect(await agent.stop() == .status(0))
        } catch {
            Issue.record(error)
        }
        #expect(try await sandbox.shell("umount \(work)/b").exit == .status(0))
    }
}
