internal import Bytes
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// The parts of all experiments of a store, each in a file named by its digest.
///
/// An experiment that uses a part has a hard link to it, so that the number of links says whether anybody still does.
struct PartFolder {
    let path: FilePath

    func file(_ digest: String) -> FilePath {
        path.appending(String(digest.prefix(2))).appending(String(digest.dropFirst(2)))
    }

    /// Keeps a part by its digest; keeping it twice is keeping it once.
    func store(_ part: PartReference, from source: PartSource) throws(StoreError) {
        guard Digest<SHA256>(hex: part.digest)?.hex == part.digest else {
            throw refused(part, "its digest is none")
        }
        let place = file(part.digest)
        do throws(SystemCallError) {
            if let status = try FileStatus.ifPresent(place), status.size == part.size { return }
            try FileSystem.makeDirectories(place.removingLastComponent())
            let file = try DurableFile(at: place, permissions: [.ownerRead])
            var digest = DigestContext<SHA256>()
            switch source {
            case .bytes(let bytes):
                digest.update(bytes)
                try file.write(bytes)
            case .file(let path):
                let path = FilePath(platformString: path.map { CInterop.PlatformChar(bitPattern: $0) } + [0])
                let content = try OwnedDescriptor(opening: path, .readOnly, options: .noFollow)
                while true {
                    let piece = try content.read(atMost: 1 << 20)
                    if piece.isEmpty { break }
                    digest.update(piece)
                    try file.write(piece)
                }
            }
            guard digest.finish().hex == part.digest else {
                throw SystemCallError(call: "digest", subject: nil, errno: .badMessage)
            }
            try file.commit()
        } catch {
            if error.errno == .badMessage { throw refused(part, "its bytes do not have that digest") }
            throw StoreError("keeping a part", place, error)
        }
    }

    private func refused(_ part: PartReference, _ reason: String) -> StoreError {
        StoreError(.refused, "keeping a part", part.digest, reason: reason, isTransient: false)
    }
}

extension ExperimentStore {
    private func objectFile(_ digest: String) -> FilePath { folder.objects.appending(digest) }

    /// Makes a part this experiment's own; says no when the store does not hold it.
    func adopt(_ part: PartReference) throws(StoreError) -> Bool {
        let place = objectFile(part.digest)
        do throws(SystemCallError) {
            if try FileStatus.ifPresent(place) != nil { return true }
            try FileSystem.link(PartFolder(path: settings.objects).file(part.digest), to: place)
            try OwnedDescriptor(directory: folder.objects).synchronize()
            return true
        } catch {
            switch error.errno {
            case .fileExists: return true
            case .noSuchFileOrDirectory: return false
            default: throw StoreError("keeping a part", place, error)
            }
        }
    }

    /// The bytes of a part of this experiment; nil when it has none by that digest.
    func object(_ digest: String) throws(StoreError) -> [UInt8]? {
        let place = objectFile(digest)
        do throws(SystemCallError) {
            return try OwnedDescriptor(opening: place, .readOnly).readToEnd(limit: .max - 1)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw StoreError("reading a part", place, error)
        }
    }

    /// Lets go of a part; the store forgets it when no experiment holds it any more.
    func release(_ digest: String) throws(StoreError) {
        let shared = PartFolder(path: settings.objects).file(digest)
        do throws(SystemCallError) {
            if try FileStatus.ifPresent(objectFile(digest)) != nil { try FileSystem.remove(objectFile(digest)) }
            if let status = try FileStatus.ifPresent(shared), status.links == 1 { try FileSystem.remove(shared) }
        } catch {
            throw StoreError("removing a part", shared, error)
        }
    }
}
