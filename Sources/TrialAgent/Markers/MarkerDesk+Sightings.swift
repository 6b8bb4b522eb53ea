import Logging
import SystemCalls
import SystemPackage
import Trials

extension MarkerDesk {
    /// Takes one sighting, with what the marker held at that moment where it came whole.
    func take(_ sighting: Sighting, _ reading: MarkerReader.Reading?, at now: ContinuousClock.Instant) async {
        guard let project = projects[sighting.project] else { return }
        let place = MarkerPlace(project: sighting.project, path: sighting.path)
        if let reason = sighting.polled { polled[project.root] = reason }
        switch sighting.kind {
        case .scanCompleted:
            if sighting.polled == nil { polled[project.root] = nil }
            await finishScan(of: project, at: now)
        case .listed: await list(place, in: project, sighting.polled, at: now)
        case .found, .created:
            noteLive(place)
            scheduleLook(at: place, sighting.polled, now)
        case .closedAfterWrite:
            noteLive(place)
            noteUnread(reading, at: place)
            await take(reading, of: place, now) { desk, content in
                if let version = desk.candidates.closed(content, at: now) { desk.complete.append(version) }
            }
        case .renamedIn:
            noteLive(place)
            noteUnread(reading, at: place)
            noteRenamed(reading, to: place)
            await take(reading, of: place, now) { desk, content in
                desk.complete += desk.candidates.complete(content)
            }
        case .deleted:
            refused[place] = nil
            renamed[place] = nil
            standing[place] = nil
            for run in await claims.open(at: place) { runLooks.schedule(run.key, at: now) }
        case .folderGone:
            for run in await claims.open
            where run.place.project == sighting.project && run.place.path.starts(with: sighting.path) {
                runLooks.schedule(run.key, at: now)
            }
        }
    }

    private func noteLive(_ place: MarkerPlace) { firstScans[place.project]?.live.insert(place) }

    /// What was complete by the way it came and is gone by now was read by nobody.
    private func noteUnread(_ reading: MarkerReader.Reading?, at place: MarkerPlace) {
        if case .absent? = reading { unread[place, default: 0] += 1 }
    }

    /// Each renaming brings another file: the one of before, seen again, stands for one that was replaced unseen.
    private func noteRenamed(_ reading: MarkerReader.Reading?, to place: MarkerPlace) {
        guard case .content(let content)? = reading else { return }
        if renamed.updateValue(content.identity, forKey: place) == content.identity { unread[place, default: 0] += 1 }
        // Renamings that may meet follow close upon one another.
        if renamed.count > 4096 { renamed = [place: content.identity] }
    }

    /// What a scan finds is new only when neither the baseline nor a claim knows it.
    private func list(
        _ place: MarkerPlace, in project: WatchedProject, _ polled: PolledFolder.Reason?,
        at now: ContinuousClock.Instant
    ) async {
        guard damaged[project.root] == nil else { return }
        do {
            let root = try OwnedDescriptor(directory: project.root)
            guard let stamp = try MarkerReader(owners: project.owners).stamp(place, below: root) else {
                // What is no readable file has no stamp; a look says what it is.
                if firstScans[project.root] == nil, refused[place] == nil { scheduleLook(at: place, polled, now) }
                return
            }
            if let scan = firstScans[project.root], scan.before?.shows(place.path) != true {
                firstScans[project.root]?.listed[place] = stamp
            } else if baselines[project.root]?.holds(stamp) != true {
                if try await claims.holds(stamp) {
                    if polled != nil || unsurveyed.contains(project.root) { await noteMoved(stamp, to: place, at: now) }
                } else {
                    scheduleLook(at: place, polled, now)
                }
            }
        } catch let error as AgentError {
            note(error)
            retry = now + Self.retryDelay
            looks.schedule(place, at: now + Self.retryDelay)
        } catch {
            logger.warning("\(place.shown): looking at a marker: \(error); it is looked at again by the next scan")
        }
    }

    private func finishScan(of project: WatchedProject, at now: ContinuousClock.Instant) async {
        await finishFirstScan(of: project, at: now)
        guard firstScans[project.root] == nil, unsurveyed.remove(project.root) != nil else { return }
        // What became of them while no agent was there, no event tells.
        for run in await claims.open where run.place.project == project.root { runLooks.schedule(run.key, at: now) }
    }

    /// Writes down what a project's first scan has found; what cannot be written now is tried again.
    func finishFirstScan(of project: WatchedProject, at now: ContinuousClock.Instant) async {
        guard let scan = firstScans[project.root] else { return }
        // With the first scan of a part that was not watched before, the baseline grows.
        var markers = scan.before == nil ? [] : baselines[project.root]?.entries ?? []
        if scan.before != nil, damaged[project.root] != nil { return }
        do throws(AgentError) {
            for (place, stamp) in scan.listed where !scan.live.contains(place) {
                if try await claims.holds(stamp) { continue }
                let content = content(of: place, in: project)
                markers.append(
                    Baseline.Entry(path: ExactPath(path: place.path), stamp: stamp, digest: content?.identity.digest))
            }
            try write(Baseline(markers: markers), of: project.root)
            firstScans[project.root] = nil
            waits.passed(.baseline(project.root))
        } catch {
            firstScans[project.root]?.isOver = true
            note(error, of: .baseline(project.root))
            retry = now + Self.retryDelay
        }
    }

    /// What a marker holds now; nil when it cannot be read.
    func content(of place: MarkerPlace, in project: WatchedProject) -> MarkerContent? {
        let reading = try? MarkerReader(owners: project.owners).read(place, askingForWriters: false)
        guard case .content(let content)? = reading else { return nil }
        return content
    }

    func look(at place: MarkerPlace, _ now: ContinuousClock.Instant) async {
        guard let project = known(place.project) else { return }
        do {
            let reading = try MarkerReader(owners: project.owners).read(place, askingForWriters: true)
            guard isComplete(reading, at: place, now) else { return }
            await take(reading, of: place, now) { desk, content in
                desk.complete += desk.candidates.found(content, at: now)
            }
        } catch {
            if error.errno == .noSuchFileOrDirectory {
                undecided[place] = nil
                return
            }
            logger.warning("\(place.shown): reading a marker: \(error); it is tried again")
            looks.schedule(place, at: now + Self.retryDelay)
        }
    }

    /// Uses content that is new: neither in the baseline nor claimed before.
    private func take(
        _ reading: MarkerReader.Reading?, of place: MarkerPlace, _ now: ContinuousClock.Instant,
        _ use: (isolated MarkerDesk, MarkerContent) -> Void
    ) async {
        switch reading {
        case .content(let content)?:
            refused[place] = nil
            if baselines[place.project]?.holds(content.identity.stamp) == true { return }
            let isKnown = try? await claims.holds(content.identity)
            if isKnown != false {
                await noteMoved(content.identity.stamp, digest: content.identity.digest, to: place, at: now)
            }
            // Where it cannot be looked up now, that is asked once more before anything is claimed.
            if isKnown != true { use(self, content) }
        case .absent?: undecided[place] = nil
        case .beingWritten?: break
        case .refused(let reason)?: refuse(place, reason)
        case nil: looks.schedule(place, at: now)
        }
    }
}
