import SystemCalls
import SystemPackage
import Trials

/// One look through all processes for those that have to do with some projects.
struct WriterScan: Sendable {
    /// When it began, by the monotonic clock in nanoseconds: a process that wrote before that may be gone.
    let began: Int64
    /// The processor time that it took, in nanoseconds: how long it took besides is what others had of the processor.
    let took: Int64
    /// What was found, by project; every project that was looked for is there.
    let found: [FilePath: [WriterCandidate]]
    /// Whether there were more processes, or open files of them, than are looked at: a writer may be among the others.
    let isCut: Bool
    /// Processes that neither worked in a project nor had a file of one open, and when that was seen.
    let strangers: [Int32: Int64]

    /// At most so many processes are looked at, so many descriptors of one, so many of all, and so many of a project are kept.
    private static let mostProcesses = 8192
    private static let mostDescriptors = 256
    private static let mostDescriptorsOfAll = 16_384
    private static let mostOfProject = 64
    /// What is open costs most to look at: a stranger is taken for one so long, in nanoseconds, unless it comes to work in a
    /// project.
    private static let strange: Int64 = 1_000_000_000

    /// Looks for processes of these projects, each by its folder's true path; `before` is who was a stranger to the same ones.
    init(
        for projects: [FilePath: FilePath], strangers before: [Int32: Int64], search: ProcessSearch,
        recording variables: (FilePath) -> EnvironmentAllowList
    ) {
        began = Clock.monotonic
        let beforeScan = Clock.ofThisThread
        var found = projects.reduce(into: [FilePath: [WriterCandidate]]()) { $0[$1.value] = [] }
        let own = try? FileSystem.target(ofLink: "/proc/self/exe")
        var left = Self.mostDescriptorsOfAll
        var strangers: [Int32: Int64] = [:]
        let folders = ProjectFolders(projects.keys)
        let numbers = (try? ProcessInformation.all(in: search.proc)) ?? []
        var isCut = numbers.count > Self.mostProcesses
        // Who writes a marker now began late more often than not.
        for number in numbers.reversed().prefix(Self.mostProcesses) where number != OwnProcess.number {
            let glance = ProcessGlance(number, in: search.proc)
            guard let working = glance.workingDirectory else { continue }
            let place = folders.folder(of: working)
            if place == nil, let seen = before[number], began - seen < Self.strange {
                strangers[number] = seen
                continue
            }
            guard place != nil || glance.executable.map(WriterTrade.mayWrite) == true else {
                strangers[number] = began
                continue
            }
            let files = left > 0 ? glance.openFiles(atMost: min(Self.mostDescriptors, left)) : []
            left -= files.count
            isCut = isCut || left <= 0
            var open: [FilePath: [FilePath]] = [:]
            if let place { open[place] = [] }
            for file in files {
                if let place = folders.folder(of: file) { open[place, default: []].append(file) }
            }
            if open.isEmpty { strangers[number] = began }
            for (place, files) in open {
                let project = projects[place] ?? place
                guard found[project, default: []].count < Self.mostOfProject else {
                    isCut = true
                    continue
                }
                guard let candidate = search.candidate(number, in: place, variables(project), files, unlike: own) else {
                    continue
                }
                found[project, default: []].append(candidate)
            }
        }
        self.found = found
        self.isCut = isCut
        self.strangers = strangers
        took = Clock.ofThisThread - beforeScan
    }
}

/// The folders of projects, the deepest first, as text: every process and every open file is asked about.
private struct ProjectFolders {
    private let folders: [(path: FilePath, text: [CInterop.PlatformChar])]
    private let slash = CInterop.PlatformChar(UInt8(ascii: "/"))

    init(_ paths: some Sequence<FilePath>) {
        folders = paths.map { path in
            (path, path.withPlatformString { text in (0..<path.length).map { text[$0] } })
        }.sorted { $0.text.count > $1.text.count }
    }

    /// The deepest folder that a path lies in.
    func folder(of path: FilePath) -> FilePath? {
        path.withPlatformString { text in
            folders.first { folder in
                var place = 0
                // The zero at the end of the path differs from all of a folder's text.
                while place < folder.text.count, text[place] == folder.text[place] { place += 1 }
                return place == folder.text.count && (text[place] == 0 || text[place] == slash)
            }?.path
        }
    }
}

extension ProcessSearch {
    /// More about a process that has to do with a project; nil when it is no writer of markers: ended, the kernel's, or one of
    /// this program's own.
    fileprivate func candidate(
        _ number: Int32, in project: FilePath, _ variables: EnvironmentAllowList, _ files: [FilePath],
        unlike own: FilePath?
    ) -> WriterCandidate? {
        guard let information = (try? ProcessInformation(number, in: proc)) ?? nil, !information.hasEnded,
            !information.isKernelThread
        else { return nil }
        let executable = information.executable()
        if let own, executable == own { return nil }
        var candidate = WriterCandidate(number: number, owner: information.owner, started: information.started)
        candidate.openFiles = files
        describe(information, in: project, recording: variables, &candidate.process)
        candidate.trade = WriterTrade(executable: executable, command: candidate.process.command ?? [])
        if let script = candidate.process.script, Self.isInstalled(FilePath(script)) { candidate.process.script = nil }
        var program = executable ?? ""
        let isProgram = program.removePrefix(project) && !Self.isInstalled(program)
        candidate.runsProjectFile = candidate.process.script != nil || isProgram
        candidate.ancestors = ancestors(of: information)
        candidate.process = candidate.process.scrubbed()
        return candidate
    }

    /// Whether a file of a project is none of its own code: it came there with an environment.
    private static func isInstalled(_ path: FilePath) -> Bool {
        let folders: Set<String> = [
            ".venv", "venv", "env", ".conda", ".pixi", ".tox", ".nox", "node_modules", "site-packages", ".git",
        ]
        return path.components.contains { folders.contains($0.string) }
    }

    private func ancestors(of information: borrowing ProcessInformation) -> [Int32] {
        var (next, found) = (information.parent, [Int32]())
        while next > 1, found.count < 16, let parent = (try? ProcessInformation(next, in: proc)) ?? nil {
            found.append(next)
            next = parent.parent
        }
        return found
    }
}

extension NamedProcess {
    /// The process without the secrets on its command line and in its environment.
    fileprivate func scrubbed() -> NamedProcess {
        var (scrubber, process) = (Scrubber(), self)
        process.command = command.map { scrubber.scrub(command: $0) }
        process.facts = facts.map { scrubber.scrub($0) }
        process.problem = scrubber.problem.map { "the process that wrote its marker: \($0)" }
        return process
    }
}
