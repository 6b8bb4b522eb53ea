public import Pickle
public import Trials

extension HistoryRecord {
    /// A row of the history as a Python process wrote it.
    public struct Row: Sendable {
        /// The result; nil for none.
        public var result: Value?
        /// Whether the trial succeeded.
        public var succeeded: Bool
        /// Nanoseconds since 1970 as if local time were UTC; nil when it is no time.
        public var finished: Int?
        /// Nil when it is unknown.
        public var processTime: Duration?
        /// Nil for a success, and when nothing was said.
        public var error: TrialError?
        /// Nil when it is no number.
        public var seed: Int?

        /// Nil for what is no row.
        public init?(_ record: PickleValue) {
            guard case .bool(let succeeded)? = record["Success"].map({ $0.numpyScalar ?? $0 }) else { return nil }
            self.succeeded = succeeded
            result = record["Result"].map { Value($0) }.flatMap { $0 == .null ? nil : $0 }
            finished = record["Finished"].flatMap { $0.timestamp?.nanoseconds ?? $0.dateTime?.nanoseconds }
            processTime = record["Process Time"].flatMap { $0.timedelta ?? $0.difference }.map { .nanoseconds($0) }
            if case .int(let number)? = record["Seed"].map({ $0.numpyScalar ?? $0 }) { seed = number }
            guard !succeeded, let text = record["Description"]?.text else { return }
            error = Self.error(text)
        }

        /// `ValueError(bad input)`.
        private static func error(_ text: String) -> TrialError {
            guard let open = text.firstIndex(of: "("), text.last == ")", open != text.startIndex,
                Identifier.isValid(String(text[..<open]))
            else { return TrialError(type: "Error", message: text) }
            return TrialError(
                type: String(text[..<open]), message: String(text[text.index(after: open)...].dropLast()))
        }
    }
}
