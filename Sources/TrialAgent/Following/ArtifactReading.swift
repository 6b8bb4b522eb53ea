import Bytes
import SystemCalls
import SystemPackage
import Trials

/// Reading what a marker names: inputs and outputs, files that steps keep, the log.
extension ContentHashes {
    /// The most files that are recorded of one list, the most patterns in it.
    static let mostArtifacts = 1000
    static let mostPatterns = 64
    /// The largest file that `keep: true` keeps, and the most bytes of all.
    static let largestKept = 16 << 20
    static let mostKept = 64 << 20
    /// The largest file of a step that is kept, and the largest that is referred to.
    static let largestInline = 1 << 20
    static let largestReferred = 256 << 20
    /// How much of a log's end is kept.
    static let logTail = 256 << 10

    /// Reads all that is wished for, one file after the other; between two files others may have theirs read.
    ///
    /// What cannot be read is a problem. Cancelled, it gives up.
    func findings(
        of wishes: ArtifactWishes, in scope: NamedFiles.Scope
    ) async throws(CancellationError) -> ArtifactFindings {
        var findings = ArtifactFindings()
        let files: NamedFiles
        do throws(UnreadFile) { files = try NamedFiles(scope) } catch {
            findings.problems.append("\(scope.project.shown): the files that the marker names were not read: \(error)")
            return findings
        }
        try await read(wishes.inputs, "inputs", through: files, \.inputs, &findings)
        try await read(wishes.outputs, "outputs", through: files, \.outputs, &findings)
        for persist in wishes.persists {
            try await pause()
            read(persist, through: files, &findings)
        }
        for step in wishes.steps {
            try await pause()
            read(step, through: files, &findings)
        }
        if let log = wishes.log { read(log: log, through: files, &findings) }
        try await pause()
        return findings
    }

    /// Lets others go first; throws when the task is cancelled.
    private func pause() async throws(CancellationError) {
        await Task.yield()
        if Task.isCancelled { throw CancellationError() }
    }

    private func read(
        _ artifacts: [Marker.Artifact], _ list: String, through files: borrowing NamedFiles,
        _ place: WritableKeyPath<ArtifactFindings, [ArtifactFacts]>, _ findings: inout ArtifactFindings
    ) async throws(CancellationError) {
        var seen: Set<NamedFile> = []
        for (count, artifact) in artifacts.enumerated() {
            guard count < Self.mostPatterns || !artifact.path.contains(where: { "*?[".contains($0) }) else {
                findings.problems.append(
                    "\(list): \(artifact.path) left out: patterns are looked for among the first \(Self.mostPatterns) entries"
                )
                continue
            }
            try await pause()
            let matches: NamedMatches
            do throws(UnreadFile) { matches = try files.matches(artifact.path) } catch {
                findings.problems.append("\(list): \(artifact.path) left out: \(error)")
                continue
            }
            findings.problems += matches.problems.map { "\(list): \($0)" }
            for file in matches.files where seen.insert(file).inserted {
                guard seen.count <= Self.mostArtifacts else {
                    findings.problems.append(
                        "\(list): \(file.shown) and what follows left out: at most \(Self.mostArtifacts) files are recorded"
                    )
                    return
                }
                try await pause()
                let reading = ArtifactReading(list: list, file: file, wish: artifact)
                if let facts = reading.facts(through: files, hashing: self, &findings) {
                    findings[keyPath: place].append(facts)
                }
            }
        }
    }

    private func read(
        _ persist: ArtifactWishes.Persist, through files: borrowing NamedFiles, _ findings: inout ArtifactFindings
    ) {
        do throws(UnreadFile) {
            let file = try files.file(persist.path)
            let opened = try files.open(file, limit: Self.largestReferred)
            if opened.status.size <= Self.largestInline {
                let content = try files.read(file, limit: Self.largestInline)
                findings.keep(content.bytes, .persist, persist.step)
            } else {
                findings.persisted[persist.step] = .mapping([
                    "path": .text(file.recorded), "size": .integer(Int(opened.status.size)),
                    "sha256": .text(try hash(of: opened)),
                ])
            }
        } catch {
            findings.problems.append("persist.\(persist.step): \(persist.path) left out: \(error)")
        }
    }

    private func read(_ step: Marker.Step, through files: borrowing NamedFiles, _ findings: inout ArtifactFindings) {
        do throws(UnreadFile) {
            findings.stepHashes.append(
                try StepTokens.hash(of: step) { path throws(UnreadFile) in
                    do throws(UnreadFile) {
                        return try hash(of: files.open(path, limit: Self.largestReferred))
                    } catch {
                        throw .refused("\(path): \(error)")
                    }
                })
        } catch {
            findings.problems.append("step \(step.name) has no hash: \(error)")
        }
    }

    private func read(log: String, through files: borrowing NamedFiles, _ findings: inout ArtifactFindings) {
        do throws(UnreadFile) {
            let file = try files.file(log)
            let tail = try files.tail(file, bytes: Self.logTail)
            let isCut = tail.status.size > Int64(tail.bytes.count)
            var scrubber = Scrubber()
            findings.keep(scrubber.scrub(isCut ? tail.bytes.fromWholeLine : tail.bytes), .log, file.recorded)
            findings.problems += scrubber.problem.map { ["log: \($0)"] } ?? []
        } catch {
            findings.problems.append("log: \(log) left out: \(error)")
        }
    }
}

/// Finding out about one file of a list.
private struct ArtifactReading {
    let list: String
    let file: NamedFile
    let wish: Marker.Artifact

