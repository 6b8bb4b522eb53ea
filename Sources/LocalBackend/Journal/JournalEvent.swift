internal import JSON
internal import Records
internal import Trials

/// What a line of the journal tells.
enum JournalEvent {
    /// A text that captures refer to by its digest.
    case text(digest: String)
    /// A metric or step that appears for the first time.
    case name(StoredNames.Entry)
    /// A stretch of a series.
    case points(PointsEvent)
    /// A trial as it is from then on.
    case trial(TrialEvent)
    /// A trial that is gone for good; `prints` are those of all states in which it was known.
    case deleted(number: Int, key: RunKey, prints: [RunKey])
    /// A step hash of some Python process.
    case hash(PythonHash)
    /// A Python process gave out numbers up to this one.
    case reserved(Int)

    /// A stretch of a series: from its first point on it replaces what the series had.
    struct PointsEvent {
        var number: Int
        var name: String
        var generation: Int
        var first: Int
        var count: Int
        /// Of the points before `first`; nil when the line does not say.
        var before: SeriesExtremes?
    }

    /// A trial as it is from then on; what the line does not hold stays as it was.
    struct TrialEvent {
        var number: Int
        var key: RunKey
        var revision: Revision
        var state: TrialState
        /// When the trial was first filed, and when this was written.
        var filed: Int64
        var at: Int64
        var holdsFacts: Bool
        var holdsCapture: Bool
        var stepHashes: [StepHash]
        /// What daskperiment's record of it is known by; nil in lines of before.
        var print: RunKey?
        /// The number that a Python process took for it; nil for a trial of ours.
        var pythonNumber: Int?
    }

    /// Nil for a line of a later version's that says nothing to us.
    init?(_ line: JSON.Object) {
        switch line["event"]?.string {
        case "text":
            guard let digest = line["sha256"]?.string else { return nil }
            self = .text(digest: digest)
        case "name":
            guard let kind = line["kind"]?.string.flatMap({ StoredNames.Kind(rawValue: $0) }),
                let name = line["name"]?.string, let stored = line["stored"]?.string
            else { return nil }
            self = .name(StoredNames.Entry(kind: kind, name: name, stored: stored))
        case "points":
            guard let number = line["trial"]?.int, let name = line["name"]?.string,
                let generation = line["generation"]?.int, let first = line["offset"]?.int,
                let points = line["points"]?.array
            else { return nil }
            self = .points(
                PointsEvent(
                    number: number, name: name, generation: generation, first: first, count: points.count,
                    before: first == 0 ? SeriesExtremes() : line["before"].flatMap { SeriesExtremes($0) }))
        case "opened", "updated", "closed", "adopted":
            guard let number = line["trial"]?.int, let document = line["document"],
                let key = document["key"]?.string.flatMap({ RunKey($0) }), let revision = document["revision"]?.int,
                let state = document["state"]?.string.flatMap({ TrialState(rawValue: $0) }),
                let filed = try? document["filed"]?.decode(Timestamp.self),
                let at = try? line["at"]?.decode(Timestamp.self)
            else { return nil }
            self = .trial(
                TrialEvent(
                    number: number, key: key, revision: Revision(revision), state: state,
                    filed: Int64(filed.nanoseconds), at: Int64(at.nanoseconds), holdsFacts: document["facts"] != nil,
                    holdsCapture: document["capture"] != nil,
                    stepHashes: (try? document["facts"]?["stepHashes"]?.decode([StepHash].self)) ?? [],
                    print: line["print"]?.string.flatMap { RunKey($0) }, pythonNumber: line["python"]?["number"]?.int))
        case "deleted":
            guard let number = line["trial"]?.int, let key = line["key"]?.string.flatMap({ RunKey($0) }) else {
                return nil
            }
            let prints = line["prints"]?.array?.compactMap { $0.string.flatMap { RunKey($0) } } ?? []
            self = .deleted(number: number, key: key, prints: prints)
        case "hash":
            guard let key = line["key"]?.string, let output = line["output"]?.string else { return nil }
            self = .hash(PythonHash(key: key, output: output))
        case "reserved":
            guard let number = line["number"]?.int else { return nil }
            self = .reserved(number)
        default: return nil
        }
    }
}

/// The lines of the journal, as they are written.
enum JournalWriter {
    /// Points in one line: a line stays small enough to be read at once.
    static let stretch = 4096

    static func text(_ content: JSON, digest: String, into bytes: inout [UInt8]) {
        JournalLine.seal(["event": "text", "sha256": .string(digest), "content": content], into: &bytes)
    }

    static func name(_ entry: StoredNames.Entry, into bytes: inout [UInt8]) {
        JournalLine.seal(
            [
                "event": "name", "kind": .string(entry.kind.rawValue), "name": .string(entry.name),
                "stored": .string(entry.stored),
            ], into: &bytes)
    }

    /// One stretch of a series, in the form of ``Trials/MetricPoint``, without a tree of it.
    static func points(
        _ event: JournalEvent.PointsEvent, _ points: ArraySlice<MetricPoint>, into bytes: inout [UInt8]
    ) {
        let start = bytes.count
        var head: JSON.Object = [
            "event": "points", "trial": JSON(event.number), "name": .string(event.name),
            "generation": JSON(event.generation), "offset": JSON(event.first),
        ]
        if event.first > 0 { head["before"] = event.before?.json }
        JSON.object(head).write(to: &bytes)
        bytes.removeLast()
        bytes.append(contentsOf: #","points":["#.utf8)
        for (place, point) in points.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "["))
            bytes.append(contentsOf: String(point.epoch).utf8)
            bytes.append(UInt8(ascii: ","))
            switch point.value {
            case .integer(let integer): bytes.append(contentsOf: String(integer).utf8)
            case .float(let float): JSON(float).write(to: &bytes)
            }
            bytes.append(UInt8(ascii: ","))
            bytes.append(contentsOf: String(point.recorded.nanoseconds).utf8)
            bytes.append(UInt8(ascii: ","))
            bytes.append(contentsOf: String(point.recorded.offset).utf8)
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "]"))
        JournalLine.seal(&bytes, from: start)
    }

    static func deleted(
        _ number: Int, _ key: RunKey, _ prints: [RunKey], at: Timestamp, into bytes: inout [UInt8]
    ) {
        JournalLine.seal(
            [
                "event": "deleted", "trial": JSON(number), "key": .string(key.text),
                "prints": .array(prints.map { .string($0.text) }), "at": .string(at.description),
            ], into: &bytes)
    }

    static func hash(_ hash: PythonHash, into bytes: inout [UInt8]) {
        JournalLine.seal(
            ["event": "hash", "key": .string(hash.key), "output": .string(hash.output)], into: &bytes)
    }

    /// What the pickle of an experiment that Python began says of where it is: the journal's first line.
    static func directory(_ parts: [String], into bytes: inout [UInt8]) {
        JournalLine.seal(["event": "directory", "parts": .array(parts.map { .string($0) })], into: &bytes)
    }

    static func reserved(_ number: Int, into bytes: inout [UInt8]) {
        JournalLine.seal(["event": "reserved", "number": JSON(number)], into: &bytes)
    }
}
