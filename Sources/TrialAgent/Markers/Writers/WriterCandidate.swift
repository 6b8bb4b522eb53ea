import SystemPackage
import Trials

/// A process that has to do with a project, as a scan of all processes found it.
struct WriterCandidate: Sendable {
    let number: Int32
    /// The user whom it acts as.
    let owner: UInt32
    /// When it began, in nanoseconds since 1970.
    let started: Int64
    /// The processes that started it, the nearest first.
    var ancestors: [Int32] = []
    /// What it has open below the project's folder.
    var openFiles: [FilePath] = []
    /// Whether the program or script that it runs lies in the project, and no environment of it.
    var runsProjectFile = false
    /// What its name and its command line say that it is.
    var trade = WriterTrade.program
    /// What is recorded of it, without secrets.
    var process = NamedProcess()

    /// The surest sign that it wrote this marker.
    func sign(of marker: FilePath) -> InferredProcess.Sign {
        if openFiles.contains(marker) { return .hasMarkerOpen }
        if runsProjectFile { return .runsProjectFile }
        if !openFiles.isEmpty { return .hasFileOpen }
        return process.notebook == nil ? .worksInProject : .runsNotebook
    }
}

/// What kind of program a process is, as far as it matters to who may have written a marker.
enum WriterTrade: Hashable, Sendable {
    /// It may be what computes.
    case program
    /// A shell that runs a script: it writes markers, but mostly something else computes.
    case shell
    /// It looks on, whatever it has open: an editor, a pager, a shell that somebody types into, a tool that moves files, a server
    /// that shows what others have computed.
    case onlooker

    private static let shells: Set<String> = [
        "sh", "bash", "dash", "zsh", "fish", "ksh", "ksh93", "mksh", "tcsh", "csh", "ash", "busybox", "nu", "elvish",
        "xonsh",
    ]
    private static let onlookers: Set<String> = [
        "vi", "vim", "vim.basic", "vim.tiny", "nvim", "nano", "emacs", "emacsclient", "micro", "hx", "helix", "kak",
        "joe",
        "code", "code-server", "codium", "zed", "subl", "gedit", "kate", "less", "more", "most", "tail", "head", "cat",
        "watch", "top", "htop", "btop", "tmux", "screen", "script", "ssh", "sshd", "sftp-server", "scp", "rsync", "git",
        "gitk", "lazygit", "tig", "man", "find", "grep", "rg", "fd", "tree", "ls", "du", "inotifywait", "entr",
        "fswatch",
        "watchexec", "mv", "cp", "tee", "sed", "awk", "gawk", "mawk", "ln", "install", "touch", "jq", "yq", "sleep",
        "env",
        "timeout", "nohup", "setsid", "time", "strace", "gdb", "systemd", "systemd-executor", "dbus-daemon",
        "gpg-agent",
        "ssh-agent", "mc", "ranger", "nnn", "lf", "nautilus", "dolphin",
    ]
    /// Names of scripts and modules of Python and the like.
    private static let services: Set<String> = [
        "jupyter", "jupyter-lab", "jupyter-notebook", "jupyter-server", "jupyterlab", "notebook", "jupyter_server",
        "tensorboard", "tensorboard.main", "mlflow", "aim", "wandb", "visdom", "pylsp", "jedi-language-server",
        "pyright",
        "pyright-langserver", "pyright-langserver.js", "basedpyright-langserver", "ruff", "ruff-lsp", "mypy", "dmypy",
        "debugpy.adapter", "http.server", "pip", "uv", "poetry", "conda", "mamba", "pre-commit", "dvc",
        "ipython-kernel-proxy",
    ]

    /// Whether what runs this file may be more than an onlooker, whatever its command line says.
    static func mayWrite(_ executable: FilePath) -> Bool {
        Self(executable: executable, command: ["", "-c"]) != .onlooker
    }

    /// The trade of a process that runs this file with this command line.
    init(executable: FilePath?, command: [String]) {
        let name = executable?.lastComponent?.string ?? ""
        let program = name.hasSuffix(" (deleted)") ? String(name.dropLast(10)) : name
        let words = command.dropFirst()
        if Self.shells.contains(program) {
            // Without a script and without -c it takes what somebody types.
            let isTypedInto = words.allSatisfy { $0.hasPrefix("-") && !Self.isCommand($0) }
            self = isTypedInto ? .onlooker : .shell
        } else if Self.onlookers.contains(program) || Self.isService(words) {
            self = .onlooker
        } else {
            self = .program
        }
    }

    /// `-c`, also among other letters: `-lc`.
    private static func isCommand(_ word: String) -> Bool { !word.hasPrefix("--") && word.contains("c") }

    private static func isService(_ words: ArraySlice<String>) -> Bool {
        guard let first = words.firstIndex(where: { !$0.hasPrefix("-") || $0 == "-m" }) else { return false }
        let name = words[first] == "-m" ? words.dropFirst(first - words.startIndex + 1).first : words[first]
        return name.flatMap { FilePath($0).lastComponent?.string }.map(services.contains) ?? false
    }
}
