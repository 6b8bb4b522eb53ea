internal import JSON
internal import Trials

/// What was found around the run.
extension TrialPage {
    var git: Section {
        var section = Section("Git")
        guard let git = trial.capture?.git else { return section }
        section.add("commit", git.commit ?? "none yet")
        section.add("branch", git.branch.map(SafeText.line) ?? "detached")
        section.add("tags", SafeText.line(git.tags.joined(separator: ", ")))
        section.add("remote", git.remote.map(SafeText.line))
        let upstream = git.upstream.map { "\(SafeText.line($0)), " } ?? ""
        if let ahead = git.ahead, let behind = git.behind, ahead + behind > 0 {
            section.add("upstream", "\(upstream)\(ahead) ahead, \(behind) behind")
        }
        if let unshared = git.unshared, unshared > 0 {
            section.add("on no remote", Phrases.count(unshared, "commit"), .busy)
        }
        if let modified = git.modified, let untracked = git.untracked {
            let changes = [
                modified > 0 ? "\(modified) changed" : nil, untracked > 0 ? "\(untracked) untracked" : nil,
            ].compactMap { $0 }
            section.add(
                "work tree", changes.isEmpty ? "clean" : changes.joined(separator: ", "), modified > 0 ? .busy : .plain)
        } else {
            section.add("work tree", "not known", .busy)
        }
        section.add("under way", git.operation.map(SafeText.line), .busy)
        section.add("submodules", SafeText.line(git.submodules.joined(separator: ", ")))
        section.add("folder", SafeText.line(git.workTree))
        section.add("linked to", git.repository.map(SafeText.line))
        return section
    }

    var snapshot: Section {
        var section = Section("Snapshot")
        guard let snapshot = trial.capture?.snapshot else { return section }
        section.add("tree", snapshot.tree)
        section.add("files", "\(Phrases.count(snapshot.files, "file")), \(Phrases.size(snapshot.size))")
        section.add("kept on", SafeText.line(snapshot.host))
        let kept = [
            snapshot.pack.map { $0 == .whole ? "all of it" : "what its commit lacks" },
            snapshot.commits.flatMap { $0.bundle == nil ? nil : Phrases.count($0.count, "commit") },
        ]
        section.add("in the store", kept.compactMap { $0 }.joined(separator: ", "))
        let leftOut = snapshot.leftOut.count + snapshot.moreLeftOut
        for entry in snapshot.leftOut.prefix(isWhole ? snapshot.leftOut.count : 5) {
            section.add("left out", SafeText.line("\(entry.path): \(entry.reason)"), .busy)
        }
        let more = leftOut - min(isWhole ? snapshot.leftOut.count : 5, snapshot.leftOut.count)
        section.add("left out", more > 0 ? "\(more) more (show --json lists them)" : nil, .busy)
        section.add(
            "changed while read",
            snapshot.changedWhileRead.isEmpty ? nil : SafeText.line(snapshot.changedWhileRead.joined(separator: ", ")),
            .busy)
        return section
    }

    var python: Section {
        var section = Section("Python")
        guard let python = trial.capture?.interpreter else { return section }
        section.add("version", python.version.map(SafeText.line))
        section.add("path", SafeText.line(python.path))
        section.add("found by", SafeText.line(python.source))
        return section
    }

    var hardware: Section {
        var section = Section("Hardware")
        guard let hardware = trial.capture?.hardware else { return section }
        section.add("processor", SafeText.line(hardware.processor))
        section.add("cores", hardware.cores.map(String.init))
        section.add("threads", String(hardware.logicalProcessors))
        for accelerator in trial.capture?.accelerators ?? [] {
            let details = [accelerator.memory.map(Phrases.size), accelerator.driver.map { "driver \($0)" }].compactMap {
                $0
            }
            section.add("accelerator", SafeText.line(([accelerator.name] + details).joined(separator: ", ")))
        }
        section.add("memory", Phrases.size(hardware.memory))
        section.add("memory limit", hardware.memoryLimit.map(Phrases.size))
        section.add("cpu limit", hardware.processorLimit.map { "\($0) processors" })
        section.add("swap", hardware.swap > 0 ? Phrases.size(hardware.swap) : nil)
        section.add("kernel", SafeText.line(hardware.kernel))
        section.add("container", hardware.container.map(SafeText.line))
        section.add(
            "file system",
            trial.capture?.fileSystem.map {
                SafeText.line("\($0.kind) at \($0.mountPoint), \(Phrases.size($0.available)) free")
            })
        return section
    }

    func writeEnvironment(to output: Output) throws(CommandFailure) {
        guard let environment = trial.capture?.environment, !environment.categories.isEmpty else { return }
        if isWhole {
            for category in environment.categories {
                guard let text = environment[category] else { continue }
                try write("Environment: \(category.rawValue)", text.shown, to: output)
            }
            return
        }
        var section = Section("Environment")
        for category in environment.categories {
            switch environment[category] {
            case .document(let fields)?: section.add(category.rawValue, Phrases.count(fields.count, "value"))
            case .text(let text)?: section.add(category.rawValue, brief(text))
            case nil: break
            }
        }
        try section.write(to: output)
    }

    func writeCode(to output: Output) throws(CommandFailure) {
        guard let code = trial.capture?.code, !code.files.isEmpty else { return }
        if isWhole {
            for file in code.files { try write("Code: \(SafeText.line(file.path))", file.text, to: output) }
            return
        }
        var section = Section("Code")
        for file in code.files { section.add(file.path, brief(file.text)) }
        try section.write(to: output)
    }

    private func brief(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let count = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
        return count == 1 ? SafeText.line(String(lines[0])) : Phrases.count(count, "line")
    }

    private func write(_ title: String, _ text: String, to output: Output) throws(CommandFailure) {
        try output.line()
        try output.line(title, .heading)
        for line in SafeText.block(text).split(separator: "\n", omittingEmptySubsequences: false) where !line.isEmpty {
            try output.line("  " + line)
        }
    }
}

extension EnvironmentText {
    fileprivate var shown: String {
        switch self {
        case .document(let fields): fields.map { "\($0.name): \($0.value.shown())" }.joined(separator: "\n")
        case .text(let text): text
        }
    }
}
