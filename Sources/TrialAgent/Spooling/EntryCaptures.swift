import JSON
import Trials

/// The capture of the entry that was read or written last. That of the next one is mostly the same, which costs a tenth to see of
/// what it costs to take it in or to make its JSON.
struct EntryCaptures: Sendable {
    private var last: (json: JSON, capture: TrialCapture, secrets: [String: Int])?

    /// The capture that a filing's JSON has.
    mutating func capture(of json: JSON) throws(JSONError) -> TrialCapture? {
        if json.isNull { return nil }
        if let last, last.json == json { return last.capture }
        let capture = try json.decode(TrialCapture.self)
        last = (json, capture, [:])
        return capture
    }

    /// What a filing's JSON has of its capture, without the secrets in its texts, and how many there were of each kind.
    mutating func scrubbed(_ capture: TrialCapture) throws(JSONError) -> (json: JSON, secrets: [String: Int]) {
        if let last, last.capture == capture { return (last.json, last.secrets) }
        // As it stands in a filing: what the rules say of its members they say there.
        var scrubber = Scrubber()
        let json = scrubber.scrub(["capture": try JSON.encode(capture)], by: .filing)["capture"] ?? .null
        last = (json, capture, scrubber.counts)
        return (json, scrubber.counts)
    }
}
