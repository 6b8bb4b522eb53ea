import Git
import Glibc
import SystemCalls
import SystemPackage
import Testing

/// What suites of snapshots have: a repository with one commit, a place for stores, and what a snapshot is to take.
protocol SnapshotGround {
    var repository: TemporaryRepository { get }
    var stores: FilePath { get }
    var settings: SnapshotSettings { get }
}

extension SnapshotGround {
    /// A ground whose first commit has what a script of bash leaves in the work tree.
    static func made(
        by script: String
    ) throws -> (repository: TemporaryRepository, stores: FilePath, settings: SnapshotSettings) {
        let repository = try TemporaryRepository()
        let stores = repository.ground.appending("stores")
        try repository.shell("\(script)\ngit add -A; git commit -qm first")
        return (repository, stores, settings(keepingIn: stores))
    }

    /// Settings by which `SECRET` is a secret.
    static func settings(keepingIn stores: FilePath) -> SnapshotSettings {
        var settings = SnapshotSettings(owners: [geteuid()])
        settings.stores = stores
        settings.scrub = { _, bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let clean = text.split(separator: "SECRET", omittingEmptySubsequences: false).joined(
                separator: "«scrubbed:x»")
            return clean == text ? nil : Array(clean.utf8)
        }
        return settings
    }

    /// All that git keeps for itself, with contents, times and rights.
    func sum() throws -> String {
        try repository.shell(
            """
            find .git -printf '%p %i %n %M %U %G %s %T@ %C@ %l\\n' | sort
            find .git -type f -print0 | sort -z | xargs -0 sha1sum
            """)
    }

    func capture() throws -> WorkTreeFindings { try repository.capture(settings).work }

    func store(_ work: WorkTreeFindings) throws -> FilePath {
        stores.appending(try #require(work.store) + ".git")
    }

    func files(_ work: WorkTreeFindings) throws -> [String] {
        try repository.shell("git --git-dir=\(store(work)) ls-tree -r --name-only \(#require(work.tree))")
            .split(separator: "\n").map(String.init)
    }

    func content(_ work: WorkTreeFindings, _ path: String) throws -> String {
        try repository.shell("git --git-dir=\(store(work)) cat-file blob '\(#require(work.tree)):\(path)'")
    }

    func leftOut(_ work: WorkTreeFindings) -> [String] { work.leftOut.map(\.path.shown) }

    func patch(_ work: WorkTreeFindings) throws -> String {
        String(decoding: try #require(work.patch), as: UTF8.self)
    }

    /// What git says when it applies the patch to a clone of the commit, and what a script prints there then.
    func applying(_ work: WorkTreeFindings, _ script: String) throws -> String {
        let file = repository.ground.appending("patch")
        try OwnedDescriptor(opening: file, .writeOnly, options: [.create, .truncate]).write(try #require(work.patch))
        return try repository.shell(
            "rm -rf ../clone; git clone -q . ../clone; cd ../clone; git apply --allow-empty \(file) 2>&1; \(script)")
    }

    /// Waits until a file that was just written may not change without its time telling.
    func settle() { usleep(50_000) }
}
