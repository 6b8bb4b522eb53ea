import SystemCalls
import SystemPackage

/// What a process's command line says of the code that it runs, looked up and never run.
struct CommandLineScript {
    private let command: [String]
    private let directory: FilePath

    /// The command line of a process that runs in a directory.
    init(_ command: [String], in directory: FilePath) {
        self.command = command
        self.directory = directory
    }

    /// The script, by its path below a project: the program itself, or the first argument that is a file there; with
    /// Python's `-m` the module's file. Nil when there is none below the project.
    func script(below project: FilePath) -> FilePath? {
        let roots = [project, try? FileSystem.resolve(project)].compactMap { $0 }
        if let module = module {
            let path = FilePath(module.split(separator: ".").joined(separator: "/"))
            let candidates = [path.string + ".py", path.pushing("__main__.py").string]
            return candidates.firstAnswer { file(FilePath($0), below: roots) }
        }
        // What is no option is tried in order: an interpreter's first file is its script, whatever the script takes.
        return command.lazy.filter { !$0.isEmpty && !$0.hasPrefix("-") }
            .firstAnswer { file(FilePath($0), below: roots) }
    }

    /// The notebook of a session, by its path below a project, when this is the command line of its kernel: Jupyter hands the
    /// session on in `JPY_SESSION_NAME`, and what the kernel starts has that, too. Nil when there is none below the project.
    func notebook(_ session: String, below project: FilePath) -> FilePath? {
        guard FilePath(session).extension == "ipynb", KernelCommand.runsKernel(command) else { return nil }
        return CommandLineScript([session], in: directory).script(below: project)
    }

    /// The Python that it runs, by the name that leads to its environment: the command line's own, looked up in `PATH` as
    /// Python does (getpath.py), else the active virtual environment's, else the executable. Nil when it runs no Python.
    func python(executable: FilePath?, path: String?, environment: String?) -> String? {
        guard let executable, Self.isPython(executable) else { return nil }
        // Of a process in a container, its files may not be here: then nothing here leads to them.
        guard let real = try? FileSystem.resolve(executable) else { return executable.string }
        var names: [FilePath] = []
        if let first = command.first.map({ FilePath($0) }), Self.isPython(first) {
            let isPath = first.components.count > 1 || first.isAbsolute
            names = isPath ? [first] : folders(of: path ?? "").map { $0.pushing(first) }
        }
        if let environment { names.append(FilePath(environment).appending("bin").appending("python")) }
        let found = names.lazy.map { directory.pushing($0).lexicallyNormalized() }
            .first { (try? FileSystem.resolve($0)) == real }
        return (found ?? executable).string
    }

    /// The folders of a `PYTHONPATH` as Python takes them; nil when there are none, or the command line says `-E` or `-I`.
    func searchPath(_ variable: String) -> [String]? {
        guard !variable.isEmpty, !ignoresVariables else { return nil }
        return folders(of: variable).map { directory.pushing($0).lexicallyNormalized().string }
    }

    /// The folders of a variable such as `PATH`, in which an empty one is the working directory.
    private func folders(of variable: String) -> [FilePath] {
        variable.split(separator: ":", omittingEmptySubsequences: false).map { FilePath(String($0)) }
    }

    /// Whether Python's own options say so; those of its script come later, and `-W` and `-X` take a word (python(1)).
    private var ignoresVariables: Bool {
        var words = command.dropFirst()
        while let word = words.popFirst(), word.hasPrefix("-"), word != "-" {
            if word.hasPrefix("--") { continue }
            for place in word.indices.dropFirst() {
                switch word[place] {
                case "E", "I": return true
                case "c", "m": return false
                case "W", "X":
                    if word.index(after: place) == word.endIndex { _ = words.popFirst() }
                default: continue
                }
                break
            }
        }
        return false
    }

    /// `python -m package.module`.
    private var module: String? {
        guard let first = command.first, Self.isPython(FilePath(first)),
            let place = command.firstIndex(of: "-m"), command.indices.contains(place + 1),
            command[1..<place].allSatisfy({ $0.hasPrefix("-") })
        else { return nil }
        return command[place + 1]
    }

    private func file(_ path: FilePath, below roots: [FilePath]) -> FilePath? {
        let full = directory.pushing(path).lexicallyNormalized()
        for root in roots {
            var below = full
            guard below.removePrefix(root), !below.isEmpty else { continue }
            guard let status = try? FileStatus.ifPresent(full), status.kind == .regular, Self.isText(full) else {
                continue
            }
            return below
        }
        return nil
    }

    /// A program that was compiled is no script.
    private static func isText(_ path: FilePath) -> Bool {
        guard let file = try? OwnedDescriptor(opening: path, .readOnly, options: [.nonBlocking, .noFollow]),
            (try? file.status().kind) == .regular, let start = try? file.read(1024, at: 0)
        else { return false }
        return !start.contains(0)
    }

    private static func isPython(_ path: FilePath) -> Bool {
        let name = path.lastComponent?.string ?? ""
        return name.hasPrefix("python") || name.hasPrefix("pypy")
    }
}
