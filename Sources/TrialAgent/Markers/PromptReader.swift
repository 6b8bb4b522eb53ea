import SystemCalls
import SystemPackage

/// A sighting, and what the marker held at that moment.
struct Sighted: Sendable {
    var sighting: Sighting
    /// Nil where there is nothing to read yet, or the reading failed and is to be tried again.
    var reading: MarkerReader.Reading?
}

/// Reads markers as soon as they are sighted, while those before them are still being claimed: a version that stands for a
/// moment only must not wait for a disk.
actor PromptReader {
    private let executor = BlockingExecutor("trialwatch.reading")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let owners: [FilePath: Set<UInt32>]

    init(_ projects: [WatchedProject]) {
        owners = Dictionary(projects.map { ($0.root, $0.owners) }) { first, _ in first }
    }

    /// Reads what is complete by the way it came; the rest is looked at later.
    func read(_ sightings: [Sighting]) -> [Sighted] {
        sightings.map { sighting in
            switch sighting.kind {
            case .closedAfterWrite, .renamedIn: Sighted(sighting: sighting, reading: reading(of: sighting))
            case .created, .found, .listed, .deleted, .scanCompleted: Sighted(sighting: sighting)
            }
        }
    }

    private func reading(of sighting: Sighting) -> MarkerReader.Reading? {
        guard let owners = owners[sighting.project] else { return nil }
        let place = MarkerPlace(project: sighting.project, path: sighting.path)
        // What fails here is tried again, and told, when the desk looks.
        guard let root = try? OwnedDescriptor(directory: sighting.project) else { return nil }
        return try? MarkerReader(owners: owners).read(place, below: root, askingForWriters: false)
    }
}
