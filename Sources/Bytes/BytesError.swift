/// Why bytes could not be compressed or decompressed.
public enum BytesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are no zstd frame, or a damaged one; zstd's words.
    case corrupt(String)
    /// The bytes end before their frame does.
    case truncated
    /// There is more than the caller allows.
    case tooLarge(limit: Int)
    /// zstd got no memory, or refuses what it was told; the function and zstd's words.
    case failed(function: String, message: String)

    /// What went wrong.
    public var description: String {
        switch self {
        case .corrupt(let message): "damaged zstd data: \(message)"
        case .truncated: "zstd data that ends too early"
        case .tooLarge(let limit): "zstd data that holds more than \(limit) bytes"
        case .failed(let function, let message): "\(function): \(message)"
        }
    }
}
