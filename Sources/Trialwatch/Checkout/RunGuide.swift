internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

/// `RUN.md` of a checkout: how the run is repeated, and what is not there: pure.
struct RunGuide {
    let trial: StoredTrial
    let snapshot: Snapshot
    /// Entries of the tree that were not written.
    let refusals: [TreeListing.Refusal]
    /// Whether `requirements.txt` lies beside it.
    let hasRequirements: Bool
    /// The commits that lie beside it; nil for none.
    let commits: CommitBundle?

    /// The text.
    var text: String {
        var lines = ["# Trial \(trial.reference)", ""]
        lines += origin
        lines += section("What is not here", missing)
        lines += section("Commits", history)
        lines += section("Environment", environment)
        lines += section("Command", command)
        lines += section("Parameters", parameters)
        lines += section("Inputs", inputs)
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["", "## \(title)", ""] + lines
    }

    private var origin: [String] {
        var line = "These are the files of the run"
        if let host = trial.facts.host { line += " on \(safe(host))" }
        if let started = trial.facts.started ?? trial.facts.observed { line += ", which began \(started)" }
        line += ": \(Phrases.count(snapshot.files, "file")), git tree \(safe(snapshot.tree))."
        var lines = [line]
        if let base = snapshot.base {
            let remote = trial.capture?.git?.remote.map { " of \(safe($0))" } ?? ""
            lines.append("They are commit \(safe(base))\(remote), with what was changed and not committed.")
        }
        if let result = trial.outcome?.result { lines.append("Its result was \(result.shown()).") }
        return lines
    }

    private var missing: [String] {
        var lines = snapshot.leftOut.map { entry in
            let what = entry.isScrubbed ? "is here without its secrets" : "is not here"
            return "- `\(safe(entry.path))` \(what): \(safe(entry.reason))"
        }
        if snapshot.moreLeftOut > 0 { lines.append("- \(snapshot.moreLeftOut) more, which are not listed") }
        lines += refusals.map { "- `\($0.path)` was not written: \(safe($0.reason))" }
        lines += snapshot.changedWhileRead.map {
            "- `\(safe($0))` changed while it was read: the run may have seen something else"
        }
        lines += ["- What git ignores, and folders with nothing in them"]
        return lines
    }

    private var history: [String] {
        guard let commits else { return [] }
        let whose = commits.branch.map { " of the branch `\(safe($0))`" } ?? ""
        let line = "`\(CommitBundle.path)` has \(Phrases.count(commits.count, "commit"))\(whose) that no remote had."
        let (words, place) = commits.command(trial.capture?.git?.remote.map(safe))
        return [line + (place.map { " \($0):" } ?? ""), "", "    " + ShellText.line(words)]
    }

    private var environment: [String] {
        var lines: [String] = []
        if let python = trial.capture?.interpreter {
            lines.append("Python \(python.version.map(safe) ?? "of an unknown version"), \(safe(python.path))")
        }
        if hasRequirements {
            lines += [
                "", "    python3 -m venv .venv", "    .venv/bin/pip install -r .trialwatch/requirements.txt",
            ]
        }
        if let hardware = trial.capture?.hardware {
            let accelerators = trial.capture?.accelerators?.map { ", " + safe($0.name) }.joined() ?? ""
            lines += ["", "It ran on \(safe(hardware.processor))\(accelerators), Linux \(safe(hardware.kernel))."]
        }
        return lines.first?.isEmpty == true ? Array(lines.dropFirst()) : lines
    }

    private var command: [String] {
        let place = RerunPlace(trial: trial)
        let up = place.folder.components.map { _ in ".." }.joined(separator: "/")
        guard let words = place.command(inPlace: up.isEmpty ? "." : up) else {
            return ["It is not known: the run's marker named no process."]
        }
        if place.isKernel {
            return ["It ran in the kernel of a notebook, which runs what it is told:", "", "    \(place.execution)"]
        }
        var lines: [String] = []
        if !place.folder.isEmpty { lines.append("    cd \(ShellText.word(place.folder.shown))") }
        lines.append("    \(ShellText.line(words))")
        return lines + ["", "Or, with all that is recorded of it: `trialwatch rerun \(trial.reference)`"]
    }

    private var parameters: [String] {
        var lines = trial.facts.parameters.flattened.map { "- `\(safe($0.name))`: \($0.value.shown())" }
        if let seed = trial.facts.seed { lines.append("- seed: \(seed)") }
        return lines
    }

    private var inputs: [String] {
        trial.facts.inputs.map { file in
            let digest = file.sha256.map { ", SHA-256 \($0)" } ?? ""
            return "- `\(safe(file.path))`\(file.size.map { ", \($0) bytes" } ?? "")\(digest)"
        }
    }

    private func safe(_ text: String) -> String { SafeText.line(text) }
}

/// Where in a project a run was started, and how: pure.
struct RerunPlace {
    /// The command as it was; nil when it is not known.
    let command: [String]?
    /// The folder of the tree that it ran in; empty for its root.
    let folder: FilePath
    /// Set when it ran in a folder that is not in the tree.
    let outside: String?
    /// The folder that the tree was taken of; nil when it is not known.
    let root: FilePath?
    /// The notebook whose code is recorded, from the tree's root.
    private let notebook: FilePath?

    init(trial: StoredTrial) {
        let facts = trial.facts
        let writer = trial.capture?.writer
        let words = facts.command ?? writer?.command
        let directory = facts.directory ?? writer?.directory
        let snapshot = trial.capture?.snapshot
        root = trial.capture?.git.map { FilePath($0.workTree) } ?? Self.project(of: trial)
        var folder = FilePath(snapshot?.folder ?? "")
        var outside: String?
        if let directory, let root {
            var below = FilePath(directory)
            if below.removePrefix(root) { folder = below } else { outside = directory }
        }
        self.folder = folder.isRelative && !folder.components.contains { $0.kind == .parentDirectory } ? folder : ""
        self.outside = outside
        command = words.flatMap { $0.isEmpty ? nil : $0 }
        let code = trial.capture?.code?.files.map { FilePath($0.path) } ?? []
        notebook = code.first { $0.extension == "ipynb" }.map { FilePath(snapshot?.folder ?? "").pushing($0) }
    }

    /// Whether the command runs a notebook's kernel: started once more, it would wait for somebody who tells it what to run.
    var isKernel: Bool { command.map(KernelCommand.runsKernel) ?? false }

    /// The command that runs all cells of the notebook.
    var execution: String { ShellText.line(["jupyter", "execute", notebook?.string ?? "NOTEBOOK"]) }

    /// The command with the tree's root in another place: nothing in it leads to where the project was.
    func command(inPlace place: String) -> [String]? {
        guard let root else { return command }
        return command?.map { Self.moved($0, from: root.string, to: place) }
    }

    private static func moved(_ word: String, from old: String, to new: String) -> String {
        if word == old { return new }
        if word.hasPrefix(old + "/") { return new + word.dropFirst(old.count) }
        if let equals = word.firstIndex(of: "=") {
            let value = String(word[word.index(after: equals)...])
            return word[...equals] + moved(value, from: old, to: new)
        }
        return word
    }

    /// Without a repository the tree is that of the project, which is known by where its process ran or its marker lay.
    private static func project(of trial: StoredTrial) -> FilePath? {
        if let marker = trial.facts.marker.map({ FilePath($0) }), marker.isAbsolute {
            let folder = marker.removingLastComponent()
            return folder.lastComponent?.string == ".trialwatch" ? folder.removingLastComponent() : folder
        }
        return trial.facts.directory.map { FilePath($0) }
    }
}
