internal import CGit2

/// A call of libgit2 that failed.
public struct GitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The C function.
    public let function: String
    /// What it returned: a `git_error_code`.
    public let code: Int
    /// libgit2's own words.
    public let message: String

    /// A failed call, as libgit2 tells it or as we found it.
    public init(function: String, code: Int, message: String) {
        self.function = function
        self.code = code
        self.message = message
    }

    /// `git_repository_index: unsupported mandatory extension: 'sdir' (-1)`.
    public var description: String { "\(function): \(message) (\(code))" }
}

/// Calls libgit2, and throws what it says when it returns a negative number.
@discardableResult
func check(_ function: String, _ call: () -> Int32) throws(GitError) -> Int32 {
    let code = call()
    guard code < 0 else { return code }
    throw lastError(function, code)
}

/// What libgit2 said last on this thread: ask before anything else calls it.
func lastError(_ function: String, _ code: Int32) -> GitError {
    let message = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) }
    return GitError(function: function, code: Int(code), message: message ?? "no reason given")
}
