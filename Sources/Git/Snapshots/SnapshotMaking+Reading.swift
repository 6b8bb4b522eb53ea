internal import Bytes
internal import SystemCalls
internal import SystemPackage

extension SnapshotMaking {
    /// Larger files are read twice rather than kept in memory.
    private static let largestInMemory: Int64 = 16 << 20
    /// Larger texts are not looked through for secrets.
    private static let largestText = 32 << 20
    private static let tries = 3

    /// Reads and stores a file or link; false when it cannot be had, which is noted.
    mutating func read(_ entry: inout WorkEntry, in folder: WorkFolder) throws(SnapshotError) -> Bool {
        let path = folder.path(of: entry)
        let file = FilePath(bytes: path)
        do throws(SystemCallError) {
            if entry.kind == .link {
                let target = try linkTarget(file)
                let id = ObjectKind.blob.identifier(of: target)
                let isCommitted = isCommitted(id, entry, folder)
                if !isCommitted, settings.scrub([], target) != nil {
                    notes.leaveOut(path, "what it leads to has what looks like a secret", entry.stamp, by: folder)
                    return false
                }
                try stored { making throws(SnapshotError) in try making.add(.blob, target, as: id) }
                entry.content = KnownContent(id: id, findings: isCommitted ? .isStored : [.isStored, .isClean])
                settle(&entry, FileStamp(try root.status(of: file)))
                return true
            }
            return try content(of: file, &entry, path, folder)
        } catch {
            if let failure = failure.take() { throw failure }
            switch error.errno {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return false
            case .permissionDenied: notes.leaveOut(path, "reading it is not permitted", entry.stamp, by: folder)
            case .fileNameTooLong:
                notes.leaveOut(
                    path, "its path has \(path.count) bytes, more than a call takes", entry.stamp, by: folder)
            default: notes.leaveOut(path, "\(error)", entry.stamp, by: folder)
            }
            notes.unreadable += 1
            return false
        }
    }

    private mutating func stored(
        _ body: (inout SnapshotMaking) throws(SnapshotError) -> Void
    ) throws(SystemCallError) {
        do throws(SnapshotError) {
            try body(&self)
        } catch {
            failure = error
            throw SystemCallError(call: "write", subject: nil, errno: .ioError)
        }
    }

    private func linkTarget(_ path: FilePath) throws(SystemCallError) -> [UInt8] {
        let folder = path.removingLastComponent()
        let descriptor = folder.isEmpty ? try root.duplicate() : try root.openBeneath(folder, options: .directory)
        return try descriptor.target(ofLink: (path.lastComponent?.bytes ?? []) + [0], at: 0)
    }

    private mutating func content(
        of file: FilePath, _ entry: inout WorkEntry, _ path: [UInt8], _ folder: WorkFolder
    ) throws(SystemCallError) -> Bool {
        for attempt in 1...Self.tries {
            let descriptor = try root.openBeneath(file)
            let before = try descriptor.status()
            guard before.kind == .regular, settings.owners.contains(before.owner) else {
                throw SystemCallError(call: "openat2", subject: nil, errno: .permissionDenied)
            }
            guard before.size <= settings.largestFile else {
                notes.leaveOut(path, "it grew to \(before.size) bytes while it was looked at", entry.stamp, by: folder)
                return false
            }
            if before.size > Self.largestInMemory {
                if try large(descriptor, before, &entry, path, folder) { return true }
                continue
            }
            let bytes = try descriptor.read(Int(before.size), at: 0)
            let after = try descriptor.status()
            let isSteady = FileStamp(before) == FileStamp(after) && bytes.count == Int(after.size)
            guard isSteady || attempt == Self.tries else { continue }
            if !isSteady { notes.changedWhileRead.append(file) }
            try keep(bytes, &entry, path, folder)
            settle(&entry, FileStamp(after))
            if !isSteady { entry.isUnsettled = true }
            return true
        }
        notes.leaveOut(path, "it kept changing while it was read", entry.stamp, by: folder)
        return false
    }

