import SystemCalls
import SystemPackage
import Trials

struct Notifier: Sendable {
    init(address: String?) {}
    func ready(_ status: String) {}
    func stopping() {}
}
struct ControlSocket: Sendable {
    init(
        for state: FilePath, in surroundings: Surroundings,
        answer: @escaping @Sendable (ControlRequest) async -> ControlAnswer
    ) throws(AgentError) {}
    func run() async {}
}
struct Captures: Sendable {
    let capturers: [any Capturer]
    let version: String
    init(_ capturers: [any Capturer], worker: FilePath, version: String) {
        self.capturers = capturers; self.version = version
    }
    func capture(_ subject: CaptureSubject) async -> TrialCapture {
        TrialCapture(began: .now, agent: version)
    }
}
