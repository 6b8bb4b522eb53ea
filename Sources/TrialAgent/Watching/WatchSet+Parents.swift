import Logging
import SystemCalls
import SystemPackage

/// Folders in which a new folder may become a project: they are watched, but not looked through.
extension WatchSet {
    /// Watches these folders for projects that come and go, and no others from now on.
    mutating func replaceParents(_ folders: [FilePath]) {
        for (folder, watch) in parents where !folders.contains(folder) {
            parents[folder] = nil
            if let watch { release(watch) }
        }
        for folder in folders where parents[folder] == nil { parents[folder] = .some(nil) }
        watchParents()
    }

    /// Watches those that have no watch yet, because they were not there or there was none to be had, and those in whose place
    /// another folder stands now: a mount raises no event.
    mutating func watchParents() {
        let silent = answering.silent(among: Array(parents.keys))
        for (folder, known) in parents {
            do throws(SystemCallError) {
                guard !silent.contains(folder) else { throw SystemCallError.silent(folder) }
                let watch = try thread.watch(try FileSystem.resolve(folder))
                guard watch != known else { continue }
                parents[folder] = watch
                if let known { release(known) }
                // What happened before the watch was set, no event tells.
                mayHaveOthers = true
            } catch {
                logger.debug("\(folder.shown): not watched for new projects: \(error); it is looked into now and then")
            }
        }
    }

    /// Whether a watch is of such a folder.
    func isOfParent(_ watch: Inotify.Watch) -> Bool { parents.values.contains(watch) }

    /// Takes what happened in such a folder; false when it is none.
    mutating func takeOfParent(_ event: Inotify.Event) -> Bool {
        guard isOfParent(event.watch) else { return false }
        if event.name == nil {
            // It is gone itself, or stands elsewhere now.
            loseParent(event.watch)
            thread.remove(event.watch)
        } else if concernsFolder(event) {
            mayHaveOthers = true
        }
        return true
    }

    /// The kernel has dropped a watch, or it tells of another folder now.
    mutating func loseParent(_ watch: Inotify.Watch) {
        for (folder, known) in parents where known == watch {
            parents[folder] = .some(nil)
            mayHaveOthers = true
        }
    }

    /// A folder that came or went, or a link, which may stand for one: files that are written there are none of these.
    private func concernsFolder(_ event: Inotify.Event) -> Bool {
        guard !event.happening.isDisjoint(with: [.created, .movedIn, .deleted, .movedOut]) else { return false }
        if event.happening.contains(.toDirectory) { return true }
        guard let name = event.name else { return false }
        let comes = !event.happening.isDisjoint(with: [.created, .movedIn])
        return parents.contains { folder, watch in
            guard watch == event.watch else { return false }
            let path = folder.appending(name)
            return comes ? (try? FileStatus(of: path))?.kind == .symbolicLink : projects[path] != nil
        }
    }

    private func release(_ watch: Inotify.Watch) {
        // Another such folder, or a project's own, may have the same watch.
        if !isOfParent(watch), tree.places(of: watch).isEmpty { thread.remove(watch) }
    }
}
