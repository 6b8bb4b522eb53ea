import SystemPackage
import Testing

@testable import TrialAgent

@Suite struct CommandLineScriptTests {
    @Test(arguments: [
        (["python", "train.py"], true), (["python", "-u", "train.py", "-I"], true),
        (["python", "-E", "train.py"], false),
        (["python", "-uI", "train.py"], false), (["python", "-Wignore::ImportWarning", "train.py"], true),
        (["python", "-W", "Error", "train.py"], true), (["python", "-W", "error", "-E", "train.py"], false),
        (["python", "-XImporttime", "-m", "Exp"], true), (["python", "-c", "import E", "-E"], true),
        (["python", "-ucI", "x"], true), (["python", "--check-hash-based-pycs", "-I"], false),
        (["python", "-", "-I"], true),
        (["python"], true), ([], true),
    ])
    func `a PYTHONPATH counts unless Python's own options say otherwise`(command: [String], counts: Bool) {
        let found = CommandLineScript(command, in: "/work").searchPath("lib:/opt/lib")
        #expect(found == (counts ? ["/work/lib", "/opt/lib"] : nil))
    }
}
