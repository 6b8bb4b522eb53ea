internal import SystemCalls
internal import SystemPackage

/// A folder that a walk has come to.
struct FolderPlace: @unchecked Sendable {
    // Unchecked: of the folder around another thread reads only what is never changed.
    /// From the root of the walk, without a slash at its end.
    let path: [UInt8]
    /// The folder around.
    let outer: WorkFolder
    /// Where its name is among those of the folder around.
    let name: Range<Int>
    /// The rules that speak of what is in the folder around.
    let rules: IgnoreStack?
    /// Whether it is ignored, and only there because something below it is tracked.
    let isExcluded: Bool
    /// How many folders are around it, the root aside.
    let depth: Int
}

/// The part of one thread in a walk of two: either gives a folder away when the other has nothing to do.
struct WalkShare: ~Copyable {
    /// What came of a folder that was given away.
    struct Taken {
        let place: FolderPlace
        let folder: WorkFolder?
    }

    /// What the other thread leaves when it ends.
    final class Findings: @unchecked Sendable {
        // Unchecked: it is written by the one thread before it ends, and read by the other after that.
        var notes: SnapshotNotes?
        var count = 0
        var taken: [Taken] = []
    }

    let exchange: WorkExchange<FolderPlace>
    let findings = Findings()
    var taken: [Taken] = []
    /// Folders that were walked alone so far; nil for the thread that is started by the other.
    private var alone: Int?
    private var thread: DedicatedThread?

    /// In a smaller tree a thread would be more than it saves.
    private static let foldersAlone = 16
    /// A longer path is not opened from the root.
    static let longestPath = 2000

    /// Of the first thread.
    init() {
        exchange = WorkExchange()
        alone = 0
    }

    /// Of the thread that is started.
    init(_ exchange: WorkExchange<FolderPlace>) { self.exchange = exchange }

    /// Counts a folder, and says whether it is time to start the other thread.
    mutating func isTime() -> Bool {
        guard let count = alone else { return false }
        alone = count < Self.foldersAlone ? count + 1 : nil
        return alone == nil
    }

    /// Starts the other thread; without it the first does all.
    mutating func start(_ body: @escaping @Sendable (WorkExchange<FolderPlace>, Findings) -> Void) {
        exchange.join()
        let (exchange, findings) = (exchange, findings)
        do throws(SystemCallError) {
            thread = try DedicatedThread("walk") { body(exchange, findings) }
        } catch {
            exchange.leave()
        }
    }

    /// Waits for the other thread; false when there was none.
    mutating func join() -> Bool {
        guard let thread = thread.take() else { return false }
        // It has nothing to do any more when nobody has.
        _ = consume thread
        return true
    }
}

extension WorkTreeWalk {
    /// The next folder to walk over, of those that were come to since there were so many; the other thread, when it waits, is
    /// given the outermost one before, which is likely to have the most below it.
    mutating func nextPending(of before: Int) -> FolderPlace? {
        if share != nil { giveAway() }
        return pending.count > max(before, given) ? pending.popLast() : nil
    }

    private mutating func giveAway() {
        if share?.isTime() == true {
            let (root, isRepository, global, settings, progress) = (root, isRepository, global, settings, progress)
            share?.start { exchange, findings in
                var walk = WorkTreeWalk(root, isRepository: isRepository, global, settings, progress: progress)
                walk.share = WalkShare(exchange)
                walk.takeOver()
                findings.notes = walk.notes
                findings.count = walk.count
                findings.taken = walk.share?.taken ?? []
            }
        }
        guard let exchange = share?.exchange, exchange.isAwaited, given < pending.count,
            pending[given].path.count <= WalkShare.longestPath
        else { return }
        exchange.give(pending[given])
        given += 1
    }

    /// Walks over folders that the other thread gives away, until neither has any.
    private mutating func takeOver() {
        while let place = share?.exchange.next() {
            let folder = folder(place)
            share?.taken.append(WalkShare.Taken(place: place, folder: folder))
        }
    }

    /// Walks until both threads are done, and puts together what they found; false when there was but one.
    mutating func finishTogether() -> Bool {
        takeOver()
        guard share?.join() == true, var share = share.take() else {
            share = nil
            return false
        }
        if let notes = share.findings.notes { self.notes.add(notes) }
        count += share.findings.count
        share.taken += share.findings.taken
        for taken in share.taken { taken.place.outer.settle(taken.place.name, taken.folder) }
        return true
    }
}
