internal import JSON
internal import Trials

/// What was found around a run, as `show --json` writes it.
enum CaptureJSON {
    static func pairs(_ capture: TrialCapture?) -> [(String, JSON)] {
        [
            ("git", git(capture?.git)),
            ("snapshot", snapshot(capture?.snapshot)),
            ("python", python(capture?.interpreter)),
            ("lockfiles", .array((capture?.lockfiles ?? []).map(TrialJSON.artifact))),
            ("hardware", hardware(capture?.hardware)),
            ("accelerators", accelerators(capture?.accelerators)),
            ("file_system", fileSystem(capture?.fileSystem)),
            ("writer", writer(capture?.writer)),
            ("environment", environment(capture?.environment)),
            ("code", code(capture?.code)),
            ("capture", timings(capture)),
        ]
    }

    private static func git(_ git: GitFacts?) -> JSON {
        guard let git else { return .null }
        return [
            "work_tree": .string(git.workTree), "commit": JSON(git.commit), "branch": JSON(git.branch),
            "remote": JSON(git.remote), "tags": TrialJSON.texts(git.tags), "ahead": .of(git.ahead),
            "behind": .of(git.behind), "dirty": git.isDirty.map { .bool($0) } ?? .null, "modified": .of(git.modified),
            "untracked": .of(git.untracked), "operation": JSON(git.operation),
            "submodules": TrialJSON.texts(git.submodules), "upstream": JSON(git.upstream),
            "unshared": .of(git.unshared), "shallow": git.isShallow.map { .bool($0) } ?? .null,
            "sparse": git.isSparse.map { .bool($0) } ?? .null, "linked": git.isLinked.map { .bool($0) } ?? .null,
            "repository": JSON(git.repository),
        ]
    }

    private static func snapshot(_ snapshot: Snapshot?) -> JSON {
        guard let snapshot else { return .null }
        return [
            "tree": .string(snapshot.tree), "store": .string(snapshot.store), "host": .string(snapshot.host),
            "began": .of(snapshot.began), "folder": .string(snapshot.folder), "files": JSON(snapshot.files),
            "size": JSON(snapshot.size), "base": JSON(snapshot.base), "base_shared": .bool(snapshot.baseIsShared),
            "pack": JSON(snapshot.pack?.rawValue),
            "commits": snapshot.commits.map {
                ["count": JSON($0.count), "prerequisites": TrialJSON.texts($0.prerequisites)]
            } ?? .null, "more_left_out": JSON(snapshot.moreLeftOut),
            "left_out": .array(
                snapshot.leftOut.map {
                    ["path": .string($0.path), "reason": .string($0.reason), "scrubbed": .bool($0.isScrubbed)]
                }),
            "changed_while_read": TrialJSON.texts(snapshot.changedWhileRead),
        ]
    }

    private static func python(_ python: InterpreterFacts?) -> JSON {
        guard let python else { return .null }
        return ["path": .string(python.path), "version": JSON(python.version), "source": .string(python.source)]
    }

    private static func hardware(_ hardware: HardwareFacts?) -> JSON {
        guard let hardware else { return .null }
        return [
            "processor": .string(hardware.processor), "sockets": .of(hardware.sockets), "cores": .of(hardware.cores),
            "logical_processors": JSON(hardware.logicalProcessors), "memory_nodes": .of(hardware.memoryNodes),
            "memory": JSON(hardware.memory), "swap": JSON(hardware.swap), "memory_limit": .of(hardware.memoryLimit),
            "processor_limit": hardware.processorLimit.map { JSON($0) } ?? .null, "kernel": .string(hardware.kernel),
            "container": JSON(hardware.container),
            "disks": hardware.disks.map { disks in
                .array(
                    disks.map { disk in
                        [
                            "name": .string(disk.name), "model": JSON(disk.model), "size": JSON(disk.size),
                            "rotational": disk.isRotational.map { .bool($0) } ?? .null,
                        ]
                    })
            } ?? .null,
        ]
    }

    private static func accelerators(_ accelerators: [AcceleratorFacts]?) -> JSON {
        guard let accelerators else { return .null }
        return .array(
            accelerators.map { accelerator in
                [
                    "name": .string(accelerator.name), "memory": .of(accelerator.memory),
                    "identifier": JSON(accelerator.identifier), "address": JSON(accelerator.address),
                    "driver": JSON(accelerator.driver), "cuda": JSON(accelerator.cuda),
                ]
            })
    }

    private static func fileSystem(_ fileSystem: FileSystemFacts?) -> JSON {
        guard let fileSystem else { return .null }
        return [
            "type": .string(fileSystem.kind), "mount_point": .string(fileSystem.mountPoint),
            "source": .string(fileSystem.source), "size": JSON(fileSystem.size),
            "available": JSON(fileSystem.available),
        ]
    }

    private static func writer(_ writer: InferredProcess?) -> JSON {
        guard let writer else { return .null }
        return [
            "inferred_from": .string(writer.sign.rawValue), "pid": JSON(writer.number), "started": .of(writer.started),
            "command": writer.command.map(TrialJSON.texts) ?? .null, "directory": JSON(writer.directory),
            "process": TrialJSON.process(writer.facts),
        ]
    }

    private static func environment(_ environment: Environment?) -> JSON {
        guard let environment else { return .null }
        return .object(
            JSON.Object(
                environment.categories.map { category in
                    switch environment[category] {
                    case .document(let fields)?: (category.rawValue, fields.json)
                    case .text(let text)?: (category.rawValue, .string(text))
                    case nil: (category.rawValue, .null)
                    }
                }))
    }

    private static func code(_ code: CodeContext?) -> JSON {
        guard let code else { return .null }
        return .array(code.files.map { ["path": .string($0.path), "text": .string($0.text)] })
    }

    private static func timings(_ capture: TrialCapture?) -> JSON {
        guard let capture else { return .null }
        return [
            "began": .of(capture.began), "late": .bool(capture.isLate), "agent": .string(capture.agent),
            "timings": .array(
                capture.timings.map {
                    [
                        "capturer": .string($0.capturer), "began": .of($0.began),
                        "duration": .of(.microseconds($0.microseconds)),
                    ]
                }),
        ]
    }
}
