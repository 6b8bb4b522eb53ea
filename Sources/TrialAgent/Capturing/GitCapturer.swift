public import Git
internal import SystemCalls
public import SystemPackage
internal import Trials

/// Captures the state of the repository that a project lies in, by libgit2: no git is run, and nothing is written.
public struct GitCapturer: Capturer {
    /// `git`.
    public static let name = "git"
    /// The project's.
    public static let scope = CaptureScope.project
    /// It reads a repository that may be damaged or made to harm.
    public static let place = CapturePlace.worker

    private let library: GitLibrary?
    private let ceiling: FilePath

    /// Repositories are looked for from the project's folder upwards, below `ceiling`; without a library none is read.
    public init(_ library: GitLibrary?, below ceiling: FilePath = "/") {
        self.library = library
        self.ceiling = ceiling
    }

    /// Fills `git`, as facts and as daskperiment's document.
    ///
    /// The document is left out when it is not known whether a file is changed, as it can say only yes or no.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        guard let library else {
            throw AgentError(.capturing, subject.project, "reading its repository: libgit2 did not start")
        }
        let project: FilePath
        do throws(SystemCallError) {
            project = try FileSystem.resolve(FilePath(subject.project))
        } catch {
            throw AgentError(.capturing, subject.project, "opening the project's folder: \(error)", cause: error)
        }
        var part = CapturedPart()
        do throws(GitError) {
            switch try library.search(around: project, below: ceiling) {
            case .found(let repository):
                let markers = subject.markerPatterns
                let state = try repository.state(isOurs: { markers.isOurs($0) }, progress: { pulse.beat() })
                part.git = GitFacts(state)
                part.environment[.git] = gitDocument(state, project: project)
                part.problems = problems(of: state)
            case .none:
                part.environment[.git] = uncontrolled(project)
                part.problems =
                    unreadable(around: project).map {
                        ["git: \($0.shown) is there, and is no repository that can be read"]
                    } ?? []
            case .refused(let reason):
                part.environment[.git] = uncontrolled(project)
                part.problems = ["git: refused: the repository around \(project.shown) was not read: \(reason)"]
            }
            return part
        } catch {
            throw AgentError(.capturing, subject.project, "reading its repository: \(error)", cause: error)
        }
    }
}

extension GitCapturer {
    /// The nearest `.git`, though it is none.
    private func unreadable(around project: FilePath) -> FilePath? {
        var folder = project
        while folder != ceiling {
            let path = folder.appending(".git")
            if (try? FileStatus.ifPresent(path)) != nil { return path }
            guard folder.removeLastComponent() else { break }
        }
        return nil
    }
}

/// What daskperiment writes of a folder that is in no repository.
private func uncontrolled(_ project: FilePath) -> EnvironmentText {
    let nothing = Value.text("Not Git Controlled")
    return .document([
        "Working Directory": .text(project.string), "Git Repository": nothing, "Git Active Branch": nothing,
        "Git HEAD Commit": nothing, "Git Dirty Flag": .bool(false),
    ])
}

/// daskperiment's five keys; nil when nobody knows whether a file is changed.
private func gitDocument(_ state: RepositoryState, project: FilePath) -> EnvironmentText? {
    guard let changes = state.changes else { return nil }
    return .document([
        "Working Directory": .text(project.string),
        "Git Repository": .text(state.workTree.string),
        "Git Active Branch": .text(state.branch ?? "DETACHED"),
        // daskperiment itself cannot start in a repository without a commit.
        "Git HEAD Commit": .text(state.commit ?? "No Commit"),
        "Git Dirty Flag": .bool(changes.differing > 0),
    ])
}

private func problems(of state: RepositoryState) -> [String] {
    var problems = state.problems.map { "git: part of the repository was not read: \($0)" }
    guard let changes = state.changes else { return problems }
    if changes.isUntrackedCut {
        problems.append(
            "git: there are more than \(changes.untracked) untracked files, and no more were counted (ignore data in .gitignore)"
        )
    }
    if changes.unreadable > 0 {
        problems.append("git: \(changes.unreadable) files or folders could not be read, and are not in the counts")
    }
    return problems
}

extension GitFacts {
    /// What a trial keeps of a repository's state.
    init(_ state: RepositoryState) {
        self.init(workTree: state.workTree.string)
        commit = state.commit
        branch = state.branch
        let upstream = state.upstream?.name.split(separator: "/").first.map(String.init)
        let names = [upstream, "origin"].compactMap { $0 }
        remote =
            names.lazy.compactMap { name in state.remotes.first { $0.name == name } }.first?.address
            ?? state.remotes.first?.address
        tags = state.tags
        ahead = state.upstream?.ahead
        behind = state.upstream?.behind
        modified = state.changes?.differing
        untracked = state.changes?.untracked
        operation = state.operation
        submodules = state.submodules.map(\.path.string)
    }
}

extension CaptureSubject {
    /// The patterns of the project's markers; a pattern that is none was told of when the configuration was read.
    fileprivate var markerPatterns: MarkerPatterns {
        markers.isEmpty ? .standard : MarkerPatterns(markers.compactMap { try? GlobPattern($0) })
    }
}

extension MarkerPatterns {
    /// Whether a file is ours rather than a part of the run's code: a marker, a receipt, or in `.trialwatch/`.
    fileprivate func isOurs(_ path: FilePath) -> Bool {
        if path.components.contains(where: { $0.string == Self.ownFolder }) { return true }
        return matches(path) || path.lastComponent.map { Self.isReceipt($0.string) } == true
    }
}
