/// The entry scripts of a run, as they were when it began.
public struct CodeContext: Hashable, Sendable, Codable {
    /// One source file.
    public struct File: Hashable, Sendable, Codable {
        /// Its path below the project, with `/` between names; bytes that are no UTF-8 are shown as U+FFFD.
        public var path: String
        /// Its text; bytes that are no UTF-8 are shown as U+FFFD.
        public var text: String

        /// The file at `path`.
        public init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    /// The files in the order of the globs that named them, then by path.
    public var files: [File]

    /// The given files.
    public init(files: [File] = []) { self.files = files }
}
