import JSON
import Trials

extension Scrubber {
    /// The value without its secrets; under a name that says so it is one as a whole.
    mutating func scrub(_ value: Value, named name: String = "") -> Value {
        switch value {
        case .text(let text):
            return .text(whole(text, named: name).map { String(decoding: $0, as: UTF8.self) } ?? scrub(text))
        case .integer, .float:
            guard let secret = SecretName(name), secret.certainty == .certain, secret.kind != "token" else {
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

    /// What stands in the place of a text that is a secret as a whole, because of its name; nil when it is none.
    private mutating func whole(_ text: String, named name: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        guard let secret = SecretName(name), secret.conceals(bytes[...]) else { return nil }
        let token = TokenShape.match(bytes[...]).flatMap { $0.end == bytes.count ? $0.kind : nil }
        return replacement(token ?? secret.kind)
    }

    /// A command line without its secrets: what follows `--password` or `-password` is one, and what stands behind its `=`,
    /// blanks and all.
    mutating func scrub(command words: [String]) -> [String] {
        var option = ""
        return words.map { word in
            defer { option = word.hasPrefix("-") && !word.contains("=") ? String(word.drop { $0 == "-" }) : "" }
            if !option.isEmpty, !word.hasPrefix("-"), let secret = whole(word, named: option) {
                return String(decoding: secret, as: UTF8.self)
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, let secret = whole(String(parts[1]), named: String(parts[0].drop { $0 == "-" })) {
                return "\(parts[0])=\(String(decoding: secret, as: UTF8.self))"
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

    /// A file's name without its secrets; its path is where it is opened.
    mutating func scrub(_ artifact: Marker.Artifact) -> Marker.Artifact {
        Marker.Artifact(path: artifact.path, name: artifact.name.map { scrub($0) }, keep: artifact.keep)
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
        marker.host = host.map { scrubber.scrub($0) }
        marker.directory = directory.map { scrubber.scrub($0) }
        marker.metrics = metrics.map { Metric(name: scrubber.scrub($0.name), content: $0.content) }
        marker.persisted = persisted.map { persisted in
            let step = scrubber.scrub(persisted.step)
            guard case .value(let value) = persisted.content else {
                return Persisted(step: step, content: persisted.content)
            }
            return Persisted(step: step, content: .value(scrubber.scrub(value, named: persisted.step)))
        }
        marker.steps = steps.map { step in
            Step(
                name: scrubber.scrub(step.name), inputs: scrubber.scrub(step.inputs),
                output: scrubber.scrub(step.output))
        }
        marker.inputs = inputs.map { scrubber.scrub($0) }
        marker.outputs = outputs.map { scrubber.scrub($0) }
        marker.warnings = scrubber.scrub(warnings)
        if let problem = scrubber.problem { marker.warnings.append(problem) }
        return marker
    }
}

extension TrialCapture {
    /// The capture without its secrets, which its problems tell of.
    func scrubbed() -> TrialCapture {
        var scrubber = Scrubber()
        var rest = self
        (rest.code, rest.environment) = (nil, Environment())
        // Every text of it, whatever fields there will be; a capture that cannot be looked through is not kept.
        guard var capture = rest.scrubbed(by: &scrubber) else {
            var nothing = TrialCapture(began: began, agent: agent)
            nothing.problems = ["what was captured could not be looked through for secrets and is left out"]
            return nothing
        }
        if let code {
            capture.code = code
            capture.code?.files = code.files.map {
                CodeContext.File(path: scrubber.scrub($0.path), text: scrubber.scrub($0.text, as: .code))
            }
        }
        for category in environment.categories {
            switch environment[category] {
            case .document(let fields)?: capture.environment[category] = .document(scrubber.scrub(fields))
            case .text(let text)?: capture.environment[category] = .text(scrubber.scrub(text))
            case nil: break
            }
        }
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

extension Encodable where Self: Decodable {
    /// A value without the secrets in any of its texts; nil when it cannot be looked through.
    func scrubbed(by scrubber: inout Scrubber) -> Self? {
        do throws(JSONError) {
            return try JSON.encode(self).scrubbed(by: &scrubber).decode(Self.self)
        } catch {
            return nil
        }
    }
}

extension JSON {
    /// What stays as it is, by the keys of its members: what runs and files are told apart by, where files are opened, and
    /// what was looked through when it was made: a capture, and a look at the end of a run.
    private static let exact: Set<String> = [
        "key", "run", "group", "parent", "experiment", "backend", "sha256", "digest", "commit", "place", "wish",
        "capture",
        "look",
    ]

    /// The document without the secrets in its texts and in the names of its members.
    func scrubbed(by scrubber: inout Scrubber) -> JSON {
        switch self {
        case .string(let text): .string(scrubber.scrub(text))
        case .array(let elements): .array(elements.map { $0.scrubbed(by: &scrubber) })
        case .object(let object):
            .object(
                Object(
                    object.members.map { member in
                        Self.exact.contains(member.key)
                            ? (member.key, member.value)
                            : (scrubber.scrub(member.key), member.value.scrubbed(by: &scrubber))
                    }))
        case .null, .bool, .number: self
        }
    }

    /// The document of a filing without the secrets in its texts, which its problems tell of.
    func scrubbedFiling() -> JSON {
        var scrubber = Scrubber()
        let clean = scrubbed(by: &scrubber)
        guard let problem = scrubber.problem, var filing = clean.object, var facts = filing["facts"]?.object else {
            return clean
        }
        facts["problems"] = .array((facts["problems"]?.array ?? []) + [.string(problem)])
        filing["facts"] = .object(facts)
        return .object(filing)
    }
}
