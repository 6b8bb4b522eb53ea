import SystemCalls
import SystemPackage
import Trials
import YAML

/// A version of a marker on its way to a claim: what it says, and, once it is known what is remembered, what it does.
struct ClaimDraft {
    private let content: MarkerContent
    private let observed: Timestamp
    private var version: RunLifecycle.Version?
    private let fault: (line: Int?, column: Int?, reason: String)?
    /// What the run's process says of its code and its interpreter.
    private var script: String?
    private var python: String?
    private var searchPath: [String]?

    /// Reads a version; what cannot be understood makes a rejection.
    init(_ content: MarkerContent, decoder: MarkerDecoder, project: WatchedProject?, user: String?, host: String?) {
        self.content = content
        observed = Timestamp(atNanoseconds: min(content.changed, Int(Clock.now)))
        guard let project else {
            version = nil
            fault = (nil, nil, "its project is not watched any more")
            return
        }
        do throws(YAMLProblems) {
            let marker = try decoder.decode(content.bytes, named: content.place.name).scrubbed()
            version = RunLifecycle.Version(
                marker: marker, place: content.place, observed: observed,
                experiment: marker.experiment ?? project.experiment, backend: project.backend, user: user, host: host,
                identity: content.isTold ? nil : content.identity)
            if content.overwritten > 0 {
                version?.problems.append(
                    "about \(content.overwritten) versions of its marker were overwritten before they could be read")
            }
            fault = nil
        } catch {
            version = nil
            let first = error.problems.first?.position
            let reasons = error.problems.map { problem in
                (problem.keyPath.isEmpty ? "" : problem.keyPath + ": ") + problem.message
                    + (problem.suggestion.map { " (did you mean \($0)?)" } ?? "")
            }
            var scrubber = Scrubber()
            fault = (first?.line, first?.column, scrubber.scrub(reasons.joined(separator: "; ")))
        }
    }

    /// The process that the marker names, if it is one of this machine.
    var process: Int? {
        guard let version else { return nil }
        return version.marker.process(on: version.host)
    }

    /// The key of the run that the marker names; nil when it names none.
    var named: RunKey? {
        guard let version, let name = version.marker.run else { return nil }
        return RunRules.key(ofRun: name, in: version.experiment)
    }

    /// What the marker asks to be read of files beside it.
    var parameterFiles: [String] { version?.marker.parametersFiles ?? [] }

    /// The parameters that the marker itself gives.
    var parameters: Fields { version?.marker.parameters ?? [:] }

    /// Takes in what was found in files that give parameters, and what went wrong with them.
    mutating func take(parameters: Fields, problems: [String]) {
        var scrubber = Scrubber()
        if !parameters.isEmpty || version?.marker.parameters != nil {
            version?.marker.parameters = scrubber.scrub(parameters)
        }
        version?.problems += scrubber.scrub(problems)
        version?.problems += scrubber.problem.map { ["parameters_file: \($0)"] } ?? []
    }

    /// Takes in the process that the marker names.
    mutating func take(_ process: NamedProcess) {
        version?.process = process.process
        version?.processIsGone = process.isGone
        var scrubber = Scrubber()
        version?.command = process.command.map { scrubber.scrub(command: $0) }
        version?.directory = process.directory
        version?.facts = process.facts.map { scrubber.scrub($0) }
        version?.restarts = process.restarts
        version?.usage = process.usage
        version?.problems += scrubber.problem.map { ["its process: \($0)"] } ?? []
        version?.problems += process.problem.map { [$0] } ?? []
        script = process.script ?? process.notebook
        python = process.python
        searchPath = process.searchPath
    }

    /// Takes in what processes have used of runs that the version may speak of.
    mutating func take(usages: [RunKey: UsageFacts]) { version?.usages = usages }

    /// True when the version says that its run is over.
    var isEnd: Bool { version.map { $0.marker.ending != .none } ?? false }

    /// The claim, given what is remembered; `seen` is the monotonic time before which no capture serves it.
    func claim(with memory: RunRules.Memory, seen: Int64) -> Claim {
        guard var version else {
            return rejection(fault?.reason ?? "", line: fault?.line, column: fault?.column)
        }
        if memory.isNamedLost, let name = version.marker.run {
            // Its trial's revision is not known either: a store would take what comes for something of before.
            return rejection(
                "run key '\(name)' names an earlier run, of which the state directory's record is damaged; "
                    + "give this run another name", line: nil, column: nil)
        }
        if memory.isClosedLost, memory.open.isEmpty {
            version.problems.append(
                "what was remembered of this marker's last run is damaged: this version is taken for a new run")
        }
        var memory = memory
        memory.restarts = version.restarts
        memory.isProcessGone = version.processIsGone
        memory.process = version.process
        let known = memory.open + [memory.closed, memory.named].compactMap { $0 }
        var told: [RunLifecycle.Told] = []
        var captured: RunKey?
        switch RunRules.step(of: version.marker, content.identity, in: version.experiment, memory) {
        case .opens(let key, let ending):
            told = memory.open.filter { ending.contains($0.key) }.map { RunLifecycle.end($0, takenOverAt: observed) }
            told.append(RunLifecycle.open(version, key))
            captured = key
        case .continues(let key):
            told = known.filter { $0.key == key }.prefix(1).map { RunLifecycle.continue($0, with: version) }
        case .reopens(let key):
            told = known.filter { $0.key == key }.prefix(1).map { RunLifecycle.reopen($0, with: version) }
            captured = key
        case .rejects(let name):
            return rejection(name.reason(number: nil), line: nil, column: nil, taken: name)
        }
        let wish = wish(version.marker, seen)
        for place in told.indices where told[place].record.key == captured && told[place].record.isOpen {
            told[place].record.capture = wish
        }
        let runs = told.compactMap { told in
            ClaimedRun(told, capturing: told.record.key == captured ? wish : nil).map { run in
                var run = run
                run.place = content.place
                return run
            }
        }
        var head = Claim.Head(sequence: 0, identity: content.identity, place: content.place, runs: told.map(\.record))
        if content.overwritten > 0 { head.overwritten = content.overwritten }
        return Claim(head: head, runs: runs)
    }

    private func wish(_ marker: Marker, _ seen: Int64) -> CaptureWish {
        CaptureWish(
            python: marker.python, code: marker.code, script: script, processPython: python, searchPath: searchPath,
            writing: writing(marker), seen: seen)
    }

    /// Who wrote a marker is looked for when it names no process, and may be on this machine.
    private func writing(_ marker: Marker) -> MarkerWriting? {
        guard let read = content.read, marker.pid == nil, marker.host == nil || marker.host == version?.host else {
            return nil
        }
        return MarkerWriting(owner: content.owner, changed: content.changed, read: read)
    }

    private func rejection(_ reason: String, line: Int?, column: Int?, taken: TakenName? = nil) -> Claim {
        let rejected = RejectedMarker(
            path: content.place.shown, line: line, column: column, reason: reason, observed: observed, taken: taken)
        let head = Claim.Head(
            sequence: 0, identity: content.identity, place: content.place, runs: [], rejection: rejected)
        return Claim(head: head, runs: [])
    }
}

extension Timestamp {
    /// A moment of the Unix clock, with the local offset that holds there.
    init(atNanoseconds nanoseconds: Int) {
        self.init(nanoseconds: nanoseconds, offset: Clock.localOffset(at: Int64(nanoseconds)))
    }

    /// The present moment.
    static var now: Timestamp { Timestamp(atNanoseconds: Int(Clock.now)) }
}
