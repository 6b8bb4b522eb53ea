internal import Bytes
public import Git
internal import SystemCalls
public import SystemPackage
internal import Trials

/// Captures the repository that a project lies in and the project's files, in one look at them, by libgit2: no git is run, and
/// nothing is written but into the agent's own store.
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

    /// Fills `git`, as facts and as daskperiment's document, and `snapshot`.
    ///
    /// The document is left out when it is not known whether a file is changed, as it can say only yes or no.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let project: FilePath
        do throws(SystemCallError) {
            project = try FileSystem.resolve(FilePath(subject.project))
        } catch {
            throw AgentError(.capturing, subject.project, "opening the project's folder: \(error)", cause: error)
        }
        var part = CapturedPart()
        do throws(GitError) {
            try look(project, subject, pulse, &part)
        } catch {
            // Its files are kept all the same.
            part.problems.append("git: the repository around \(project.shown) was not read: \(error)")
            plain(root(of: project, in: unreadable(around: project)), project, subject, pulse, &part)
        }
        return part
    }

    private func look(
        _ project: FilePath, _ subject: CaptureSubject, _ pulse: CapturePulse, _ part: inout CapturedPart
    ) throws(GitError) {
        guard let library else {
            throw GitError(function: "git_libgit2_init", code: -1, message: "libgit2 did not start")
        }
        switch try library.search(around: project, below: ceiling) {
        case .found(let repository):
            let began = Timestamp.now
            let root = repository.workTree?.lexicallyNormalized() ?? ""
            let (state, work) = try repository.capture(
                settings(subject, project: project, root: root), progress: { pulse.beat() })
            part.git = GitFacts(state)
            part.environment[.git] = gitDocument(state, project: project)
            part.problems = problems(of: state)
            take(work, began, project: project, root: root, subject, &part)
            part.snapshot?.facts?.base = state.commit
            part.snapshot?.facts?.baseIsShared = state.unshared == 0
        case .none:
            part.environment[.git] = uncontrolled(project)
            let other = unreadable(around: project)
            if let other {
                part.problems = ["git: \(other.shown) is there, and is no repository that can be read"]
            }
            plain(root(of: project, in: other), project, subject, pulse, &part)
        case .refused(let reason):
            part.environment[.git] = uncontrolled(project)
            part.problems = ["git: refused: the repository around \(project.shown) was not read: \(reason)"]
            plain(project, project, subject, pulse, &part)
        }
    }

    /// Of files that no repository tells anything of there is only the snapshot.
    private func plain(
        _ root: FilePath, _ project: FilePath, _ subject: CaptureSubject, _ pulse: CapturePulse,
        _ part: inout CapturedPart
    ) {
        guard subject.snapshot != nil else { return }
        let began = Timestamp.now
        let work = PlainFolder.capture(
            root, settings(subject, project: project, root: root), progress: { pulse.beat() })
        take(work, began, project: project, root: root, subject, &part)
    }

    private func take(
        _ work: WorkTreeFindings, _ began: Timestamp, project: FilePath, root: FilePath, _ subject: CaptureSubject,
        _ part: inout CapturedPart
    ) {
        part.problems += work.problems
        guard subject.snapshot != nil else { return }
        var captured = CapturedSnapshot()
        captured.patch = work.patch.map { Base64.text($0) }
        captured.written = work.written
        captured.pack = work.pack.map { CapturedPack(file: $0.file, digest: $0.digest, size: $0.size) }
        captured.bundle = work.bundle.map { CapturedPack(file: $0.file, digest: $0.digest, size: $0.size) }
        if let tree = work.tree, let store = work.store {
            var snapshot = Snapshot(
                tree: tree.description, store: store, host: (try? Machine())?.hostName ?? "", began: began,
                files: work.files, size: work.size)
            snapshot.pack = work.pack.map { $0.base == nil ? .whole : .besidesBase }
            snapshot.commits = work.bundle.map {
                Snapshot.Commits(count: $0.count, prerequisites: $0.prerequisites.map(\.description))
            }
            snapshot.folder = project.relative(to: root)
            snapshot.leftOut = work.leftOut.map {
                Snapshot.LeftOut(path: $0.path.shown, reason: $0.reason, isScrubbed: $0.isScrubbed)
            }
            snapshot.moreLeftOut = work.moreLeftOut
            snapshot.changedWhileRead = work.changedWhileRead.prefix(Snapshot.mostListed).map(\.shown)
            captured.facts = snapshot
        } else if captured.patch != nil {
            part.problems += untold(work)
        }
        part.snapshot = captured
    }

    private func settings(_ subject: CaptureSubject, project: FilePath, root: FilePath) -> SnapshotSettings {
        var settings = SnapshotSettings(owners: Set(subject.owners))
        settings.folder = Array(project.relative(to: root).utf8)
        let ours = [MarkerPatterns.ownFolder + "/", "*" + MarkerPatterns.receiptEnding]
        settings.passedOver = IgnoreList(
            IgnoreRules.passedOver + ours.compactMap { IgnorePattern($0.utf8) }
                + subject.markerPatterns.patterns.map { IgnorePattern(name: $0.text.utf8) })
        settings.environmentMarks = IgnoreRules.environmentMarks.map { Array($0.string.utf8) }
        settings.mostListed = Snapshot.mostListed
        settings.secretNames = IgnoreList(SecretFiles.patterns)
        settings.scrub = { path, bytes in SecretFiles.scrubbed(bytes, path: path) }
        guard let wish = subject.snapshot else { return settings }
        settings.stores = FilePath(wish.stores)
        settings.refusal = wish.refusal
        settings.isFirstOnly = wish.isFirstOnly
        settings.ignored = IgnoreList(wish.ignore.compactMap { IgnorePattern($0.utf8) })
        settings.largestFile = wish.largestFile
        settings.largestTree = wish.largestTree
        settings.largestPatch = wish.largestPatch
        if let packs = wish.packs, wish.largestPack > 0 {
            settings.pack = PackSettings(
                into: FilePath(packs), atMost: wish.largestPack, withCommits: wish.hasCommits)
        }
        return settings
    }
}

