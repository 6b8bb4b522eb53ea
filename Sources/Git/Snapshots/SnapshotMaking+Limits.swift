extension SnapshotMaking {
    /// A file or link that may be left out.
    private struct Candidate {
        let place: Int
        let size: Int64
        let isTracked: Bool

        /// Whether it is to go before another one: the code is what is to stay.
        func goes(before other: Candidate) -> Bool {
            if isTracked != other.isTracked { return other.isTracked }
            if size != other.size { return size > other.size }
            return place > other.place
        }
    }

    /// Leaves out files of a tree that is too large or has too many: those that are not tracked first, of them the largest, and no
    /// more than have to go.
    mutating func limit(_ folder: WorkFolder) {
        var (count, size) = (0, Int64(0))
        folder.forEachFile { _, entry in
            count += 1
            if entry.isFile { size += entry.stamp.size }
            return true
        }
        guard count > settings.mostFiles || size > settings.largestTree else { return }
        var candidates: [Candidate] = []
        candidates.reserveCapacity(count)
        let progress = progress
        folder.forEachFile { folder, entry in
            progress()
            candidates.append(
                Candidate(
                    place: candidates.count, size: entry.isFile ? entry.stamp.size : 0,
                    isTracked: folder.tracks(entry)))
            return true
        }
        candidates.sort { $0.goes(before: $1) }
        let tooLarge = "the tree has more than the \(settings.largestTree) bytes that are kept (snapshot: max_total)"
        let tooMany = "there are more than \(settings.mostFiles) files"
        var reasons: [String?] = Array(repeating: nil, count: count)
        for candidate in candidates {
            if size > settings.largestTree, candidate.size > 0 {
                reasons[candidate.place] = tooLarge
            } else if count > settings.mostFiles {
                reasons[candidate.place] = tooMany
            } else {
                continue
            }
            (count, size) = (count - 1, size - candidate.size)
        }
        var place = 0
        var notes = notes
        folder.forEachFile { folder, entry in
            progress()
            defer { place += 1 }
            guard let reason = reasons[place] else { return true }
            notes.leaveOut(folder.path(of: entry), reason, entry.stamp, by: folder)
            return false
        }
        self.notes = notes
    }
}
