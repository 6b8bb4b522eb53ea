import BackendTesting
import SystemCalls
import SystemPackage
import Testing
import Trials
import YAML

@testable import TrialAgent

@Suite struct PlanTests {
    private let sandbox: ConfigurationSandbox

    init() throws { sandbox = try ConfigurationSandbox() }

    private func plan(_ text: String, after before: Plan? = nil) throws -> Plan {
        try Plan(sandbox.read(text), after: before) {
            NamedBackend(name: $0.name, kind: $0.kind, writer: ScriptedWriter())
        }
    }

    private func make(_ folder: String) throws {
        try FileSystem.makeDirectories(sandbox.surroundings.home.appending(folder))
    }

    private static let plain = "backends: {a: {local: {directory: ~/a}}}\nbackend: a\n"

    @Test(arguments: [
        (plain, true), ("# moved down by a line\n" + plain, true),
        ("backends: {a: {local: {directory: ~/b}}}\nbackend: a\n", false),
        ("backends: {a: redis://localhost}\nbackend: a\n", false),
    ])
    func `a store stays open when it is written as before, wherever it stands`(text: String, stays: Bool) throws {
        let before = try plan(Self.plain)
        let after = try plan(text, after: before)
        #expect(after.stores.map(\.choice.name) == ["a"])
        #expect(after.stores[0].backend.isSame(as: before.stores[0].backend) == stays)
    }

    @Test func `a project's own store outlives it while its folder is there`() throws {
        try make("work/a")
        try make("work/b")
        let text = "projects: [{path: ~/work/*, backend: {local: {directory: cache}}}]\n"
        let both = try plan(text)
        #expect(both.stores.count == 3)
        #expect(try plan("projects: []\n", after: both).stores.count == 3)
        try FileSystem.removeTree(sandbox.surroundings.home.appending("work/b"))
        let one = try plan(text, after: both)
        #expect(one.projects.map(\.experiment.text) == ["a"])
        #expect(one.stores.count == 2)
    }

    @Test
    func `what comes into being in a folder that was looked into has appeared, what comes with the folder has not`()
        throws
    {
        try make("work/a")
        let text = "projects: [{path: ~/work/*}, {path: ~/late/*}]\n"
        let before = try plan(text)
        try make("work/b")
        try make("late/c")
        let after = try plan(text, after: before)
        let home = sandbox.surroundings.home
        #expect(after.appeared(since: before) == [home.appending("work/b")])
        #expect(after.appeared(since: after).isEmpty)
        // What only another configuration means was there before.
        #expect(
            try plan("projects: [{path: ~/late/c}]\n").appeared(since: plan("projects: [{path: ~/work/*}]\n")) == [])
    }

    @Test func `a pattern whose beginning is not there is told of`() throws {
        let notices = try plan("projects: [{path: ~/none/*}]\n").notices
        #expect(notices.count == 1)
        #expect(notices.first?.contains("none is not there") == true)
    }

    @Test func `a link that leads back above itself is no project, and is told of`() throws {
        try make("work/a")
        let work = sandbox.surroundings.home.appending("work")
        try FileSystem.makeSymbolicLink(at: work.appending("up"), to: "..")
        try FileSystem.makeSymbolicLink(at: work.appending("here"), to: ".")
        let found = try plan("projects: [{path: ~/work/*}]\n")
        #expect(found.projects.map(\.root) == [work.appending("a")])
        #expect(found.notices.count == 2)
    }
}
