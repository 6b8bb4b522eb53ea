import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct `Projects of a configuration` {
    let sandbox: ConfigurationSandbox

    init() throws { sandbox = try ConfigurationSandbox() }

    func make(_ folders: String...) throws {
        for folder in folders { try FileSystem.makeDirectories(sandbox.surroundings.home.appending(folder)) }
    }

    @Test func `an exact path beats a pattern, else the first entry wins`() throws {
        let configuration = try sandbox.read(
            """
            projects:
              - {path: ~/work/*, experiment: any}
              - {path: ~/work/res*, experiment: late}
              - {path: ~/work/resnet, experiment: exact}
              - {path: ~/work/resnet, experiment: again}
            """)
        let home = sandbox.surroundings.home
        #expect(configuration.project(at: home.appending("work/resnet"))?.experiment.text == "exact")
        #expect(configuration.project(at: home.appending("work/resist"))?.experiment.text == "any")
        #expect(configuration.project(at: home.appending("work")) == nil)
        #expect(configuration.project(at: home.appending("work/a/b")) == nil)
        #expect(configuration.project(at: home.appending("work/.hidden")) == nil)
    }

    @Test(arguments: [("resnet", "resnet"), ("my-exp", "my_exp"), ("1st", "_1st"), ("größe", "größe")])
    func `an experiment is called like its folder, spelt as an identifier`(folder: String, experiment: String) throws {
        let configuration = try sandbox.read("projects: [{path: ~/work/*}]")
        let path = sandbox.surroundings.home.appending("work/\(folder)")
        #expect(configuration.project(at: path)?.experiment.text == experiment)
    }

    @Test func `folders are found, missing ones named, and parents listed for new ones`() throws {
        try make("work/a", "work/b-c", "work/.hidden", "work/node_modules", "lab/x/runs", "lab/y", "solo")
        try sandbox.write("", to: sandbox.surroundings.home.appending("work/file"))
        try FileSystem.makeSymbolicLink(
            at: sandbox.surroundings.home.appending("work/z-link"), to: sandbox.surroundings.home.appending("work/a"))
        let discovery = ProjectDiscovery(
            try sandbox.read(
                "projects: [{path: ~/work/*}, {path: ~/lab/*/runs}, {path: ~/solo}, {path: ~/gone}, {path: ~/no/*}]"))
        let home = sandbox.surroundings.home
        #expect(
            discovery.projects.map(\.root) == ["work/a", "work/b-c", "lab/x/runs", "solo"].map { home.appending($0) })
        #expect(discovery.missing == [home.appending("gone"), home.appending("no")])
        #expect(discovery.parents == ["work", "lab", "lab/x", "lab/y"].map { home.appending($0) })
        #expect(discovery.failures.isEmpty)
    }

    @Test func `a file belongs to the deepest project`() throws {
        try make("work/a/inner")
        let discovery = ProjectDiscovery(try sandbox.read("projects: [{path: ~/work/*}, {path: ~/work/a/inner}]"))
        let home = sandbox.surroundings.home
        #expect(
            discovery.projects.deepest(containing: home.appending("work/a/inner/x.run"))?.experiment.text == "inner")
        #expect(
            discovery.projects.deepest(containing: home.appending("work/a/innermost/x.run"))?.experiment.text == "a")
        #expect(discovery.projects.deepest(containing: home.appending("x.run")) == nil)
    }

    @Test func `a store inside the entry is each folder's own and is not watched`() throws {
        let configuration = try sandbox.read(
            "projects: [{path: ~/work/*, backend: {local: {directory: daskperiment_cache}}}]")
        let home = sandbox.surroundings.home
        let first = try #require(configuration.project(at: home.appending("work/a")))
        let second = try #require(configuration.project(at: home.appending("work/b")))
        #expect(first.backend.base == first.root)
        #expect(first.backend.name != second.backend.name)
        #expect(first.backend.name.hasPrefix("local-a-"))
        #expect(first.settings.ignore.ignores("daskperiment_cache", isDirectory: true))
        #expect(!first.settings.ignore.ignores("sub/daskperiment_cache", isDirectory: true))
    }

    @Test func `an address gets a name without its secrets`() throws {
        let configuration = try sandbox.read("backend: redis://ada:s3cret@cache.example:6379/0?timeout=1\nprojects: []")
        #expect(configuration.backend.name == "redis-cache-example-6379-0")
        #expect(!"\(configuration)".contains("s3cret"))
        #expect(
            try sandbox.problems("backend: monogdb://ada:s3cret@x/db") == [
                "agent.yaml:1:10: backend: this version has no backend for addresses like this; it has local, redis"
            ])
    }
}
