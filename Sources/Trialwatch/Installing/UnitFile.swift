internal import SystemCalls
internal import SystemPackage

/// A unit or drop-in that is there.
struct UnitFile {
    /// Whether `install` wrote it.
    let isOurs: Bool
    /// The variables that it gives the agent.
    private(set) var variables: [String: String] = [:]
    /// The folder that the agent's credentials come from; nil when it gets none.
    private(set) var credentials: FilePath?

    init(_ path: FilePath) throws(CommandFailure) {
        do throws(SystemCallError) {
            let bytes = try OwnedDescriptor(opening: path, .readOnly, options: .nonBlocking).readToEnd(limit: 1 << 20)
            isOurs = bytes.starts(with: UnitText.mark.utf8)
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where isOurs { read(line) }
        } catch {
            throw CommandFailure("reading \(path.shown)", "\(error)")
        }
    }

    /// The lines that `install` writes; others say nothing.
    private mutating func read(_ line: Substring) {
        let parts = line.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return }
        switch parts[0] {
        case "Environment":
            let text = UnitText.unquoted(parts[1].drop { $0 == "\"" }.dropLast())
            let assignment = text.split(separator: "=", maxSplits: 1)
            if assignment.count == 2 { variables[String(assignment[0])] = String(assignment[1]) }
        case "LoadCredential":
            let words = parts[1].split(separator: ":", maxSplits: 1)
            if words.count == 2 { credentials = FilePath(UnitText.unquoted(words[1])).removingLastComponent() }
        default: break
        }
    }
}
