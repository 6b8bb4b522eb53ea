import JSON
import ProgramTesting
import SystemCalls
import SystemPackage
import Testing
import Trials

@Suite struct ExperimentPathTests {
    /// Two trials of `resnet` in the configured store; commands are to find them without it.
    private func makeSandbox() async throws -> Sandbox {
        let sandbox = try Sandbox()
        let loss = MetricPiece(
            name: "loss", offset: 0, points: [MetricPoint(epoch: 0, value: .float(0.5), recorded: noon)])
        try await sandbox.file([try makeFiling(1, metrics: [loss]), try makeFiling(2, metrics: [loss])])
        return sandbox
    }

    /// Runs a script in the folder above the store, with a configuration that leads elsewhere.
    private func run(_ script: String, in sandbox: Sandbox) async throws -> Sandbox.Output {
        try await sandbox.shell("cd \(sandbox.root)/data && " + script, environment: ["XDG_DATA_HOME": "/nonexistent"])
    }

    @Test(arguments: [
        "trialwatch %s ./trialwatch/resnet", "trialwatch %s trialwatch/resnet", "trialwatch %s trialwatch/resnet/",
        "trialwatch %s $PWD/trialwatch/../trialwatch/resnet", "trialwatch %s trialwatch/resnet/resnet.pkl",
        "cd trialwatch/resnet; trialwatch %s .", "cd trialwatch/resnet; trialwatch %s resnet.pkl",
        "cd trialwatch/resnet/code; trialwatch %s ..",
        "mv trialwatch/resnet 'moved away'; trialwatch %s 'moved away/'",
        "mv trialwatch/resnet 1; trialwatch %s 1/resnet.pkl",
        "ln -s trialwatch/resnet latest; trialwatch %s ./latest",
        "cp -r trialwatch/resnet copy; rm copy/resnet.pkl; mv copy resnet; trialwatch %s ./resnet",
    ])
    func `an experiment is read where it lies, whatever its folder is called`(script: String) async throws {
        let sandbox = try await makeSandbox()
        let script = script.replacing("%s", with: "history")
        let output = try await run(script + " --json", in: sandbox)
        #expect(output.errors.isEmpty)
        #expect(try output.json().array?.map { $0["trial"]?.int } == [2, 1])
        #expect(try output.json()[0]?["experiment"] == "resnet")
    }

    @Test func `every command that reads takes a path`() async throws {
        let sandbox = try await makeSandbox()
        let show = try await run("trialwatch show ./trialwatch/resnet 2 --json", in: sandbox)
        #expect(try show.json()["trial"] == 2)
        let metrics = try await run("trialwatch metrics ./trialwatch/resnet loss 1 2", in: sandbox)
        #expect(metrics.lines == ["epoch\t1\t2", "0\t0.5\t0.5"])
        let export = try await run("trialwatch export trialwatch/resnet/resnet.pkl", in: sandbox)
        #expect(export.lines.count == 3)
        let missing = try await run("trialwatch show ./trialwatch/resnet 9", in: sandbox)
        #expect(missing.exit == .status(66))
        #expect(missing.errors.contains("the highest number is 2"))
    }

    @Test(arguments: [
        ("trialwatch history ./gone", 66, "experiment ./gone: there is nothing there"),
        ("trialwatch history ./trialwatch/resnet/trialwatch/trials.jsonl", 66, "neither a folder nor a .pkl file"),
        ("trialwatch history ./trialwatch", 66, "experiments are below it: ./trialwatch/resnet"),
        ("mkdir empty; trialwatch history empty/", 66, "neither an experiment's .pkl file nor trialwatch/trials.jsonl"),
        ("touch 'my-exp.pkl'; trialwatch history ./my-exp.pkl", 66, "'my-exp' is no experiment's id"),
        (
            "touch trialwatch/resnet/other.pkl; trialwatch history trialwatch/resnet", 64,
            "several experiments lie there: other.pkl, resnet.pkl (give the .pkl file: trialwatch/resnet/other.pkl)"
        ),
        (
            "rm trialwatch/resnet/resnet.pkl; mv trialwatch/resnet 'no id'; trialwatch history './no id'", 66,
            "the folder's name, 'no id', is none (give the folder the experiment's name)"
        ),
        ("trialwatch history ./trialwatch/resnet --backend trialwatch/", 64, "use one of them"),
        ("trialwatch history redis://u:p@h/0", 64, "an address is no experiment"),
        ("trialwatch experiments redis://u:p@h/0", 64, "an address is no experiment"),
        ("trialwatch experiments ./gone", 66, "there is nothing there"),
        ("trialwatch history my-exp", 64, "did you mean 'my_exp'?"),
    ])
    func `a path that leads to no experiment is told`(script: String, status: Int32, words: String) async throws {
        let output = try await run(script, in: try await makeSandbox())
        #expect(output.exit == .status(status))
        #expect(output.errors.contains(words), "\(output.errors)")
        #expect(!output.errors.contains("u:p@"))
        #expect(output.text.isEmpty)
    }

    @Test func `a file of several says which of them is meant`() async throws {
        let sandbox = try await makeSandbox()
        let output = try await run(
            "touch trialwatch/resnet/other.pkl; trialwatch history trialwatch/resnet/resnet.pkl --json", in: sandbox)
        #expect(try output.json().array?.count == 2)
    }

    @Test(arguments: ["trialwatch", "./trialwatch/", "trialwatch/resnet", "trialwatch/resnet/resnet.pkl"])
    func `the experiments of a folder are listed, and the one of an experiment's folder`(path: String) async throws {
        let output = try await run("trialwatch experiments \(path) --json", in: try await makeSandbox())
        #expect(try output.json().array?.map { $0["experiment"] } == ["resnet"])
        #expect(try output.json()[0]?["last_trial"] == 2)
        #expect(try output.json()[0]?["backend"]?.string == path)
    }

    @Test func `an empty folder has no experiments, and that is said`() async throws {
        let output = try await run("mkdir empty; trialwatch experiments empty --json", in: try await makeSandbox())
        #expect(output.exit == .status(0))
        #expect(output.text == "[]\n")
        #expect(output.errors == "trialwatch: empty: no experiment lies there\n")
    }
}
