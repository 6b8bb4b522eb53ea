internal import SystemCalls
public import SystemPackage
public import YAML

extension Configuration {
    /// The file that holds: `--config`, `$TRIALWATCH_CONFIG`, else the first that is there of
    /// `$XDG_CONFIG_HOME/trialwatch/agent.yaml`, `/etc/trialwatch/<user>.yaml` and `/etc/trialwatch/agent.yaml`; nil when
    /// none is.
    ///
    /// A file that was asked for by name is not looked for: reading it tells when it is missing.
    public static func locate(
        option: FilePath? = nil, in surroundings: Surroundings, systemFolder: FilePath = "/etc/trialwatch"
    ) throws(YAMLProblems) -> FilePath? {
        if let option { return surroundings.workingDirectory.pushing(option).lexicallyNormalized() }
        if let named = surroundings.variables["TRIALWATCH_CONFIG"], !named.isEmpty {
            return surroundings.workingDirectory.pushing(FilePath(named)).lexicallyNormalized()
        }
        var candidates = [ownFile(surroundings)]
        if let name = FilePath.Component("\(surroundings.user).yaml") {
            candidates.append(systemFolder.appending(name))
        }
        candidates.append(systemFolder.appending("agent.yaml"))
        for candidate in candidates {
            do throws(SystemCallError) {
                if try FileStatus.ifPresent(candidate, followingLinks: true) != nil { return candidate }
            } catch {
                throw YAMLProblems([unreadable(candidate, error)])
            }
        }
        return nil
    }

    /// Why there is no file to read now, although there may be one later, as where the home is not mounted yet; nil when there is one.
    public static func absence(
        option: FilePath? = nil, in surroundings: Surroundings, systemFolder: FilePath = "/etc/trialwatch"
    ) -> String? {
        do throws(YAMLProblems) {
            guard let file = try locate(option: option, in: surroundings, systemFolder: systemFolder) else {
                let own = ownFile(surroundings).shown
                return "there is no configuration: neither \(own) nor one in \(systemFolder.shown)"
            }
            do throws(SystemCallError) {
                _ = try OwnedDescriptor(opening: file, .readOnly, options: .nonBlocking)
                return nil
            } catch {
                return unreadable(file, error).description
            }
        } catch {
            return error.problems.map(\.description).joined(separator: "; ")
        }
    }

    /// The user's own file, where `init` writes it.
    public static func ownFile(_ surroundings: Surroundings) -> FilePath {
        surroundings.configurationHome.appending("trialwatch/agent.yaml")
    }

    /// Reads a file and those in `conf.d/` beside it; without a file, the defaults.
    ///
    /// Throws all that is wrong in all of them, by file and line.
    public static func read(
        _ file: FilePath?, in surroundings: Surroundings, backends kinds: some BackendKinds
    ) throws(YAMLProblems) -> Configuration {
        var configuration = Configuration(surroundings)
        guard let file else { return configuration }
        var problems: [YAMLProblem] = []
        let additions = additions(beside: file, problems: &problems)
        for path in [file] + additions {
            var reader = ConfigurationReader(file: path, surroundings: surroundings, kinds: kinds)
            do throws(YAMLProblem) {
                let document = try YAMLNode.parse(try content(of: path), file: path.string)
                if path == file {
                    reader.read(document, into: &configuration)
                } else {
                    reader.readAddition(document, into: &configuration)
                }
                configuration.files.append(path)
                configuration.notYetImplemented += reader.notYetImplemented.inOrderOfLines
                problems += reader.findings.problems.inOrderOfLines
            } catch {
                problems.append(error)
            }
        }
        guard problems.isEmpty else { throw YAMLProblems(problems) }
        return configuration
    }

    /// The files `conf.d/*.yaml` in the order of their names.
    private static func additions(beside file: FilePath, problems: inout [YAMLProblem]) -> [FilePath] {
        let folder = file.removingLastComponent().appending("conf.d")
        do throws(SystemCallError) {
            let names = try FileSystem.entries(of: folder).map(\.name.string)
            return names.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted().map { folder.appending($0) }
        } catch {
            if error.errno != .noSuchFileOrDirectory { problems.append(unreadable(folder, error)) }
            return []
        }
    }

    private static func content(of file: FilePath) throws(YAMLProblem) -> [UInt8] {
        do throws(SystemCallError) {
            // Without blocking on a FIFO: a file may be anything.
            let descriptor = try OwnedDescriptor(opening: file, .readOnly, options: .nonBlocking)
            guard try descriptor.status().kind == .regular else {
                throw SystemCallError(call: "read", subject: nil, errno: .invalidArgument)
            }
            return try descriptor.readToEnd(limit: YAMLLimits.standard.bytes)
        } catch {
            throw unreadable(file, error)
        }
    }

    private static func unreadable(_ file: FilePath, _ error: SystemCallError) -> YAMLProblem {
        let reason =
            switch error.errno {
            case .noSuchFileOrDirectory: "there is no such file (trialwatch init writes one)"
            case .fileTooLarge: "more than \(YAMLLimits.standard.bytes) bytes; expected a configuration"
            case .invalidArgument: "expected a regular file"
            default: "\(error.errno)"
            }
        return YAMLProblem(file: file.string, position: nil, message: "cannot be read: \(reason)")
    }
}
