import JSON
import SystemCalls
import Trials

/// What is told of a trial that has ended: to a command on its standard input, to a web address as the body of a POST.
struct Announcement: Hashable, Sendable {
    /// One line for people.
    let sentence: String
    let reference: TrialReference
    let state: TrialState
    let outcome: Outcome?
    let backend: String
    let host: String?

    init(_ run: FiledRun, host: String?) {
        sentence = run.sentence
        reference = run.reference
        if case .filed(let state) = run.standing { self.state = state } else { state = .lost }
        outcome = run.outcome
        backend = run.backend
        self.host = host
    }

    /// The JSON object; `text` is what chat programs show.
    var json: JSON {
        var fields: [(String, JSON)] = [
            ("text", .string(sentence)), ("experiment", .string(reference.experiment.text)),
            ("trial", JSON(reference.number)), ("state", .string(state.rawValue)), ("backend", .string(backend)),
        ]
        if let host { fields.append(("host", .string(host))) }
        if let outcome {
            fields.append(("finished", .string("\(outcome.finished)")))
            if let time = outcome.processTime {
                fields.append(("seconds", JSON(Double(time.wholeNanoseconds) / 1_000_000_000)))
            }
            if let result = outcome.result, let document = try? JSON.encode(result) {
                fields.append(("result", document))
            }
            if let error = outcome.error { fields.append(("error", .string(error.description))) }
        }
        var scrubber = Scrubber()
        return scrubber.scrub(JSON.object(JSON.Object(fields)))
    }
}
