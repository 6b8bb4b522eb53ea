internal import SystemCalls
internal import SystemPackage

/// The interpreters that pyenv keeps, and which of them its shims stand for.
///
/// A shim is a shell script that asks pyenv, and so cannot be asked without running it; the files that pyenv itself reads
/// give the same answer.
struct PyenvVersions {
    private let root: FilePath

    /// Nil when `folder` is no folder of shims: one called so, beside `versions`.
    init?(shims folder: FilePath) {
        guard folder.lastComponent == "shims" else { return nil }
        root = folder.removingLastComponent()
        guard Self.isFolder(root.appending("versions")) else { return nil }
    }

    /// The one below `root`, be its shims in `PATH` or not; nil when there is none.
    init?(root: FilePath) {
        guard Self.isFolder(root.appending("versions")) else { return nil }
        self.root = root
    }

    /// Folders of the versions that are in force in `folder`: `PYENV_VERSION`, else the nearest `.python-version`, else pyenv's
    /// own `version` file. Empty when the system's is meant.
    func chosen(for folder: FilePath, variable: String?) -> [FilePath] {
        chosenExplicitly(for: folder, variable: variable) ?? paths(names(in: root, "version") ?? [])
    }

    /// As above, but nil when neither the variable nor a `.python-version` chooses.
    func chosenExplicitly(for folder: FilePath, variable: String?) -> [FilePath]? {
        if let variable, !variable.isEmpty { return paths(variable.split(separator: ":").map(String.init)) }
        var place = folder
        while true {
            if let names = names(in: place, ".python-version") { return paths(names) }
            let parent = place.removingLastComponent()
            if parent == place || parent.isEmpty { return nil }
            place = parent
        }
    }

    private static func isFolder(_ path: FilePath) -> Bool {
        (try? FileStatus.ifPresent(path, followingLinks: true))?.kind == .directory
    }

    private func names(in folder: FilePath, _ file: FilePath) -> [String]? {
        // Whoever's files these are, no more is taken from them than the name of a folder of pyenv's.
        guard let opened = try? SafeFolder.packages(folder, owners: []),
            let bytes = try? opened.read(file, limit: 4096)
        else { return nil }
        let names = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.hasPrefix("#") }.flatMap { $0.split(whereSeparator: \.isWhitespace) }.map(String.init)
        return names.isEmpty ? nil : names
    }

    private func paths(_ names: [String]) -> [FilePath] {
        let versions = root.appending("versions")
        return names.compactMap { name in
            let name = name.hasPrefix("python-") ? String(name.dropFirst("python-".count)) : name
            guard let component = FilePath.Component(name), component.kind == .regular else { return nil }
            let exact = versions.appending(component)
            if Self.isFolder(exact) { return exact }
            return newest(startingWith: name + ".", in: versions)
        }
    }

    /// pyenv takes `3.11` for the newest 3.11 that it has.
    private func newest(startingWith prefix: String, in versions: FilePath) -> FilePath? {
        let entries = (try? FileSystem.entries(of: versions)) ?? []
        let patches = entries.compactMap { entry -> (name: FilePath.Component, patch: Int)? in
            guard entry.name.string.hasPrefix(prefix) else { return nil }
            return Int(entry.name.string.dropFirst(prefix.count)).map { (entry.name, $0) }
        }
        return patches.max { $0.patch < $1.patch }.map { versions.appending($0.name) }
    }
}
