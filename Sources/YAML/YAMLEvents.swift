internal import CYAML

/// What libyaml found next in its input.
enum YAMLEvent {
    case scalar(String, isPlain: Bool)
    case sequenceStart
    case sequenceEnd
    case mappingStart
    case mappingEnd
    case alias
    case documentStart
    case documentEnd
    case streamEnd
}

/// An event, where it begins, and whether an anchor or a tag stands before it.
struct YAMLPlacedEvent {
    let event: YAMLEvent
    let position: YAMLPosition
    var isAnchored = false
    var isTagged = false
}

/// libyaml's parser over its own copy of the input (`yaml.h`: "The parser is not responsible for freeing the input").
struct YAMLEvents: ~Copyable {
    // On the heap, because the parser keeps a pointer to itself.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// A parser over valid UTF-8; nil when there is no memory for one.
    init?(_ bytes: some Collection<UInt8>) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(fromContentsOf: bytes)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; after `streamEnd` there is none.
    mutating func next() throws(YAMLSyntaxError) -> YAMLPlacedEvent {
        var event = yaml_event_t()
        while true {
            guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
            defer { yaml_event_delete(&event) }
            if let placed = placed(event) { return placed }
        }
    }

    private func placed(_ event: yaml_event_t) -> YAMLPlacedEvent? {
        let position = YAMLPosition(event.start_mark)
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return YAMLPlacedEvent(
                event: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), position: position,
                isAnchored: scalar.anchor != nil, isTagged: scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return YAMLPlacedEvent(
                event: .sequenceStart, position: position, isAnchored: start.anchor != nil, isTagged: start.tag != nil)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return YAMLPlacedEvent(
                event: .mappingStart, position: position, isAnchored: start.anchor != nil, isTagged: start.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return YAMLPlacedEvent(event: .sequenceEnd, position: position)
        case YAML_MAPPING_END_EVENT: return YAMLPlacedEvent(event: .mappingEnd, position: position)
        case YAML_ALIAS_EVENT: return YAMLPlacedEvent(event: .alias, position: position)
        case YAML_DOCUMENT_START_EVENT: return YAMLPlacedEvent(event: .documentStart, position: position)
        case YAML_DOCUMENT_END_EVENT: return YAMLPlacedEvent(event: .documentEnd, position: position)
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return YAMLPlacedEvent(event: .streamEnd, position: position)
        default: return nil
        }
    }

    private func syntaxError() -> YAMLSyntaxError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "not enough memory"
        let context = state.context.map { String(cString: $0) }
        if state.error == YAML_READER_ERROR {
            return YAMLSyntaxError(message: problem, place: .offset(Int(state.problem_offset)))
        }
        return YAMLSyntaxError(
            message: context.map { "\(problem), \($0)" } ?? problem, place: .position(YAMLPosition(state.problem_mark)))
    }
}

/// libyaml's own words and place.
struct YAMLSyntaxError: Error {
    enum Place {
        case position(YAMLPosition)
        case offset(Int)
    }

    let message: String
    let place: Place
}

extension YAMLPosition {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
