import JSON
import SystemPackage
import Trials

@testable import TrialAgent

/// Reads any bytes as a marker, YAML and JSON, and takes it through the rules twice, as the first version of a run and as the
/// next: whatever they are, that ends in a claim that is read back as it was written, or in a rejection with its place.
@_cdecl("LLVMFuzzerTestOneInput")
public func readMarker(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var memory = RunRules.Memory()
    for serial in 1...2 {
        let claim = claim(of: bytes, serial, memory)
        if let rejection = claim.head.rejection {
            check(rejection, of: bytes)
            break
        }
        let head = rewritten(claim.head)
        _ = rewritten(claim.runs)
        guard let run = head.runs.last else { break }
        memory.open = run.isOpen ? [run] : []
        memory.closed = run.isOpen ? nil : run
        if run.facts.run != nil { memory.named = run }
    }
    return 0
}

private func claim(of bytes: [UInt8], _ serial: Int, _ memory: RunRules.Memory) -> Claim {
    let stamp = FileStamp(volume: "v", file: "f", modified: serial, size: bytes.count)
    let content = MarkerContent(
        place: MarkerPlace(project: "/p", path: "a.run"), identity: VersionIdentity(stamp: stamp, digest: "\(serial)"),
        bytes: bytes, owner: 0, changed: serial * 1_000_000_000)
    guard let experiment = Experiment.ID("e") else { fatalError("e is a name of an experiment") }
    let project = WatchedProject(root: "/p", experiment: experiment, backend: "b", owners: [0], backfill: false)
    let draft = ClaimDraft(content, decoder: MarkerDecoder { _ in 0 }, project: project, user: "ada", host: "box")
    return draft.claim(with: memory, seen: 0)
}

/// Why a marker is none, and where, in one line that a terminal can show.
private func check(_ rejection: RejectedMarker, of bytes: [UInt8]) {
    let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
    guard !rejection.reason.isEmpty else { fatalError("rejected without a reason") }
    if let line = rejection.line, !(1...(lines + 1)).contains(line) { fatalError("there is no line \(line)") }
    if let column = rejection.column, column < 1 { fatalError("there is no column \(column)") }
}

/// What the next agent finds of something that this one wrote; a claim that cannot be written would be tried again for ever.
private func rewritten<Content: Codable & Equatable>(_ content: Content) -> Content {
    do {
        let again = try JSON(parsing: JSON.encode(content).bytes()).decode(Content.self)
        guard again == content else { fatalError("it is read back as something else: \(content), \(again)") }
        return again
    } catch {
        fatalError("it cannot be remembered: \(error)")
    }
}
