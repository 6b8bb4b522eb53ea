import JSON
import Trials

/// The capture of the entry that was read or written last. That of the next one is mostly the same, which costs a tenth to see of
/// what it costs to take it in or to make its JSON.
struct EntryCaptures: Sendable {
    private var last: (json: JSON, capture: TrialCapture)?

    /// The capture that a filing's JSON has.
    mutating func capture(of json: JSON) throws(JSONError) -> TrialCapture? {
        if json.isNull { return nil }
        if let last, last.json == json { return last.capture }
        let capture = try json.decode(TrialCapture.self)
        last = (json, capture)
        return capture
    }

    /// What a filing's JSON has of its capture, without the secrets in its texts.
    mutating func json(of capture: TrialCapture) throws(JSONError) -> JSON {
        if let last, last.capture == capture { return last.json }
        // As it stands in a filing: what the rules say of its members they say there.
        let filing: JSON = ["capture": try JSON.encode(capture)]
        let json = filing.scrubbedFiling()["capture"] ?? .null
        last = (json, capture)
        return json
    }
}
