import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct ParameterFilesTests {
    let ground: FollowingGround

    init() throws { ground = try FollowingGround() }

    private func merge(_ files: [String], _ explicit: Fields = [:]) throws -> (Fields, [String]) {
        let door = try ground.door()
        let (parameters, problems) = ParameterFiles.merge(files, under: explicit, through: door)
        return (parameters, problems)
    }

    @Test func `files are merged in order under the marker's own, nested mappings key by key`() throws {
        try ground.write("project/base.yaml", "lr: 0.1\noptimizer: {name: sgd, momentum: 0.9}\nepochs: 3\n")
        try ground.write("project/runs/more.json", #"{"epochs": 5, "optimizer": {"name": "adam"}, "big": 1e3}"#)
        let (parameters, problems) = try merge(
            ["../base.yaml", "more.json"], ["lr": .float(0.5), "optimizer": .mapping(["momentum": .integer(0)])])
        #expect(
            parameters == [
                "lr": .float(0.5), "optimizer": .mapping(["name": .text("adam"), "momentum": .integer(0)]),
                "epochs": .integer(5), "big": .float(1000),
            ])
        #expect(problems == [])
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", "runs/p.yaml:2:1"), ("a: [1\n", "runs/p.yaml:"),
        ("- 1\n", "runs/p.yaml:1:1: expected a mapping"),
        ("text", "runs/p.yaml:1:1: expected a mapping"), ("{\"a\": 1,}", nil), ("", nil), ("# nothing\n", nil),
    ])
    func `a file that is no mapping is a problem with its place, and the others count`(
        content: String, problem: String?
    )
        throws
    {
        try ground.write("project/runs/p.yaml", content)
        try ground.write("project/runs/good.yaml", "b: 1")
        let (parameters, problems) = try merge(["p.yaml", "good.yaml"])
        #expect(parameters["b"] == .integer(1))
        #expect(problems.count == (problem == nil ? 0 : 1))
        if let problem { #expect(problems.first?.contains(problem) == true, "\(problems)") }
    }

    @Test func `a file that cannot be read is a problem`() throws {
        try ground.write("project/runs/huge.yaml", String(repeating: "#", count: (1 << 20) + 1))
        let (parameters, problems) = try merge(["gone.yaml", "../../../etc/passwd", "huge.yaml"], ["a": .null])
        #expect(parameters == ["a": .null])
        #expect(problems.count == 3)
        #expect(problems[0] == "parameters_file: gone.yaml left out: nothing is there")
        #expect(problems[1].contains("allow_paths"))
        #expect(problems[2].contains("1048576"))
    }

    @Test func `a file of fifty thousand parameters is merged in no time`() throws {
        let lines = (0..<49_000).map { "p\($0): 1\n" }.joined()
        try ground.write("project/runs/many.yaml", lines)
        let began = ContinuousClock.now
        let (parameters, problems) = try merge(["many.yaml", "many.yaml"], ["p1": .integer(2)])
        #expect(parameters.count == 49_000)
        #expect(problems == [])
        #expect(ContinuousClock.now - began < .seconds(20))
    }
}
