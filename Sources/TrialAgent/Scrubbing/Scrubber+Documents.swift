import JSON

extension Scrubber {
    /// The document without the secrets in its texts and in the names of its members, as the rules have it.
    ///
    /// Under a name that says so a text is a secret as a whole, and so is each text below it. Members stay as many as they were.
    mutating func scrub(_ document: JSON, by rules: ScrubbingRules = .none) -> JSON {
        clean(document, rules, Naming()) ?? document
    }

    /// The value without its secrets, as the rules of its document have it.
    mutating func scrub<Content: Codable>(
        throughout content: Content, by rules: ScrubbingRules = .none
    ) throws(JSONError) -> Content {
        guard let clean = clean(try JSON.encode(content), rules, Naming()) else { return content }
        return try clean.decode()
    }

    /// What the names on the way to a text say of it.
    private struct Naming {
        var secret: SecretName?
        /// True when the name is the text's own, or its list's.
        var isOwn = false
        var name = ""
    }

    /// Nil when nothing in it is a secret.
    private mutating func clean(_ document: JSON, _ rules: ScrubbingRules?, _ naming: Naming) -> JSON? {
        switch (rules?.treatment, document) {
        case (.exact, _): return nil
        case (.code, .string(let text)):
            let clean = scrub(text, as: .code)
            return clean == text ? nil : .string(clean)
        case (.command, .array(let words)):
            let clean = scrub(command: words.map { $0.string ?? "" }).map(JSON.string)
            return clean == words ? nil : .array(clean)
        default: break
        }
        switch document {
        case .string(let text): return clean(text, naming).map(JSON.string)
        case .number:
            guard naming.isOwn, let secret = naming.secret, secret.certainty == .certain, secret.kind != "token" else {
                return nil
            }
            return .string(String(decoding: replacement(secret.kind), as: UTF8.self))
        case .array(var elements):
            var isChanged = false
            for (place, element) in elements.enumerated() {
                guard let clean = clean(element, rules, naming) else { continue }
                elements[place] = clean
                isChanged = true
            }
            return isChanged ? .array(elements) : nil
        case .object(let object): return clean(object, rules, naming)
        case .null, .bool: return nil
        }
    }

    private mutating func clean(_ object: JSON.Object, _ rules: ScrubbingRules?, _ naming: Naming) -> JSON? {
        // A number that JSON lacks is one.
        if object.count == 1, let only = object.members.first, only.key == "$integer" || only.key == "$float" {
            return clean(JSON(0), nil, naming)
        }
        var changes: [Int: (String, JSON)] = [:]
        for (place, member) in object.members.enumerated() {
            let naming = member.key == "$mapping" ? naming : self.naming(of: member, in: object, naming)
            let value = clean(member.value, rules?[member.key], naming)
            let key = rules?[member.key] == nil ? scrub(member.key) : member.key
            if value != nil || key != member.key { changes[place] = (key, value ?? member.value) }
        }
        if changes.isEmpty { return nil }
        var clean = JSON.Object()
        for (place, member) in object.members.enumerated() {
            var (key, value) = changes[place] ?? (member.key, member.value)
            // What was two members stays two.
            if clean[key] != nil { key += " (\((2...).first { clean["\(key) (\($0))"] == nil } ?? 2))" }
            clean[key] = value
        }
        return .object(clean)
    }

    private func naming(of member: JSON.Object.Member, in object: JSON.Object, _ outer: Naming) -> Naming {
        if let secret = SecretName(member.key) { return Naming(secret: secret, isOwn: true, name: member.key) }
        switch member.key {
        // `{"name": "DB_PASSWORD", "value": …}`.
        case "value":
            if let secret = object["name"]?.string.flatMap({ SecretName($0) }) {
                return Naming(secret: secret, isOwn: true, name: "value")
            }
        // As Kaggle and W&B keep it; elsewhere as many hexadecimal digits are a digest.
        case "key":
            guard let text = member.value.string, text.utf8.allSatisfy(\.isHexadecimal) else { break }
            let isKnown =
                text.utf8.count == 32 && object["username"] != nil
                || text.utf8.count == 40 && outer.name.lowercased().contains("wandb")
            if isKnown { return Naming(secret: SecretName("api_key"), isOwn: true, name: "key") }
        default: break
        }
        return Naming(secret: outer.secret, name: member.key)
    }

    private mutating func clean(_ text: String, _ naming: Naming) -> String? {
        if let secret = naming.secret, let whole = whole(text, secret) { return whole }
        // A header is one only with its name.
        if naming.name.count <= 20, SecretSearch.isHeader(Array(naming.name.utf8)[...]) {
            let line = scrub("\(naming.name): \(text)")
            if line.hasSuffix(": \(text)") { return nil }
            return String(line.dropFirst(naming.name.count + 2))
        }
        let clean = scrub(text)
        return clean == text ? nil : clean
    }

    /// What stands in the place of a text that is a secret as a whole, because of its name; nil when it is none.
    mutating func whole(_ text: String, _ secret: SecretName) -> String? {
        let bytes = Array(text.utf8)
        guard secret.conceals(bytes[...]) else { return nil }
        let token = TokenShape.match(bytes[...]).flatMap { $0.end == bytes.count ? $0.kind : nil }
        return String(decoding: replacement(token ?? secret.kind), as: UTF8.self)
    }
}
