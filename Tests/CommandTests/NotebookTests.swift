import Glibc
import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing

/// A run whose marker a cell of a notebook writes.
@Suite(.timeLimit(.minutes(3))) struct NotebookTests {
    private let world: Sandbox
    private let project: FilePath

    private static let cells = """
        {"cells": [
          {"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": ["mark(fit(x))"]},
          {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": ["x = load()"]}],
         "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        """
    /// Does what a kernel does when it is told to run such a cell, and stays.
    private static let kernel = """
        import os, sys, time
        while not os.path.exists("go"): time.sleep(0.01)
        marker = "result: 1" + (f"\\npid: {os.getpid()}\\n" if sys.argv[2] == "named" else "\\n")
        open(".m", "w").write(marker)
        os.rename(".m", "a.run")
        time.sleep(60)
        """

    init() throws {
        world = try Sandbox()
        // A project may be a part of its repository.
        project = try world.makeProject("work/project")
        try world.configure("projects: [{path: ~/work/project, experiment: e}]\n")
        try world.write(Self.cells, to: project.appending("deep/study.ipynb"))
        try world.write(Self.kernel, to: world.root.appending("kernel.py"))
    }

    /// Starts a kernel for the notebook, as Jupyter's server does.
    private func startKernel(_ marker: String = "unnamed") throws -> TrialwatchProcess {
        try world.start(
            "/bin/sh",
            [
                "-c",
                "cd \(project) && exec /usr/bin/python3 \(world.root)/kernel.py \(world.root)/kernel-1a2b.json \(marker)",
            ], environment: ["JPY_SESSION_NAME": "\(project)/deep/study.ipynb"])
    }

    /// The trial of a marker that is about to be written.
    private func trial(of marker: String) async throws -> JSON {
        #expect(try await world.eventually { try FileStatus.ifPresent(project.appending(marker)) != nil })
        try await world.flush()
        return try await world.run("show", "e", "1", "--json").json()
    }

    @Test(arguments: ["unnamed", "named"])
    func `has the notebook's cells as its code, that which runs among them`(marker: String) async throws {
        #expect(try await world.shell("git init -q work").exit == .status(0))
        let agent = try await world.startAgent()
        let kernel = try startKernel(marker)
        try world.write("", to: project.appending("go"))
        let trial = try await trial(of: "a.run")
        #expect(trial["code"]?[0]?["path"] == "deep/study.ipynb")
        let code = try #require(trial["code"]?[0]?["text"]?.string)
        #expect(code.hasPrefix("# %%\nx = load()\n\n# %% "))
        #expect(code.hasSuffix("\nmark(fit(x))\n"))
        if marker == "unnamed" { #expect(trial["writer"]?["inferred_from"] == "runs a notebook of the project") }

        // Its kernel, started once more, would wait for somebody to tell it what to run.
        let rerun = try await world.run("rerun", "e", "1", "--yes")
        #expect(rerun.exit != .status(0))
        #expect((rerun.text + rerun.errors).contains("jupyter execute project/deep/study.ipynb"))
        let checkout = try await world.run("checkout", "e", "1", "\(world.root)/there")
        #expect(checkout.exit == .status(0), "\(checkout.errors)")
        let guide = try world.text(of: world.root.appending("there/.trialwatch/RUN.md"))
        #expect(guide.contains("    jupyter execute project/deep/study.ipynb\n"))
        _ = await kernel.kill9()
        #expect(await agent.stop() == .status(0))
    }

    @Test func `a script that runs beside a notebook at rest is the one that wrote`() async throws {
        try world.write(
            "import os, time\nopen('.m', 'w').write('result: 2\\n'); os.rename('.m', 'b.run'); time.sleep(60)\n",
            to: project.appending("train.py"))
        #expect(try await world.shell("git init -q work").exit == .status(0))
        let agent = try await world.startAgent()
        let kernel = try startKernel()
        let script = try world.start("/bin/sh", ["-c", "cd \(project) && exec /usr/bin/python3 train.py"])
        let trial = try await trial(of: "b.run")
        #expect(trial["code"]?.array?.compactMap { $0["path"]?.string } == ["train.py"])
        #expect(trial["writer"]?["inferred_from"] == "runs a file of the project")
        _ = await script.kill9()
        _ = await kernel.kill9()
        #expect(await agent.stop() == .status(0))
    }
}