    /// What is known of the file, by its content or by its pointer; nil, with a problem, when nothing is.
    func facts(
        through files: borrowing NamedFiles, hashing hashes: isolated ContentHashes, _ findings: inout ArtifactFindings
    ) -> ArtifactFacts? {
        do throws(UnreadFile) {
            if file.path.extension == "dvc", let pointed = pointed(by: file, through: files) {
                return told(pointed, &findings)
            }
            let opened = try files.open(file)
            if opened.status.size <= DataPointers.limit,
                let pointed = DataPointers.annex(file: try files.read(file, limit: DataPointers.limit).bytes)
            {
                return told(facts(of: pointed, opened.status), &findings)
            }
            return facts(of: opened, through: files, hashing: hashes, &findings)
        } catch {
            // A folder, a link or nothing at all may stand for content that is kept elsewhere.
            if let pointed = pointedFromBeside(through: files) { return told(pointed, &findings) }
            findings.problems.append("\(list): \(file.shown) left out: \(sentence(error))")
            return nil
        }
    }

    private func facts(
        of opened: borrowing OpenedFile, through files: borrowing NamedFiles, hashing hashes: isolated ContentHashes,
        _ findings: inout ArtifactFindings
    ) -> ArtifactFacts {
        var facts = ArtifactFacts(
            path: file.recorded, name: wish.name, size: Int(opened.status.size),
            modified: Timestamp(atNanoseconds: Int(opened.status.modified)))
        if wish.keep, let kept = keep(through: files, &findings) {
            facts.size = Int(kept.status.size)
            facts.modified = Timestamp(atNanoseconds: Int(kept.status.modified))
            facts.sha256 = findings.parts.last?.reference.digest
        } else {
            do throws(UnreadFile) { facts.sha256 = try hashes.hash(of: opened) } catch {
                findings.problems.append("\(list): \(file.shown) has no hash: \(error)")
            }
        }
        if let pointed = dvc(through: files)?.content {
            if let size = pointed.size, size != facts.size {
                findings.problems.append(
                    "\(list): \(file.shown) has \(facts.size ?? 0) bytes, and its .dvc file says \(size): it was changed since"
                )
            } else {
                facts.pointer = pointed.pointer
            }
        }
        return facts
    }

    private func keep(through files: borrowing NamedFiles, _ findings: inout ArtifactFindings) -> FileContent? {
        do throws(UnreadFile) {
            let content = try files.read(file, limit: ContentHashes.largestKept)
            let kept = findings.parts.lazy.filter { $0.reference.role == .artifact }.map(\.bytes.count).reduce(0, +)
            guard kept + content.bytes.count <= ContentHashes.mostKept else {
                throw .refused("with it more than \(ContentHashes.mostKept >> 20) MiB would be kept in all")
            }
            findings.keep(content.bytes, .artifact, file.recorded)
            return content
        } catch {
            findings.problems.append("\(list): \(file.shown) is not kept: \(error)")
            return nil
        }
    }

    /// What a `.dvc` file or a link of git-annex says of the file.
    private func pointedFromBeside(through files: borrowing NamedFiles) -> ArtifactFacts? {
        if let (status, target) = try? files.look(at: file), let target,
            let pointed = DataPointers.annex(link: target)
        {
            return facts(of: pointed, status)
        }
        return dvc(through: files).map { facts(of: $0.content, $0.status) }
    }

    private func pointed(by pointer: NamedFile, through files: borrowing NamedFiles) -> ArtifactFacts? {
        guard let read = try? files.read(pointer, limit: DataPointers.limit),
            let content = DataPointers.dvc(read.bytes, name: pointer.path.stem ?? "")
        else { return nil }
        return facts(of: content, read.status)
    }

    private func dvc(through files: borrowing NamedFiles) -> (content: PointedContent, status: FileStatus)? {
        guard let pointer = files.file(beside: file, adding: ".dvc"),
            let read = try? files.read(pointer, limit: DataPointers.limit),
            let content = DataPointers.dvc(read.bytes, name: file.path.lastComponent?.string ?? "")
        else { return nil }
        return (content, read.status)
    }

    private func facts(of pointed: PointedContent, _ status: FileStatus) -> ArtifactFacts {
        ArtifactFacts(
            path: file.recorded, name: wish.name, size: pointed.size,
            modified: Timestamp(atNanoseconds: Int(status.modified)), pointer: pointed.pointer)
    }

    private func told(_ pointed: ArtifactFacts, _ findings: inout ArtifactFindings) -> ArtifactFacts {
        if wish.keep {
            findings.problems.append("\(list): \(file.shown) is not kept: only a pointer to its content is there")
        }
        return pointed
    }

    private func sentence(_ error: UnreadFile) -> String {
        error == .refused("it is a folder") ? "it is a folder (\(file.shown)/** means each of its files)" : "\(error)"
    }
}

extension ArtifactFindings {
    fileprivate mutating func keep(_ bytes: [UInt8], _ role: PartReference.Role, _ name: String) {
        let digest = SHA256.digest(of: bytes).hex
        parts.removeAll { $0.reference.role == role && $0.reference.name == name }
        parts.append(
            Part(reference: PartReference(digest: digest, size: bytes.count, role: role, name: name), bytes: bytes))
    }
}

extension [UInt8] {
    /// Without the line that it begins in the middle of; a line that is very long is only cut to whole characters.
    fileprivate var fromWholeLine: [UInt8] {
        if let end = prefix(1 << 16).firstIndex(of: 0x0A) { return Array(self[(end + 1)...]) }
        return Array(drop { $0 & 0xC0 == 0x80 })
    }
}
