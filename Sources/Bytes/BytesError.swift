/// Why bytes could not be compressed or decompressed.
public enum BytesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are nothing that was compressed, or damaged; the library's words.
    case corrupt(String)
    /// The bytes end before what they hold does.
    case truncated
    /// There is more than the caller allows.
    case tooLarge(limit: Int)
    /// The library got no memory, or refuses what it was told; the function and the library's words.
    case failed(function: String, message: String)

    /// What went wrong.
    public var description: String {
        switch self {
        case .corrupt(let message): "damaged compressed data: \(message)"
        case .truncated: "compressed data that ends too early"
        case .tooLarge(let limit): "compressed data that holds more than \(limit) bytes"
        case .failed(let function, let message): "\(function): \(message)"
        }
    }
}