extension FilePath {
    /// The path below a folder that it lies in.
    fileprivate func relative(to folder: FilePath) -> String {
        starts(with: folder) ? FilePath(root: nil, components.dropFirst(folder.components.count)).string : ""
    }
}

extension GitCapturer {
    /// The folder whose files are kept: the one that a repository is in which libgit2 cannot read, or the project's where what is
    /// called `.git` above it is none.
    private func root(of project: FilePath, in other: FilePath?) -> FilePath {
        guard let other else { return project }
        let folder = other.removingLastComponent()
        return folder == project || looksLikeRepository(other) ? folder : project
    }

    private func looksLikeRepository(_ path: FilePath) -> Bool {
        if let file = try? OwnedDescriptor(opening: path, .readOnly, options: [.noFollow, .nonBlocking]),
            (try? file.status().kind) == .regular
        {
            // What a linked work tree has.
            return (try? file.read(7, at: 0))?.elementsEqual("gitdir:".utf8) == true
        }
        return ["HEAD", "objects"].allSatisfy { (try? FileStatus.ifPresent(path.appending($0))) != nil }
    }

    /// The nearest `.git` of a folder and those above it, though it is none.
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

/// What is not in a patch that has no snapshot beside it to list it, those with secrets first.
private func untold(_ work: WorkTreeFindings) -> [String] {
    let most = 10
    let entries = work.leftOut.filter(\.isScrubbed) + work.leftOut.filter { !$0.isScrubbed }
    var problems = entries.prefix(most).map { "snapshot: \($0.path.shown): \($0.reason)" }
    let more = work.moreLeftOut + entries.count - problems.count
    if more > 0 { problems.append("snapshot: \(more) more files are left out, or not as they were") }
    return problems
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
            names.firstAnswer { name in state.remotes.first { $0.name == name } }?.address
            ?? state.remotes.first?.address
        tags = state.tags
        ahead = state.upstream?.ahead
        behind = state.upstream?.behind
        self.upstream = state.upstream?.name
        unshared = state.unshared
        isShallow = state.isShallow
        isSparse = state.isSparse
        isLinked = state.linkedRepository != nil
        repository = state.linkedRepository?.string
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
