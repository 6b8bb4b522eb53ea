internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// Where a user's own service manager looks for the units that its user writes: it goes by the environment that it was started
/// with, which need not be the shell's.
enum UserUnits {
    private static let patience: Duration = .seconds(5)

    /// The folder; the one of the shell's environment where the manager does not say.
    static func folder(_ surroundings: Surroundings) -> FilePath {
        let own = [surroundings.configurationHome, surroundings.home.appending(".config")]
            .map { $0.appending("systemd/user") }
        let read = (try? search(surroundings)) ?? []
        return own.first { read.contains($0) } ?? own[0]
    }

    private static func search(_ surroundings: Surroundings) throws -> [FilePath] {
        var child = try ChildProcess(
            try Executable(named: Array("systemctl".utf8)).path,
            arguments: ["systemctl", "--user", "show", "--value", "--property=UnitPath"],
            environment: surroundings.variables.map { "\($0)=\($1)" })
        child.closeInput()
        var bytes: [UInt8] = []
        while let piece = try child.read(atMost: 1 << 16, timeout: patience), !piece.isEmpty { bytes += piece }
        _ = try child.end(timeout: patience)
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map { FilePath(String($0)) }
    }
}
