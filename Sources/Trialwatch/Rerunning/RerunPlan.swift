internal import JSON
internal import SystemCalls
internal import SystemPackage
internal import TrialAgent
internal import Trials

/// How a trial is run once more: pure.
struct RerunPlan {
    /// A parameter that is to have another value.
    struct Change {
        let assignment: Assignment
        /// The value as it was written.
        let text: String

        init(_ argument: String) throws {
            assignment = try Assignment.parameter(argument)
            text = String(argument[argument.index(after: argument.firstIndex(of: "=") ?? argument.startIndex)...])
        }
    }

    /// The program and its arguments.
    let command: [String]
    /// The folder that it runs in, from the checkout's root.
    let folder: FilePath
    /// The Python that it runs with; nil when it is none that is known.
    private(set) var interpreter: String?
    /// What is said to the agent of it, as arguments of `trialwatch run`.
    let options: [String]
    /// What is otherwise than it was, or not known.
    private(set) var notes: [String] = []
    /// Why it cannot be run; nil when it can.
    private(set) var hindrance: String?

    /// Plans a run of a trial's command in a folder that has its files; `isProgram` says whether a path can be run.
    init(
        _ trial: StoredTrial, in checkout: FilePath, changing changes: [Change], python: String?,
        isProgram: (FilePath) -> Bool
    ) throws(CommandFailure) {
        let subject = "trial \(trial.reference)"
        let place = RerunPlace(trial: trial)
        guard var words = place.command(inPlace: checkout.string) else {
            throw CommandFailure(
                subject, "its command is not known: its marker named no process",
                remedy: "trialwatch checkout writes its files, and trialwatch run runs a command with them")
        }
        for change in changes {
            words = try Self.substituting(change, in: words, subject)
        }
        folder = place.folder
        options = Self.options(trial, changes) + Self.ownMarker(of: trial, place.root, in: checkout)
        if let hidden = words.first(where: { $0.contains("«scrubbed:") }) {
            hindrance = "its command holds a secret that was not kept: \(SafeText.line(hidden))"
        }
        if place.isKernel {
            hindrance =
                hindrance
                ?? "it ran in the kernel of a notebook, which runs what it is told (in its files: \(place.execution))"
        }
        if let outside = place.outside {
            notes.append("it ran in \(SafeText.line(outside)), which is no folder of its project: now in the project's")
        }
        let isPython = Self.namesPython(words[0])
        if python != nil, !isPython {
            hindrance =
                hindrance
                ?? "its command begins with \(SafeText.line(words[0])), which is no Python that --python could stand for"
        }
        if isPython, let path = python ?? trial.capture?.interpreter?.path {
            interpreter = path
            words[0] = path
            if !isProgram(FilePath(path)) {
                hindrance =
                    hindrance
                    ?? "its Python, \(SafeText.line(path)), is not here (make an environment and name it: --python PATH)"
            }
        }
        if trial.facts.command == nil {
            notes.append("its command is that of the process which is taken for its writer")
        }
        command = words
    }

    /// The command with another value for a parameter.
    private static func substituting(
        _ change: Change, in words: [String], _ subject: String
    ) throws(CommandFailure) -> [String] {
        let (name, line) = (SafeText.line(change.assignment.name), ShellText.line(words))
        let reason: String
        switch CommandSubstitution.replacing(change.assignment.name, with: change.text, in: words) {
        case .replaced(let words): return words
        case .absent: reason = "its command does not name \(name): \(line)"
        case .valueless(let word):
            reason = "in its command \(SafeText.line(word)) has no value that could be another: \(line)"
        }
        throw CommandFailure(
            subject, reason,
            remedy: "trialwatch checkout writes its files, and trialwatch run runs another command with them",
            status: .usage)
    }

    /// Only such a word is taken for the interpreter's place: `python3`, `/usr/bin/python3.12`, `pypy`.
    static func namesPython(_ word: String) -> Bool {
        guard let name = FilePath(word).lastComponent?.string else { return false }
        guard let program = ["python", "pypy"].first(where: { name.hasPrefix($0) }) else { return false }
        // `python3.13t` has no lock, `python3d` is for who debugs it.
        let version = name.dropFirst(program.count)
        return version.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." || $0 == "t" || $0 == "d" }
    }

    private static func options(_ trial: StoredTrial, _ changes: [Change]) -> [String] {
        var options = ["-e", trial.reference.experiment.text]
        options += ["--parent", trial.facts.run ?? trial.reference.description]
        if let seed = trial.facts.seed { options += ["--seed", String(seed)] }
        for field in trial.facts.parameters {
            // What its name says of nesting is in its value.
            guard !field.name.contains("."), !field.name.contains("="), !field.name.isEmpty else { continue }
            options += ["-p", "\(field.name)=\(yaml(field.value))"]
        }
        for change in changes { options += ["-p", "\(change.assignment.name)=\(change.text)"] }
        return options
    }

    /// Where the command writes its marker, if it did so itself: in the same place of the other folder.
    private static func ownMarker(of trial: StoredTrial, _ root: FilePath?, in checkout: FilePath) -> [String] {
        guard let marker = trial.facts.marker, let root else { return [] }
        var below = FilePath(marker)
        guard below.removePrefix(root), !below.isEmpty,
            below.removingLastComponent().lastComponent?.string != MarkerPatterns.ownFolder
        else { return [] }
        return ["--own-marker", checkout.pushing(below).string]
    }

    private static func yaml(_ value: Value) -> String {
        if case .float(let float) = value, !float.isFinite {
            return float.isNaN ? ".nan" : float < 0 ? "-.inf" : ".inf"
        }
        return value.json.text()
    }

    /// Prints it.
    func write(_ trial: StoredTrial, _ snapshot: Snapshot, into checkout: FilePath, to out: Output)
        throws(CommandFailure)
    {
        var section = Section("Rerun of \(trial.reference)")
        section.add("files", "\(Phrases.count(snapshot.files, "file")), \(Phrases.size(snapshot.size))")
        section.add("not among them", snapshot.leftOut.isEmpty ? nil : Phrases.count(snapshot.leftOut.count, "file"))
        section.add("written to", checkout.shown)
        section.add("run in", folder.isEmpty ? nil : checkout.pushing(folder).shown)
        section.add(
            "Python",
            interpreter.map { path in
                let version = trial.capture?.interpreter?.version.map { ", \(SafeText.line($0)) then" } ?? ""
                return SafeText.line(path) + version
            })
        if case .text(let text)? = trial.capture?.environment[.requirements] {
            let count = RequiredPackages(text).packages.count
            section.add("packages", "\(count) in \(TrialCheckout.ownFolder)/requirements.txt; none is installed")
        }
        section.add("inputs", trial.facts.inputs.isEmpty ? nil : "\(trial.facts.inputs.count), which are not copied")
        section.add("command", ShellText.line(command))
        for note in notes { section.add("note", note, .busy) }
        if let hindrance { section.add("cannot run", hindrance, .bad) }
        try section.write(to: out)
    }
}