    /// Stores the bytes of a file, without their secrets where they are not committed.
    private mutating func keep(
        _ bytes: [UInt8], _ entry: inout WorkEntry, _ path: [UInt8], _ folder: WorkFolder
    ) throws(SystemCallError) {
        let id = ObjectKind.blob.identifier(of: bytes)
        var findings: KnownContent.Findings = []
        var kept = bytes
        let isCommitted = isCommitted(id, entry, folder)
        if !isCommitted {
            if let clean = settings.scrubbed(bytes, path) {
                kept = clean
                findings = .hasSecret
                notes.leaveOut(path, "what looks like a secret in it was scrubbed", isScrubbed: true)
            } else {
                findings = .isClean
            }
        }
        if findings != .hasSecret { findings.insert(.isStored) }
        let stored = findings == .hasSecret ? ObjectKind.blob.identifier(of: kept) : id
        entry.content = KnownContent(id: stored, findings: findings)
        // The user's repository has what is committed, where it is only compared.
        if isCommitted, store == nil { return }
        try self.stored { making throws(SnapshotError) in try making.add(.blob, kept, as: stored) }
    }

    private func isCommitted(_ id: ObjectID, _ entry: WorkEntry, _ folder: WorkFolder) -> Bool {
        guard let tracked = folder.tracked else { return false }
        return folder.trackedPath(of: entry).withZero { tracked.head($0) == id }
    }

    /// Stores a large file piece by piece; false when it changed meanwhile.
    private mutating func large(
        _ descriptor: borrowing OwnedDescriptor, _ status: FileStatus, _ entry: inout WorkEntry, _ path: [UInt8],
        _ folder: WorkFolder
    ) throws(SystemCallError) -> Bool {
        var context = DigestContext<SHA1>()
        context.update(ObjectKind.blob.header(size: Int(status.size)))
        var isText = true
        try pieces(descriptor, status) { piece, offset in
            if offset == 0 { isText = piece.isText || UTF16Text.isMarked(piece) }
            context.update(piece)
        }
        let id = ObjectID(context.finish())
        let isCommitted = isCommitted(id, entry, folder)
        if isText, !isCommitted, status.size <= Self.largestText {
            try keep(descriptor.read(Int(status.size), at: 0), &entry, path, folder)
        } else if isText, !isCommitted {
            notes.leaveOut(path, "it is a text too long to be looked through for secrets", entry.stamp, by: folder)
            throw SystemCallError(call: "read", subject: nil, errno: .noSuchFileOrDirectory)
        } else {
            guard try large(descriptor, status, as: id) else { return false }
            entry.content = KnownContent(id: id, findings: isCommitted ? .isStored : [.isStored, .isClean])
        }
        let after = try descriptor.status()
        guard FileStamp(after) == FileStamp(status) else { return false }
        settle(&entry, FileStamp(after))
        return true
    }

    /// Stores the pieces of a file under the id that they had before; false when they have it no more.
    private mutating func large(
        _ descriptor: borrowing OwnedDescriptor, _ status: FileStatus, as id: ObjectID
    ) throws(SystemCallError) -> Bool {
        guard let store else { return true }
        let progress = progress
        var second = DigestContext<SHA1>()
        second.update(ObjectKind.blob.header(size: Int(status.size)))
        var isWhole = false
        // Of the file, where `failure` is one of the store.
        var reading: SystemCallError?
        try stored { _ throws(SnapshotError) in
            isWhole = try store.addBlob(id, size: Int(status.size)) { (pack) throws(SnapshotError) in
                var done: Int64 = 0
                while done < status.size {
                    progress()
                    let piece: [UInt8]
                    do throws(SystemCallError) {
                        piece = try descriptor.read(Int(min(1 << 20, status.size - done)), at: done)
                    } catch {
                        reading = error
                        return false
                    }
                    if piece.isEmpty { return false }
                    done += Int64(piece.count)
                    second.update(piece)
                    try pack.append(piece.span.bytes, isLast: done == status.size)
                }
                // What another process writes meanwhile must not get into the store under this id.
                return ObjectID(second.copy().finish()) == id
            }
        }
        if let reading { throw reading }
        return isWhole
    }

    private func pieces(
        _ descriptor: borrowing OwnedDescriptor, _ status: FileStatus, _ body: ([UInt8], Int64) -> Void
    ) throws(SystemCallError) {
        var offset: Int64 = 0
        while offset < status.size {
            let piece = try descriptor.read(Int(min(1 << 20, status.size - offset)), at: offset)
            if piece.isEmpty { return }
            progress()
            body(piece, offset)
            offset += Int64(piece.count)
        }
    }

    private func settle(_ entry: inout WorkEntry, _ stamp: FileStamp) {
        entry.stamp = stamp
        entry.isUnsettled = stamp.changed > began
        entry.isRemembered = false
    }
}

extension [UInt8] {
    /// As git tells: without a zero in the first 8,000 bytes.
    var isText: Bool { !prefix(8000).contains(0) }
}

extension FilePath.Component {
    fileprivate var bytes: [UInt8] { withPlatformString { Git.bytes($0) } }
}
