internal import SystemCalls
public import SystemPackage

/// A program at every place where git takes one from hooks, settings and attributes; it writes down that it was run.
public struct GitCanaries: Sendable {
    /// Settings that name the program wherever a setting may, to be included by a repository's or a user's own.
    public let settings: FilePath
    /// The program by the names of what it stands for.
    public let folder: FilePath
    private let witness: FilePath

    /// Attributes that ask for the filters, the text conversion and the merge that the settings name.
    public static let attributes = "* filter=canary diff=canary merge=canary\n*.py filter=process\n*.txt diff=text\n"

    /// Makes the program and the settings, in a new folder.
    public init(in folder: FilePath) throws {
        self.folder = folder
        settings = folder.appending("settings")
        witness = folder.appending("witness")
        try FileSystem.makeDirectories(folder.appending("hooks"))
        let program = folder.appending("canary")
        // It answers with what it was given, so that git goes on to the next.
        let text = "#!/bin/sh\necho \"${0##*/}\" >>\(witness)\nexec /bin/cat\n"
        try OwnedDescriptor(opening: program, .writeOnly, options: [.create], permissions: .ownerReadWriteExecute)
            .write(Array(text.utf8))
        for name in Self.hooks { try FileSystem.makeSymbolicLink(at: folder.appending("hooks/\(name)"), to: program) }
        for name in Self.programs { try FileSystem.makeSymbolicLink(at: folder.appending(name), to: program) }
        try OwnedDescriptor(opening: settings, .writeOnly, options: [.create]).write(Array(lines.utf8))
    }

    /// The settings as git reads them.
    private var lines: String {
        var lines = "[core]\n\thooksPath = \(folder)/hooks\n[commit]\n\tgpgSign\n[filter \"canary\"]\n\trequired\n"
        lines += "[remote \"origin\"]\n\turl = ext::\(folder)/remote.origin.url\n\tpromisor\n"
        for name in Self.programs {
            let words = name.split(separator: ".")
            let section = words.count == 2 ? "\(words[0])" : "\(words[0]) \"\(words[1])\""
            let shell = words[0] == "alias" || words.last == "update" ? "!" : ""
            lines += "[\(section)]\n\t\(words[words.count - 1]) = \"\(shell)\(folder)/\(name)\"\n"
        }
        return lines
    }

    /// Has a repository, by its own folder, name the program everywhere.
    public func settle(in gitDirectory: FilePath) throws {
        for name in Self.hooks {
            let hook = gitDirectory.appending("hooks").appending(name)
            try FileSystem.makeDirectories(hook.removingLastComponent())
            try FileSystem.makeSymbolicLink(at: hook, to: folder.appending("canary"))
        }
        let file = try OwnedDescriptor(opening: gitDirectory.appending("config"), .writeOnly, options: [.append])
        try file.write(Array("[include]\n\tpath = \(settings)\n".utf8))
    }

    /// Has the program stand for commands of these names, in a folder for `PATH`.
    public func stand(for commands: [String]) throws -> FilePath {
        let place = folder.appending("bin")
        try FileSystem.makeDirectories(place)
        for name in commands {
            try FileSystem.makeSymbolicLink(at: place.appending(name), to: folder.appending("canary"))
        }
        return place
    }

    /// What the program was run as.
    public func heard() throws -> Set<String> {
        guard try FileStatus.ifPresent(witness) != nil else { return [] }
        let bytes = try OwnedDescriptor(opening: witness, .readOnly).readToEnd(limit: 1 << 24)
        return Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    /// Forgets what was heard: the making of a repository runs git.
    public func forget() throws {
        if try FileStatus.ifPresent(witness) != nil { try FileSystem.remove(witness) }
    }

    /// All of githooks(5).
    private static let hooks = [
        "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
        "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update",
        "proc-receive", "post-receive", "post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc",
        "post-rewrite", "sendemail-validate", "fsmonitor-watchman", "p4-changelist", "p4-prepare-changelist",
        "p4-post-changelist", "p4-pre-submit", "post-index-change",
    ]

    /// Those of git-config(1) whose value is run.
    private static let programs = [
        "alias.canary", "browser.canary.cmd", "core.alternateRefsCommand", "core.askPass", "core.editor",
        "core.fsmonitor", "core.gitProxy", "core.pager", "core.sshCommand", "credential.helper", "diff.canary.command",
        "diff.text.textconv", "diff.external", "difftool.canary.cmd", "filter.canary.clean", "filter.canary.smudge",
        "filter.process.process", "gpg.program", "gpg.ssh.defaultKeyCommand", "gpg.ssh.program", "gpg.x509.program",
        "gui.canary.cmd", "guitool.canary.cmd", "interactive.diffFilter", "man.canary.cmd", "merge.canary.driver",
        "mergetool.canary.cmd", "pager.status", "remote.origin.receivepack", "remote.origin.uploadpack",
        "sendemail.smtpServer", "sequence.editor", "submodule.sub.update", "trailer.canary.command",
        "uploadpack.packObjectsHook", "web.browser",
    ]
}
