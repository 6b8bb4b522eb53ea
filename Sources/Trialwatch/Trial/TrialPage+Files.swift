internal import Trials

/// What the run read, wrote and left to be kept.
extension TrialPage {
    var inputs: Section { section("Inputs", trial.facts.inputs) }

    var outputs: Section { section("Outputs", trial.facts.outputs) }

    var lockfiles: Section { section("Lockfiles", trial.capture?.lockfiles ?? []) }

    var steps: Section {
        var section = Section("Steps")
        for hash in trial.facts.stepHashes {
            section.add(hash.step, "input \(brief(hash.input)), output \(brief(hash.output))")
        }
        return section
    }

    /// What `--part` and `--log` print.
    var parts: Section {
        var section = Section("Parts")
        for part in trial.parts where part.role != .persist && part.role != .lockfile {
            section.add(part.name, "\(part.role.rawValue), \(brief(part))")
        }
        return section
    }

    func brief(_ part: PartReference) -> String { "\(Phrases.size(part.size)), SHA-256 \(brief(part.digest))" }

    private func section(_ title: String, _ artifacts: [ArtifactFacts]) -> Section {
        var section = Section(title)
        for artifact in artifacts {
            var facts = [
                artifact.name == nil ? nil : SafeText.line(artifact.path), artifact.size.map(Phrases.size),
                moments.local(artifact.modified).brief, artifact.sha256.map { "SHA-256 \(brief($0))" },
            ]
            if let pointer = artifact.pointer {
                let algorithm = SafeText.line(pointer.algorithm)
                facts.append("\(pointer.tool.rawValue) \(algorithm) \(brief(pointer.digest))")
            }
            section.add(artifact.name ?? artifact.path, facts.compactMap { $0 }.joined(separator: ", "))
        }
        return section
    }

    /// Twelve digits tell one content from another; `--json` and `--full` have all of them.
    private func brief(_ digest: String) -> String {
        SafeText.line(isWhole || digest.utf8.count <= 12 ? digest : "\(digest.prefix(12))…")
    }
}
