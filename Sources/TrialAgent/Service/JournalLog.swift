import JSON
public import Logging
import Synchronization
import SystemCalls
import SystemPackage
import Trials

/// Writes log messages to standard error, a line each, with one write(2).
///
/// Under a service manager a line begins with its priority as the journal reads it, `<6>` (sd-daemon(3)); on a terminal
/// with the time. Whatever could break a line or harm a terminal is escaped. Of equal messages that follow close upon one another
/// only the first few are written, and how many there were.
public struct JournalLog: LogHandler {
    /// How a message is written.
    public enum Style: Sendable {
        case journal
        case terminal
        case json
    }

    /// What a handler goes by; it may change while messages are written.
    public final class Settings: Sendable {
        private let values: Mutex<(style: Style, level: Logger.Level)>
        fileprivate let repeated = Mutex(RepeatedLines())
        /// The style of text, as it is read where standard error leads.
        private let text: Style

        /// These settings; text is written in a style of its own.
        public init(_ settings: LogSettings, text: Style) {
            self.text = text
            values = Mutex((text, .info))
            adopt(settings)
        }

        /// Goes by these settings from now on.
        public func adopt(_ settings: LogSettings) {
            let style: Style =
                switch settings.format {
                case .json: .json
                case .text: text
                }
            let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
            values.withLock { $0 = (style, level) }
        }

        /// Says what was held back for long enough; to be called now and then, for the next message may be long in coming.
        public func tellOverdue(at now: ContinuousClock.Instant = .now) {
            let handler = JournalLog(self)
            handler.tell(repeated.withLock { $0.overdue(at: now) })
        }

        /// Says what was held back because it had been said before; to be called when nothing more is logged.
        public func tellRest() {
            let handler = JournalLog(self)
            handler.tell(repeated.withLock { $0.rest() })
        }

        fileprivate var style: Style { values.withLock { $0.style } }
        fileprivate var level: Logger.Level {
            get { values.withLock { $0.level } }
            set { values.withLock { $0.level = newValue } }
        }
    }

    /// The least important messages that are written.
    public var logLevel: Logger.Level {
        get { settings.level }
        set { settings.level = newValue }
    }
    /// Written with each message.
    public var metadata: Logger.Metadata = [:]
    private let settings: Settings

    /// A handler that goes by these settings.
    public init(_ settings: Settings) { self.settings = settings }

    /// A handler that writes in this style.
    public init(_ style: Style, level: Logger.Level) {
        settings = Settings(LogSettings(), text: style)
        settings.level = level
    }

    /// One piece of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one message.
    public func log(event: LogEvent) {
        let key = ([event.message.description] + (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted())
            .joined(separator: " ")
        let (isWritten, held) = settings.repeated.withLock { $0.take(key, at: .now) }
        tell(held)
        if isWritten { write(event) }
    }

    private func tell(_ held: [RepeatedLines.Held]) {
        for one in held {
            write(
                LogEvent(
                    level: .notice, message: "\(one.count) times more: \(one.message)", metadata: nil, source: "",
                    file: #fileID, function: #function, line: #line))
        }
    }

    private func write(_ event: LogEvent) {
        // A log that cannot be written has nobody to complain to.
        _ = try? FileDescriptor.standardError.writeAll((line(event) + "\n").utf8)
    }

    /// The line that a message makes. Secrets are looked for before anything is escaped: what is escaped hides where words end.
    func line(_ event: LogEvent) -> String {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        var scrubber = Scrubber()
        switch settings.style {
        case .json:
            let fields: [(String, JSON)] =
                [
                    ("time", .string("\(Timestamp.now)")), ("level", .string("\(event.level)")),
                    ("message", .string("\(event.message)")),
                ] + all.map { ($0.key, .string("\($0.value)")) }
            return scrubber.scrub(JSON.object(JSON.Object(fields))).text()
        case .journal: return "<\(Self.priority(of: event.level))>" + text(event, all, &scrubber)
        case .terminal: return "\(Timestamp.now.brief) \(event.level): " + text(event, all, &scrubber)
        }
    }

    private func text(
        _ event: LogEvent, _ metadata: [(key: String, value: Logger.MetadataValue)], _ scrubber: inout Scrubber
    ) -> String {
        let text = scrubber.scrub(
            ([event.message.description] + metadata.map { "\($0.key)=\($0.value)" }).joined(separator: " "))
        return text.contains { $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }
            ? text.shownOnOneLine : text
    }

    /// The priorities of syslog(3).
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}

extension String {
    /// The text with control characters shown as `\xNN`.
    fileprivate var shownOnOneLine: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .lineSeparator {
                text += "\\x" + String(scalar.value, radix: 16)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
