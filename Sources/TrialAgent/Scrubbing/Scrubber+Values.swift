import JSON
import Trials

extension Scrubber {
    /// The value without its secrets; under a name that says so it is one as a whole.
    mutating func scrub(_ value: Value, named name: String = "") -> Value {
        switch value {
        case .text(let text):
            if let secret = SecretName(name.utf8), secret.conceals(text.utf8, named: name.utf8) {
                let bytes = Array(text.utf8)
                let token = TokenShape.match(bytes[...]).flatMap { $0.end == bytes.count ? $0.kind : nil }
                return .text(String(decoding: replacement(token ?? secret.kind), as: UTF8.self))
            }
            return .text(scrub(text))
        case .integer, .float:
            guard let secret = SecretName(name.utf8), secret.certainty == .certain, secret.kind != "token" else {
                return value
            }
            return .text(String(decoding: replacement(secret.kind), as: UTF8.self))
        case .list(let values): return .list(values.map { scrub($0, named: name) })
        case .mapping(let fields): return .mapping(scrub(fields))
        case .null, .bool: return value
        }
    }

    /// The fields without their secrets.
    mutating func scrub(_ fields: Fields) -> Fields {
        var clean = Fields()
        for field in fields { clean[scrub(field.name)] = scrub(field.value, named: field.name) }
        return clean
    }

    /// A command line without its secrets: what follows `--password` is one.
    mutating func scrub(command words: [String]) -> [String] {
        var isSecret: SecretName?
        return words.map { word in
            defer {
                isSecret = word.hasPrefix("--") ? SecretName(word.utf8.dropFirst(2)) : nil
            }
            if let secret = isSecret, !word.hasPrefix("-"), secret.conceals(word.utf8, named: []) {
                return String(decoding: replacement(secret.kind), as: UTF8.self)
            }
            return scrub(word)
        }
    }

    /// A process without the secrets of its environment.
    mutating func scrub(_ process: ProcessFacts) -> ProcessFacts {
        var clean = process
        clean.variables = scrub(process.variables)
        return clean
    }

    /// Whether the bytes of a text have a secret.
    static func finds(in bytes: [UInt8]) -> Bool {
        var scrubber = Scrubber()
        _ = scrubber.scrub(bytes)
        return !scrubber.counts.isEmpty
    }

    /// Each text without its secrets.
    mutating func scrub(_ texts: [String]) -> [String] { texts.map { scrub($0) } }

    /// An error without the secrets in what it says.
    mutating func scrub(_ error: TrialError) -> TrialError {
        TrialError(
            type: scrub(error.type), message: scrub(error.message), traceback: error.traceback.map { scrub($0) })
    }
}

extension Marker {
    /// The marker without its secrets, which its warnings tell of. Names of runs stay as they are: runs are told apart by them.
    func scrubbed() -> Marker {
        var (scrubber, marker) = (Scrubber(), self)
        marker.parameters = parameters.map { scrubber.scrub($0) }
        marker.result = result.map { scrubber.scrub($0) }
        marker.description = description.map { scrubber.scrub($0) }
        marker.error = error.map { scrubber.scrub($0) }
        marker.command = command.map { scrubber.scrub(command: $0) }
        marker.tags = scrubber.scrub(tags)
        marker.extra = scrubber.scrub(extra)
        marker.persisted = persisted.map { persisted in
            guard case .value(let value) = persisted.content else { return persisted }
            return Persisted(step: persisted.step, content: .value(scrubber.scrub(value, named: persisted.step)))
        }
        marker.steps = steps.map { step in
            Step(
                name: step.name, inputs: scrubber.scrub(step.inputs), output: scrubber.scrub(step.output))
        }
        marker.warnings = scrubber.scrub(warnings)
        if let problem = scrubber.problem { marker.warnings.append(problem) }
        return marker
    }
}

extension TrialCapture {
    /// The capture without its secrets, which its problems tell of.
    func scrubbed() -> TrialCapture {
        var (scrubber, capture) = (Scrubber(), self)
        capture.code?.files =
            code?.files.map { CodeContext.File(path: $0.path, text: scrubber.scrub($0.text, as: .code)) } ?? []
        for category in environment.categories {
            switch environment[category] {
            case .document(let fields)?: capture.environment[category] = .document(scrubber.scrub(fields))
            case .text(let text)?: capture.environment[category] = .text(scrubber.scrub(text))
            case nil: break
            }
        }
        capture.problems = scrubber.scrub(problems)
        if let problem = scrubber.problem { capture.problems.append(problem) }
        return capture
    }
}

extension MadeCapture {
    /// The capture without its secrets; files that have any are not among its parts.
    func scrubbed() -> MadeCapture {
        var made = self
        made.record = record.scrubbed()
        return made
    }
}

extension RunFindings {
    /// The findings without the secrets in what they tell; the log is scrubbed where it is read.
    func scrubbed() -> RunFindings {
        var (scrubber, findings) = (Scrubber(), self)
        findings.artifacts.problems = scrubber.scrub(artifacts.problems)
        for place in readings.indices { findings.readings[place].problems = scrubber.scrub(readings[place].problems) }
        return findings
    }
}

extension JSON {
    /// The document without the secrets in its texts.
    func scrubbed(by scrubber: inout Scrubber) -> JSON {
        switch self {
        case .string(let text): .string(scrubber.scrub(text))
        case .array(let elements): .array(elements.map { $0.scrubbed(by: &scrubber) })
        case .object(let object):
            .object(Object(object.members.map { ($0.key, $0.value.scrubbed(by: &scrubber)) }))
        case .null, .bool, .number: self
        }
    }
}
