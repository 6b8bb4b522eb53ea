internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import YAML

/// What a command finds around it: read once, at its beginning.
struct World: Sendable {
    /// The user, the environment and the working directory.
    let surroundings: Surroundings
    /// The clock.
    let moments: Moments
    /// The place that output goes to.
    let page: Page

    /// What this process was started in.
    static func ofThisProcess() throws(CommandFailure) -> World {
        do throws(SystemCallError) {
            let surroundings = try Surroundings.ofThisProcess()
            return World(
                surroundings: surroundings, moments: .system(), page: .standardOutput(surroundings.variables))
        } catch {
            throw CommandFailure("asking who runs this", "\(error)")
        }
    }

    /// Standard output as it is now.
    func output() -> Output { Output(page: page, to: .standardOutput) }

    /// A file that appears when all of it is written; a link is followed.
    func output(to text: String) throws(CommandFailure) -> Output {
        let path = surroundings.workingDirectory.pushing(FilePath(text)).lexicallyNormalized()
        let kind: FileKind?
        let place: FilePath
        do throws(SystemCallError) {
            kind = try FileStatus.ifPresent(path, followingLinks: true)?.kind
            place = kind == nil ? path : try FileSystem.resolve(path)
        } catch {
            throw CommandFailure("--output \(text)", "\(error)")
        }
        guard kind == nil || kind == .regular else {
            throw CommandFailure(
                "--output \(text)", kind == .directory ? "it is a folder" : "it is no file that could be replaced",
                remedy: kind == .directory ? nil : "write to standard output, with >", status: .usage)
        }
        return try Output(file: place)
    }

    /// Tells the user something that is no failure, on standard error.
    static func note(_ sentences: [String]) {
        for sentence in sentences {
            // There is no other place to say it when this fails.
            _ = try? FileDescriptor.standardError.writeAll("trialwatch: \(SafeText.block(sentence))\n".utf8)
        }
    }

    /// The file that `--config` names, or that is found where configurations are; nil when there is none.
    func configurationFile(_ option: String?) throws(CommandFailure) -> FilePath? {
        do throws(YAMLProblems) {
            return try Configuration.locate(option: option.map { FilePath($0) }, in: surroundings)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The configuration that holds.
    func configuration(_ option: String?) throws(CommandFailure) -> Configuration {
        do throws(YAMLProblems) {
            return try readConfiguration(option)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The same; throws what is wrong with it.
    func readConfiguration(_ option: String?) throws(YAMLProblems) -> Configuration {
        let file = try Configuration.locate(option: option.map { FilePath($0) }, in: surroundings)
        return try Configuration.read(file, in: surroundings, backends: Backends())
    }
}

extension CommandFailure {
    /// All that is wrong with a configuration, a line each.
    init(_ problems: YAMLProblems) {
        self.init(lines: problems.problems.map(\.description), status: .configuration)
    }
}
