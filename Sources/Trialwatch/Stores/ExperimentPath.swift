internal import SystemCalls
internal import SystemPackage
internal import Trials

/// A place that a user names for an experiment, or for a folder of them.
struct ExperimentPath {
    /// An experiment's folder.
    struct Place {
        let id: Experiment.ID
        let folder: FilePath
    }

    private enum Content {
        case nothing
        /// A pickle, and what its name says.
        case pickle(name: String)
        /// Ids of the pickles in a folder, and whether our own part is beside them.
        case folder([Experiment.ID], hasJournal: Bool)
        case other
    }

    /// As the user wrote it.
    private let text: String
    private let path: FilePath

    init(_ text: String, from workingDirectory: FilePath) throws(CommandFailure) {
        guard !text.contains("://") else {
            // The address may hold a password: it is not repeated.
            throw CommandFailure(
                "experiment", "an address is no experiment", remedy: "--backend takes it, beside the experiment's name",
                status: .usage)
        }
        self.text = text
        path = workingDirectory.pushing(FilePath(text)).lexicallyNormalized()
    }

    /// The one experiment that lies there; throws where there is none, and where there are several.
    func experiment() throws(CommandFailure) -> Place {
        switch try content() {
        case .nothing:
            throw failure("there is nothing there")
        case .other:
            throw failure("neither a folder nor a .pkl file")
        case .pickle(let name):
            guard let id = Experiment.ID(name) else {
                throw failure("'\(name)' is no experiment's id: no Python identifier")
            }
            return Place(id: id, folder: path.removingLastComponent())
        case .folder(let pickles, let hasJournal):
            if pickles.count > 1 { throw several(pickles) }
            if let id = pickles.first { return Place(id: id, folder: path) }
            guard hasJournal else { throw try noExperiment() }
            return Place(id: try idOfFolder(), folder: path)
        }
    }

    /// The experiments that lie in that very folder; nil for a folder that may hold folders of experiments.
    func experiments() throws(CommandFailure) -> [Place]? {
        guard case .folder(let pickles, let hasJournal) = try content() else { return [try experiment()] }
        // Each may be opened where Python alone has written them; our own part is that of one experiment only.
        if pickles.count > 1, !hasJournal { return pickles.map { Place(id: $0, folder: path) } }
        return pickles.isEmpty && !hasJournal ? nil : [try experiment()]
    }

    /// The folder itself.
    var folder: FilePath { path }

    private func content() throws(CommandFailure) -> Content {
        do throws(SystemCallError) {
            switch try FileStatus.ifPresent(path, followingLinks: true)?.kind {
            case nil: return .nothing
            case .regular: return path.extension == "pkl" ? .pickle(name: path.stem ?? "") : .other
            case .directory: break
            default: return .other
            }
            return .folder(try pickles(), hasJournal: try FileStatus.ifPresent(journal(in: path)) != nil)
        } catch {
            throw CommandFailure("experiment \(text)", "\(error)", status: .unreachable)
        }
    }

    private func pickles() throws(SystemCallError) -> [Experiment.ID] {
        try FileSystem.entries(of: path).compactMap { entry in
            guard entry.kind == .regular || entry.kind == .symbolicLink, entry.name.extension == "pkl" else {
                return nil
            }
            return String(validating: entry.name).flatMap { Experiment.ID(String($0.dropLast(4))) }
        }.sorted()
    }

    private func journal(in folder: FilePath) -> FilePath { folder.appending("trialwatch/trials.jsonl") }

    private func idOfFolder() throws(CommandFailure) -> Experiment.ID {
        let name = path.lastComponent?.string ?? "/"
        guard let id = Experiment.ID(name) else {
            throw failure(
                "no .pkl file tells the experiment's id, and the folder's name, '\(name)', is none",
                remedy: "give the folder the experiment's name")
        }
        return id
    }

    private func several(_ pickles: [Experiment.ID]) -> CommandFailure {
        let names = pickles.map { "\($0).pkl" }
        let example = FilePath(text).appending(names[0])
        return failure(
            "several experiments lie there: \(names.joined(separator: ", "))",
            remedy: "give the .pkl file: \(example)", status: .usage)
    }

    /// Says which experiments are one folder deeper.
    private func noExperiment() throws(CommandFailure) -> CommandFailure {
        var deeper: [String] = []
        do throws(SystemCallError) {
            for entry in try FileSystem.entries(of: path) where entry.kind == .directory {
                guard let name = String(validating: entry.name), Experiment.ID(name) != nil else { continue }
                let folder = path.appending(name)
                let signs = [journal(in: folder), folder.appending("\(name).pkl")]
                for sign in signs where try FileStatus.ifPresent(sign) != nil {
                    deeper.append(name)
                    break
                }
            }
        } catch {
            throw CommandFailure("experiment \(text)", "\(error)", status: .unreachable)
        }
        let reason = "neither an experiment's .pkl file nor trialwatch/trials.jsonl is in it"
        guard let first = deeper.min() else { return failure(reason) }
        return failure(reason, remedy: "experiments are below it: \(FilePath(text).appending(first))")
    }

    private func failure(
        _ reason: String, remedy: String? = nil, status: CommandFailure.Status = .noSuchThing
    ) -> CommandFailure {
        CommandFailure("experiment \(text)", SafeText.line(reason), remedy: remedy, status: status)
    }
}
