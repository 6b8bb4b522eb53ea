internal import JSON
internal import SystemPackage
internal import Trials

/// The configuration that `init` writes for a folder.
struct NewConfiguration {
    /// The folder, without links.
    let project: FilePath
    /// The user's home, which paths below it are written from.
    let home: FilePath?

    /// The folder's name as an identifier, under which its trials are filed.
    var experiment: Experiment.ID {
        Experiment.ID.suggestion(for: project.lastComponent?.string ?? "experiment")
    }

    /// A whole `agent.yaml`.
    var mainFile: String {
        """
        # What trialwatch watches, and where it files what it sees. agent.yaml.example shows every key.
        #   trialwatch check     looks at this file
        #   trialwatch agent     watches

        \(projects)
        # backend: {local: {directory: ~/.local/share/trialwatch}}   # this is the default

        """
    }

    /// A file of `conf.d/`, which adds one project.
    var additionalFile: String {
        """
        # Read together with ../agent.yaml.

        \(projects)
        """
    }

    private var projects: String {
        """
        projects:
          - path: \(Self.scalar(shownPath))
            experiment: \(experiment)
            # code: ["train.py"]       # the entry scripts to keep; else the script that a marker's process runs
            # ignore: ["data/"]        # .gitignore syntax: not watched

        """
    }

    private var shownPath: String {
        guard let home, project.starts(with: home), project != home, !home.components.isEmpty else {
            return project.string
        }
        var rest = project
        _ = rest.removePrefix(home)
        return "~/" + rest.string
    }

    /// Whether the path would be read as a pattern for several folders.
    var isPattern: Bool { project.string.contains { "*?[".contains($0) } }

    /// YAML text of a path; a dollar sign in it is no variable.
    static func scalar(_ path: String) -> String {
        let text = path.map { $0 == "$" ? "$$" : String($0) }.joined()
        let plain = text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || "/._-~".unicodeScalars.contains($0)
        }
        // JSON's quoted text is YAML's, too.
        return plain ? text : SafeText.json(JSON.string(text).text())
    }
}
