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

    private var owners: [FilePath: Set<UInt32>]
    private let decoder: MarkerDecoder
    private let host: String?
    private let processes: ProcessSearch
    private let holds: ProcessHolds

    init(
        _ projects: [WatchedProject], decoder: MarkerDecoder, host: String?, processes: ProcessSearch,
        holds: ProcessHolds
    ) {
        owners = Self.owners(projects)
        self.decoder = decoder
        self.host = host
        self.processes = processes
        self.holds = holds
    }

    /// Reads the markers of these projects from now on.
    func replace(_ projects: [WatchedProject]) { owners = Self.owners(projects) }

    private static func owners(_ projects: [WatchedProject]) -> [FilePath: Set<UInt32>] {
        Dictionary(projects.map { ($0.root, $0.owners) }) { first, _ in first }
    }

    /// Reads what is complete by the way it came; the rest is looked at later.
    func read(_ sightings: [Sighting]) -> [Sighted] {
        sightings.map { sighting in
            switch sighting.kind {
            case .closedAfterWrite, .renamedIn: Sighted(sighting: sighting, reading: reading(of: sighting))
            case .created, .found, .listed, .deleted, .folderGone, .scanCompleted: Sighted(sighting: sighting)
            }
        }
    }

    private func reading(of sighting: Sighting) -> MarkerReader.Reading? {
        guard let owners = owners[sighting.project] else { return nil }
        let place = MarkerPlace(project: sighting.project, path: sighting.path)
        // What fails here is tried again, and told, when the desk looks.
        let reading = try? MarkerReader(owners: owners).read(place, askingForWriters: false)
        guard case .content(var content)? = reading else { return reading }
        content.process = process(of: content)
        return .content(content)
    }

    /// The process that a marker names, found and held while it lives.
    private func process(of content: MarkerContent) -> NamedProcess? {
        // Most markers name none, and need not be understood here.
        guard content.bytes.contains(Array("pid".utf8)),
            let marker = try? decoder.decode(content.bytes, named: content.place.name),
            let pid = marker.process(on: host)
        else { return nil }
        let named = processes.named(pid, for: content)
        if let process = named.process { holds.hold(process, by: processes) }
        return named
    }
}
