import SystemCalls
import SystemPackage

/// A sighting, and what the marker held at that moment.
struct Sighted: Sendable {
    var sighting: Sighting
    /// Nil where there is nothing to read yet, or the reading failed and is to be tried again.
    var reading: MarkerReader.Reading?
}

/// Reads markers as soon as they are sighted, while those before them are still being claimed: a version that stands for a
/// moment only must not wait for a disk, nor must a process that lives for a moment only.
actor PromptReader {
    private let executor = BlockingExecutor("trialwatch.reading")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var projects: [FilePath: WatchedProject]
    private let decoder: MarkerDecoder
    private let host: String?
    private let processes: ProcessSearch
    private let holds: ProcessHolds
    private let writers: WriterSearch

    init(
        _ projects: [WatchedProject], decoder: MarkerDecoder, host: String?, processes: ProcessSearch,
        holds: ProcessHolds, writers: WriterSearch
    ) {
        self.projects = Self.byRoot(projects)
        self.decoder = decoder
        self.host = host
        self.processes = processes
        self.holds = holds
        self.writers = writers
    }

    /// Reads the markers of these projects from now on.
    func replace(_ projects: [WatchedProject]) { self.projects = Self.byRoot(projects) }

    private static func byRoot(_ projects: [WatchedProject]) -> [FilePath: WatchedProject] {
        Dictionary(projects.map { ($0.root, $0) }) { first, _ in first }
    }

    /// Reads what is complete by the way it came, and hands it over with the rest, which is looked at later.
    ///
    /// `handOver` is called on the reader's thread: the one that waits to claim is woken by nobody in between.
    func read(_ sightings: [Sighting], _ handOver: @Sendable ([Sighted]) -> Void) {
        var sighted = sightings.map { sighting in
            switch sighting.kind {
            case .closedAfterWrite, .renamedIn: Sighted(sighting: sighting, reading: reading(of: sighting))
            case .created, .found, .listed, .deleted, .folderGone, .scanCompleted: Sighted(sighting: sighting)
            }
        }
        // Content first: another version may take its place any moment, and processes mostly live longer.
        let read = Clock.monotonic
        var unnamed: Set<FilePath> = []
        for place in sighted.indices {
            guard case .content(var content)? = sighted[place].reading,
                let project = projects[sighted[place].sighting.project]
            else { continue }
            content.read = read
            // Most markers name none, and need not be understood here.
            let marker =
                content.bytes[...].firstRange(of: Array("pid".utf8)) != nil
                ? try? decoder.decode(content.bytes, named: content.place.name) : nil
            if let pid = marker?.process(on: host) {
                content.process = process(pid, of: content, in: project)
            } else {
                unnamed.insert(project.root)
            }
            sighted[place].reading = .content(content)
        }
        handOver(sighted)
        if !unnamed.isEmpty { writers.look(into: unnamed, for: read) }
    }

    private func reading(of sighting: Sighting) -> MarkerReader.Reading? {
        guard let project = projects[sighting.project] else { return nil }
        let place = MarkerPlace(project: sighting.project, path: sighting.path)
        // What fails here is tried again, and told, when the desk looks.
        return try? MarkerReader(owners: project.owners).read(place, askingForWriters: false)
    }

    /// The process that a marker names, found and held while it lives.
    private func process(_ pid: Int, of content: MarkerContent, in project: WatchedProject) -> NamedProcess {
        let named = processes.named(pid, for: content, recording: project.variables)
        if let process = named.process { holds.hold(process, by: processes) }
        return named
    }
}
