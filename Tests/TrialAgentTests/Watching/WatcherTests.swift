import SystemCalls
import SystemPackage
import Testing

@testable import TrialAgent

@Suite(.timeLimit(.minutes(1))) struct WatcherTests {
    @Test func `markers that are there are listed, and then the scan is over`() async throws {
        let sandbox = try WatchedSandbox { project in
            try FileSystem.makeDirectories(project.appending("a/b"))
            for name in ["top.run", "a/b/deep.run.yaml", "a/notes.txt", "a/deep.trial.json", "a/.x.run.swp"] {
                _ = try OwnedDescriptor(opening: project.appending(name), .writeOnly, options: .create)
            }
        }
        try await sandbox.watching {
            let told = await sandbox.told.sightings
            #expect(Set(told.dropLast().map(\.path.string)) == ["top.run", "a/b/deep.run.yaml"])
            #expect(told.dropLast().allSatisfy { $0.kind == .listed && $0.project == sandbox.project })
            #expect(told.last?.kind == .scanCompleted)
            let status = await sandbox.watcher.status[sandbox.project]
            #expect(status == Watcher.Status(watched: 3, polled: 0, missing: nil, unreadable: [:]))
        }
    }

    @Test func `each way to make a marker is told for what it is`() async throws {
        let sandbox = try WatchedSandbox()
        try await sandbox.watching {
            try sandbox.write("written.run", "a: 1")
            try sandbox.write("part.tmp", "a: 1")
            try sandbox.rename("part.tmp", to: "renamed.run")
            try sandbox.write("other.tmp", "a: 1")
            try FileSystem.link(sandbox.project.appending("other.tmp"), to: sandbox.project.appending("linked.run"))
            try sandbox.rename("renamed.run", to: "again.run")
            try FileSystem.remove(sandbox.project.appending("written.run"))
            await sandbox.settle()
            let told = sandbox.told
            #expect(await told.kinds("written.run") == [.created, .closedAfterWrite, .deleted])
            #expect(await told.kinds("renamed.run") == [.renamedIn, .deleted])
            #expect(await told.kinds("linked.run") == [.created])
            #expect(await told.kinds("again.run") == [.renamedIn])
            #expect(await !told.paths.contains { $0.hasSuffix(".tmp") })
        }
    }

    @Test func `a folder that is made, and all that is in it by then, is told and watched`() async throws {
        let sandbox = try WatchedSandbox()
        try await sandbox.watching {
            try sandbox.make("new/deeper/deepest")
            try sandbox.write("new/deeper/deepest/first.run")
            await sandbox.settle()
            #expect(await sandbox.told.present == ["new/deeper/deepest/first.run"])
            await sandbox.told.forget()
            try sandbox.write("new/deeper/deepest/second.run")
            await sandbox.settle()
            #expect(await sandbox.told.kinds("new/deeper/deepest/second.run") == [.created, .closedAfterWrite])
        }
    }

    @Test func `a folder that moves within the project is followed`() async throws {
        let sandbox = try WatchedSandbox()
        try await sandbox.watching {
            try sandbox.make("old/sub")
            try sandbox.write("old/sub/a.run")
            try sandbox.rename("old", to: "new")
            try sandbox.write("new/sub/b.run")
            await sandbox.settle()
            await sandbox.told.forget()
            try sandbox.write("new/sub/c.run")
            await sandbox.settle()
            #expect(await sandbox.told.paths == ["new/sub/c.run"])
            #expect(await sandbox.watcher.status[sandbox.project]?.watched == 3)
        }
    }

    @Test func `a folder that is moved out is watched no longer, and one moved in is told whole`() async throws {
        let sandbox = try WatchedSandbox { project in
            try FileSystem.makeDirectories(project.appending("leaving/sub"))
        }
        let outside = sandbox.directory.appending("outside")
        try await sandbox.watching {
            try FileSystem.rename(sandbox.project.appending("leaving"), to: outside)
            await sandbox.settle()
            await sandbox.told.forget()
            _ = try OwnedDescriptor(opening: outside.appending("sub/a.run"), .writeOnly, options: .create)
            await sandbox.settle()
            #expect(await sandbox.told.paths.isEmpty)
            #expect(await sandbox.watcher.status[sandbox.project]?.watched == 1)
            try FileSystem.rename(outside, to: sandbox.project.appending("back"))
            await sandbox.settle()
            #expect(await sandbox.told.kinds("back/sub/a.run") == [.found])
            try sandbox.write("back/sub/b.run")
            await sandbox.settle()
            #expect(await sandbox.told.kinds("back/sub/b.run") == [.created, .closedAfterWrite])
        }
    }

    @Test func `a folder that is removed and made again is watched again`() async throws {
        let sandbox = try WatchedSandbox()
        try await sandbox.watching {
            for round in 0..<20 {
                try sandbox.make("out/sub")
                try sandbox.write("out/sub/\(round).run")
                try FileSystem.removeTree(sandbox.project.appending("out"))
            }
            try sandbox.make("out/sub")
            try sandbox.write("out/sub/last.run")
            await sandbox.settle()
            #expect(await sandbox.told.paths.contains("out/sub/last.run"))
            await sandbox.told.forget()
            try sandbox.write("out/sub/later.run")
            await sandbox.settle()
            #expect(await sandbox.told.paths == ["out/sub/later.run"])
        }
    }

    @Test func `what is ignored is not entered, and git's ignore file has no say`() async throws {
        let sandbox = try WatchedSandbox(ignore: ["data/"]) { project in
            for folder in [".git/hooks", "data/raw", "node_modules/x", "lab/.venv/lib", "env/bin", "outputs"] {
                try FileSystem.makeDirectories(project.appending(folder))
            }
            for file in ["env/pyvenv.cfg", "env/bin/a.run", "data/raw/b.run", ".git/c.run", "outputs/d.run"] {
                _ = try OwnedDescriptor(opening: project.appending(file), .writeOnly, options: .create)
            }
            try OwnedDescriptor(opening: project.appending(".gitignore"), .writeOnly, options: .create)
                .write(Array("outputs/\n*.run\n".utf8))
        }
        try await sandbox.watching {
            #expect(await sandbox.told.present == ["outputs/d.run"])
            // The project, `lab` and `outputs`.
            #expect(await sandbox.watcher.status[sandbox.project]?.watched == 3)
            try sandbox.make("fresh/lib")
            try sandbox.write("fresh/pyvenv.cfg")
            await sandbox.settle()
            #expect(await sandbox.watcher.status[sandbox.project]?.watched == 3)
        }
    }

    @Test func `a link to a folder is not followed`() async throws {
        let sandbox = try WatchedSandbox()
        try FileSystem.makeDirectory(sandbox.directory.appending("elsewhere"))
        try await sandbox.watching {
            try FileSystem.makeSymbolicLink(
                at: sandbox.project.appending("link"), to: sandbox.directory.appending("elsewhere"))
            try FileSystem.makeSymbolicLink(at: sandbox.project.appending("self"), to: ".")
            await sandbox.watcher.rescan()
            await sandbox.settle()
            #expect(await sandbox.watcher.status[sandbox.project]?.watched == 1)
        }
    }

    @Test func `a project whose folder is missing is watched once a scan finds it`() async throws {
        let sandbox = try WatchedSandbox(isThere: false)
        try await sandbox.watching {
            #expect(await sandbox.watcher.status[sandbox.project]?.missing != nil)
            #expect(await sandbox.told.sightings.isEmpty)
            try sandbox.make("")
            await sandbox.watcher.rescan()
            await sandbox.settle()
            try sandbox.write("a.run")
            await sandbox.settle()
            #expect(await sandbox.told.kinds("a.run") == [.created, .closedAfterWrite])
            #expect(await sandbox.watcher.status[sandbox.project]?.missing == nil)
        }
    }

    @Test func `a project's folder that goes away deletes no marker`() async throws {
        let sandbox = try WatchedSandbox { project in
            _ = try OwnedDescriptor(opening: project.appending("a.run"), .writeOnly, options: .create)
        }
        try await sandbox.watching {
            try FileSystem.rename(sandbox.project, to: sandbox.directory.appending("away"))
            await sandbox.settle()
            #expect(await sandbox.watcher.status[sandbox.project]?.missing != nil)
            #expect(await sandbox.told.kinds("a.run") == [.listed])
        }
    }

    @Test(.enabled(if: User.currentIdentifier != 0, "root may read everything"))
    func `a folder that cannot be read is told with the reason, and the rest is watched`() async throws {
        let sandbox = try WatchedSandbox { project in
            try FileSystem.makeDirectories(project.appending("closed"), permissions: [])
            try FileSystem.makeDirectories(project.appending("open"))
        }
        try await sandbox.watching {
            let status = await sandbox.watcher.status[sandbox.project]
            #expect(status?.unreadable.keys.map(\.string) == ["closed"])
            #expect(status?.watched == 2)
            #expect(await sandbox.told.sightings.last?.kind == .scanCompleted)
        }
    }

    @Test func `a project inside another is told by itself alone`() async throws {
        let sandbox = try WatchedSandbox { project in
            try FileSystem.makeDirectories(project.appending("inner/deep"))
            for name in ["outer.run", "inner/inner.run", "inner/deep/deep.run"] {
                _ = try OwnedDescriptor(opening: project.appending(name), .writeOnly, options: .create)
            }
        }
        let inner = sandbox.project.appending("inner")
        try await sandbox.watching {
            await sandbox.told.forget()
            await sandbox.watcher.replace([WatchedFolder(project: sandbox.project), WatchedFolder(project: inner)])
            await sandbox.settle()
            try sandbox.write("inner/deep/new.run")
            await sandbox.settle()
            let told = await sandbox.told.sightings.filter { !$0.path.isEmpty }
            #expect(Set(told.filter { $0.project == sandbox.project }.map(\.path.string)) == ["outer.run"])
            #expect(
                Set(told.filter { $0.project == inner }.map(\.path.string)) == [
                    "inner.run", "deep/deep.run", "deep/new.run",
                ])
            let status = await sandbox.watcher.status
            #expect(status[sandbox.project]?.watched == 1)
            #expect(status[inner]?.watched == 2)
        }
    }

    @Test func `a project that is no longer configured is watched no longer`() async throws {
        let sandbox = try WatchedSandbox()
        try await sandbox.watching {
            await sandbox.watcher.replace([])
            await sandbox.settle()
            await sandbox.told.forget()
            try sandbox.write("a.run")
            await sandbox.settle()
            #expect(await sandbox.told.sightings.isEmpty)
            #expect(await sandbox.watcher.status.isEmpty)
        }
    }
}
