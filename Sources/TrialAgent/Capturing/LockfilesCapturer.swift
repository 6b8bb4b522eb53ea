internal import Bytes
internal import SystemCalls
internal import SystemPackage
public import Trials

/// A file that says what a project depends on, and its bytes when they are kept.
public struct CapturedLockfile: Codable, Sendable, Hashable {
    /// What is recorded of it.
    public var facts: ArtifactFacts
    /// Its bytes as Base64; nil when they are not kept.
    public var content: String?
}

/// Captures the lockfiles and manifests of a project by their content: what it would take to make its environment again.
public struct LockfilesCapturer: Capturer {
    /// `lockfiles`.
    public static let name = "lockfiles"
    /// The project's.
    public static let scope = CaptureScope.project
    /// It reads files that a project may have written.
    public static let place = CapturePlace.worker

    /// The names that are looked for; no other file is read. Besides them `requirements*.txt`, and Julia's manifests that are
    /// for one version of it (`Manifest-v1.11.toml`).
    static let names: Set<String> = [
        "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "conda-lock.yml", "environment.yml",
        "environment.yaml", "pyproject.toml", "renv.lock", "Project.toml", "Manifest.toml",
        "JuliaProject.toml", "JuliaManifest.toml", "Dockerfile", "apptainer.def", "flake.lock",
    ]
    /// The most files that are recorded.
    static let mostFiles = 64
    /// The largest file that is kept, and the most bytes of all.
    static let largestKept = 4 << 20
    static let mostKept = 16 << 20
    /// The largest file that is read for its hash.
    static let largestRead = 64 << 20

    private let look: PythonLook

    /// With a look that it shares with other capturers.
    public init(_ look: PythonLook = PythonLook()) { self.look = look }

    /// What was seen before counts no more.
    public func begin() { look.begin() }

    /// Fills `lockfiles`, those in the project's own folder and those in the folder that its environment is in.
    public func capture(_ subject: CaptureSubject, pulse: CapturePulse) throws(AgentError) -> CapturedPart {
        let project = FilePath(subject.project)
        var part = CapturedPart()
        add(filesIn: project, subject, pulse, named: { FilePath(root: nil, [$0]).shown }, to: &part)
        // A workspace has one lockfile and one environment for all of its members.
        if let found = try? look.find(subject), let other = found.environment.project,
            other != project, other.starts(with: project) || project.starts(with: other)
        {
            add(filesIn: other, subject, pulse, named: { other.appending($0).recorded(below: project) }, to: &part)
        }
        return part
    }

    private func add(
        filesIn place: FilePath, _ subject: CaptureSubject, _ pulse: CapturePulse,
        named name: (FilePath.Component) -> String, to part: inout CapturedPart
    ) {
        do {
            let folder = try SafeFolder(place, owners: subject.owners)
            for entry in try folder.entries(where: Self.isLockfile) where entry.kind != .directory {
                guard part.lockfiles.count < Self.mostFiles else {
                    part.problems.append(
                        "lockfiles in \(place.shown) beyond the first \(Self.mostFiles) were left out")
                    break
                }
                add(FilePath(root: nil, [entry.name]), in: folder, as: name(entry.name), pulse, to: &part)
            }
        } catch {
            part.problems.append("lockfiles in \(place.shown) were left out: \(error)")
        }
    }

    private static func isLockfile(_ name: String) -> Bool {
        names.contains(name) || name.hasPrefix("requirements") && name.hasSuffix(".txt")
            || name.hasSuffix(".toml") && (name.hasPrefix("Manifest-v") || name.hasPrefix("JuliaManifest-v"))
    }

    private func add(
        _ file: FilePath, in folder: borrowing SafeFolder, as name: String, _ pulse: CapturePulse,
        to part: inout CapturedPart
    ) {
        pulse.beat()
        do throws(UnreadFile) {
            let content = try folder.content(of: file, limit: Self.largestRead)
            var lockfile = CapturedLockfile(
                facts: ArtifactFacts(
                    path: name, size: content.bytes.count,
                    modified: Timestamp(atNanoseconds: Int(content.status.modified)),
                    sha256: SHA256.digest(of: content.bytes).hex))
            if let reason = reasonNotToKeep(content.bytes, besides: part.lockfiles) {
                part.problems.append("\(name) is recorded by its hash and not kept: \(reason)")
            } else {
                lockfile.content = Base64.text(content.bytes)
            }
            part.lockfiles.append(lockfile)
        } catch {
            part.problems.append("\(name) was left out: \(error)")
        }
    }

    private func reasonNotToKeep(_ bytes: [UInt8], besides others: [CapturedLockfile]) -> String? {
        if bytes.count > Self.largestKept {
            return "it has \(bytes.count) bytes, more than the \(Self.largestKept >> 20) MiB that are kept"
        }
        let kept = others.lazy.filter { $0.content != nil }.compactMap(\.facts.size).reduce(0, +)
        if kept + bytes.count > Self.mostKept {
            return "with it more than \(Self.mostKept >> 20) MiB would be kept in all"
        }
        return Scrubber.finds(in: bytes) ? "something in it looks like a secret" : nil
    }
}

extension PythonEnvironment {
    /// The folder that the environment lies in by custom; nil when it lies elsewhere.
    fileprivate var project: FilePath? {
        guard let place = PythonFinder.customary.first(where: { prefix.ends(with: FilePath($0)) }) else { return nil }
        return FilePath(root: prefix.root, prefix.components.dropLast(FilePath(place).components.count))
    }
}

extension FilePath {
    /// The path below a folder, or whole when it lies elsewhere.
    fileprivate func recorded(below folder: FilePath) -> String {
        guard starts(with: folder) else { return shown }
        return FilePath(root: nil, components.dropFirst(folder.components.count)).shown
    }
}
