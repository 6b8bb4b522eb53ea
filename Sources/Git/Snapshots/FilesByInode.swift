/// The files of a work tree whose content is known, in the order of their inodes, without a second copy of what is known.
struct FilesByInode {
    private struct Place {
        let inode: UInt64
        let folder: UInt32
        let entry: UInt32
    }

    private var folders: [WorkFolder] = []
    private var places: [Place] = []

    /// All below a folder, of which there are so many.
    init(below folder: WorkFolder, count: Int) {
        places.reserveCapacity(count)
        add(folder)
        places.sort { $0.inode < $1.inode }
    }

    var count: Int { places.count }

    private mutating func add(_ folder: WorkFolder) {
        let number = UInt32(folders.count)
        folders.append(folder)
        for (place, entry) in folder.entries.enumerated() {
            if let inner = entry.folder {
                add(inner)
            } else if entry.content != nil {
                places.append(Place(inode: entry.stamp.inode, folder: number, entry: UInt32(place)))
            }
        }
    }

    /// Calls `body` with what stat said of each file, as far as it is to be trusted later, and what is known of its content.
    func forEach<Failure: Error>(
        _ body: (FileStamp, KnownContent) throws(Failure) -> Void
    ) throws(Failure) {
        for place in places {
            let entry = folders[Int(place.folder)].entries[Int(place.entry)]
            guard let content = entry.content else { continue }
            var stamp = entry.stamp
            if entry.isUnsettled { stamp.changed = 0 }
            try body(stamp, content)
        }
    }
}
