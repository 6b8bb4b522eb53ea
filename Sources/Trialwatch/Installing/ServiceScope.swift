internal import SystemCalls
internal import SystemPackage
internal import TrialAgent

/// Whose service manager runs the agent.
enum ServiceScope {
    /// The user's own (`systemctl --user`).
    case user
    /// The system's, as an instance for one user.
    case system

    /// The unit that is enabled.
    func unit(of surroundings: Surroundings) -> String {
        switch self {
        case .user: "trialwatch.service"
        case .system: "trialwatch@\(surroundings.user).service"
        }
    }

    /// The unit's own file.
    var file: String {
        switch self {
        case .user: "trialwatch.service"
        case .system: "trialwatch@.service"
        }
    }

    /// What this program was built with, where it is not the package's that brings the file.
    var text: String {
        switch self {
        case .user: String(decoding: PackageResources.trialwatch_service, as: UTF8.self)
        case .system: String(decoding: PackageResources.trialwatch__service, as: UTF8.self)
        }
    }

    /// Where units are that somebody wrote on this machine.
    func folder(of surroundings: Surroundings) -> FilePath {
        switch self {
        case .user: UserUnits.folder(surroundings)
        case .system: "/etc/systemd/system"
        }
    }

    /// Where packages put theirs.
    var packaged: [FilePath] {
        let name =
            switch self {
            case .user: "user";
            case .system: "system"
            }
        return ["/usr/lib/systemd", "/lib/systemd"].map { FilePath($0).appending(name).appending(file) }
    }

    /// The service manager's command.
    func systemctl(_ arguments: String...) -> [String] {
        switch self {
        case .user: ["systemctl", "--user"] + arguments
        case .system: ["systemctl"] + arguments
        }
    }

    /// What an administrator adds to the unit of this user.
    func dropIn(of surroundings: Surroundings) -> FilePath {
        folder(of: surroundings).appending("\(unit(of: surroundings)).d").appending("trialwatch-install.conf")
    }
}
