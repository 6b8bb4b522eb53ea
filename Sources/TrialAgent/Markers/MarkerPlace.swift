import SystemCalls
import SystemPackage

/// Where a marker lies: its project's folder and its path below it.
struct MarkerPlace: Hashable, Sendable {
    /// The project's folder, as the configuration names it.
    let project: FilePath
    /// The path below the project's folder.
    let path: FilePath

    /// The whole path.
    var full: FilePath { project.pushing(path) }

    /// The whole path for people.
    var shown: String { full.shown }

    /// The file's name for people.
    var name: String { path.lastComponent.map { FilePath(root: nil, [$0]).shown } ?? "" }
}

/// Two texts; a path that is no UTF-8 is written as `{"hex": "…"}`, so that it comes back byte for byte.
extension MarkerPlace: Codable {
    private enum CodingKeys: String, CodingKey {
        case project, path
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        project = try container.decode(ExactPath.self, forKey: .project).path
        path = try container.decode(ExactPath.self, forKey: .path).path
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ExactPath(path: project), forKey: .project)
        try container.encode(ExactPath(path: path), forKey: .path)
    }
}

/// A path that survives JSON.
struct ExactPath: Codable, Hashable {
    let path: FilePath

    private enum CodingKeys: String, CodingKey {
        case hex
    }

    init(path: FilePath) { self.path = path }

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            path = FilePath(text)
        } else {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let digits = Array(try container.decode(String.self, forKey: .hex).utf8)
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).map {
                UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16) ?? 0
            }
            path = FilePath(platformString: bytes.map { CChar(bitPattern: $0) } + [0])
        }
    }

    func encode(to encoder: any Encoder) throws {
        if let text = String(validating: path) {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        } else {
            var container = encoder.container(keyedBy: CodingKeys.self)
            let hex = path.withPlatformString { bytes in
                (0..<path.length).map { index in
                    let digits = String(UInt8(bitPattern: bytes[index]), radix: 16)
                    return digits.utf8.count == 1 ? "0" + digits : digits
                }.joined()
            }
            try container.encode(hex, forKey: .hex)
        }
    }
}
