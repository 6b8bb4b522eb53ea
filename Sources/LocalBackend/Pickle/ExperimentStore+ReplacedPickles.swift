internal import SystemCalls
internal import SystemPackage
internal import Trials

/// Pickles that somebody wrote to when they had lost their place.
extension ExperimentStore {
    /// Such a pickle, once whoever wrote to it has closed it; nil when there is none so far. The file is the caller's, who
    /// removes it when he has taken over what is in it; one that is still there is found again by
    /// ``takeOverReplacedPickles()``.
    ///
    /// To be asked again as long as ``replacedPickles`` is not empty.
    func takeReplacedPickle() throws(StoreError) -> FilePath? {
        for replaced in replacedPickles {
            do throws(SystemCallError) {
                switch try replaced.look() {
                case .open: continue
                case .nothing:
                    replacedPickles.removeAll { $0 === replaced }
                    replaced.removeName()
                case .written:
                    let path = try replaced.named(newReplacedPath())
                    replacedPickles.removeAll { $0 === replaced }
                    return path
                }
            } catch {
                throw StoreError("reading a pickle that was replaced", replaced.path ?? folder.pickle, error)
            }
        }
        return nil
    }

    /// Looks after replaced pickles of processes that ended before they could.
    func takeOverReplacedPickles() throws(StoreError) {
        do throws(SystemCallError) {
            for entry in try FileSystem.entries(of: folder.own) where entry.name.string.hasPrefix(Self.replacedPrefix) {
                let path = folder.own.appending(entry.name)
                if try FileStatus.ifPresent(path)?.inode == FileStatus.ifPresent(folder.pickle)?.inode {
                    // Whoever gave it the second name was killed before he replaced it.
                    try FileSystem.remove(path)
                    continue
                }
                guard !replacedPickles.contains(where: { $0.path == path }),
                    let found = try ReplacedPickle(found: path)
                else { continue }
                replacedPickles.append(found)
            }
        } catch {
            throw StoreError("looking for pickles that were replaced", folder.own, error)
        }
    }

    private static let replacedPrefix = "replaced-"

    func newReplacedPath() -> FilePath {
        folder.own.appending("\(Self.replacedPrefix)\(String(UInt64.random(in: .min ... .max), radix: 36)).pkl")
    }
}
