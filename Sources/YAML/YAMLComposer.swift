/// Makes a tree of libyaml's events and refuses what a small file has no need of.
struct YAMLComposer: ~Copyable {
    private var events: YAMLEvents
    private let bytes: [UInt8]
    private let file: String
    private let limits: YAMLLimits
    private var depth = 0
    private var nodes = 0

    init(_ bytes: [UInt8], file: String, limits: YAMLLimits) throws(YAMLProblem) {
        guard let events = YAMLEvents(bytes) else {
            throw YAMLProblem(file: file, position: nil, message: "not enough memory to read it")
        }
        self.events = events
        self.bytes = bytes
        self.file = file
        self.limits = limits
    }

    /// The one document; null when there is none.
    mutating func document() throws(YAMLProblem) -> YAMLNode {
        guard case .documentStart = try next().event else { return YAMLNode(.null) }
        let node = try node(try next())
        _ = try next()
        let after = try next()
        guard case .streamEnd = after.event else { throw problem("a second document begins; expected one", after) }
        return node
    }

    private mutating func node(_ placed: YAMLPlacedEvent) throws(YAMLProblem) -> YAMLNode {
        try check(placed)
        switch placed.event {
        case .scalar(let text, let isPlain):
            return YAMLNode(isPlain ? plainValue(text) : .text(text), at: placed.position, source: text)
        case .sequenceStart:
            try enter(placed)
            var elements: [YAMLNode] = []
            while true {
                let next = try next()
                if case .sequenceEnd = next.event { break }
                elements.append(try node(next))
            }
            depth -= 1
            return YAMLNode(.sequence(elements), at: placed.position)
        case .mappingStart:
            try enter(placed)
            let mapping = try mapping()
            depth -= 1
            return YAMLNode(.mapping(mapping), at: placed.position)
        default:
            throw problem("expected a value", placed)
        }
    }

    private mutating func mapping() throws(YAMLProblem) -> YAMLMapping {
        var entries: [YAMLMapping.Entry] = []
        var keys: Set<String> = []
        while true {
            let placed = try next()
            if case .mappingEnd = placed.event { return YAMLMapping(entries: entries) }
            try check(placed)
            guard case .scalar(let key, let isPlain) = placed.event, !key.isEmpty || !isPlain else {
                throw problem("expected a key that is a text", placed)
            }
            guard keys.insert(key).inserted else {
                throw problem("the key \(abbreviated(key)) is written twice", placed)
            }
            entries.append(YAMLMapping.Entry(key: key, position: placed.position, value: try node(try next())))
        }
    }

    private mutating func enter(_ placed: YAMLPlacedEvent) throws(YAMLProblem) {
        depth += 1
        guard depth <= limits.depth else { throw problem("nested deeper than \(limits.depth) levels", placed) }
    }

    private mutating func check(_ placed: YAMLPlacedEvent) throws(YAMLProblem) {
        nodes += 1
        guard nodes <= limits.nodes else { throw problem("more than \(limits.nodes) values", placed) }
        if case .alias = placed.event { throw problem("aliases (*name) are not read; write the value itself", placed) }
        guard !placed.isAnchored else { throw problem("anchors (&name) are not read", placed) }
        guard !placed.isTagged else {
            throw problem("tags (!name) are not read; quotes make a text, their absence a number", placed)
        }
    }

    private mutating func next() throws(YAMLProblem) -> YAMLPlacedEvent {
        do throws(YAMLSyntaxError) {
            return try events.next()
        } catch {
            let position =
                switch error.place {
                case .position(let position): position
                case .offset(let offset): YAMLPosition(offset: offset, in: bytes)
                }
            throw YAMLProblem(file: file, position: position, message: plainWords(error.message))
        }
    }

    private func problem(_ message: String, _ placed: YAMLPlacedEvent) -> YAMLProblem {
        YAMLProblem(file: file, position: placed.position, message: message)
    }
}

/// libyaml's message, or a clearer one where users stumble over it.
private func plainWords(_ message: String) -> String {
    if message.contains("found character that cannot start any token") {
        return message + " (a tab cannot indent; @ and ` need quotes around the text)"
    }
    if message.contains("invalid Unicode character escape") {
        return "half a surrogate pair is no character; write the character itself"
    }
    return message
}
