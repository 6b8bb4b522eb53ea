internal import CGit2
internal import SystemPackage

/// One pack of objects of a bare repository, each kept as its difference to a similar one where that is shorter.
///
/// libgit2 looks for what is similar among objects of one kind whose paths end alike, those first that are added first.
struct PackBuilding: ~Copyable {
    private let repository: OpaquePointer
    private let builder: OpaquePointer

    /// Begins a pack of objects that the repository has.
    init(of path: FilePath) throws(GitError) {
        var repository: OpaquePointer?
        try check("git_repository_open_bare") {
            path.withPlatformString { git_repository_open_bare(&repository, $0) }
        }
        guard let repository else { throw lastError("git_repository_open_bare", -1) }
        var builder: OpaquePointer?
        let code = git_packbuilder_new(&builder, repository)
        guard code == 0, let builder else {
            defer { git_repository_free(repository) }
            throw lastError("git_packbuilder_new", code)
        }
        self.repository = repository
        self.builder = builder
    }

    deinit {
        git_packbuilder_free(builder)
        git_repository_free(repository)
    }

    /// Adds an object, by the path that it has in some tree; once is enough.
    mutating func add(_ id: ObjectID, path: [UInt8]) throws(GitError) {
        let builder = builder
        var id = id.raw
        let text = path.map { CChar(bitPattern: $0) } + [0]
        try check("git_packbuilder_insert") { git_packbuilder_insert(builder, &id, text) }
    }

    /// Writes pack and index into a folder, and gives their name without `.pack` and `.idx`; they may not be on the device yet.
    ///
    /// `progress` is called while that goes on.
    mutating func write(into folder: FilePath, progress: @escaping () -> Void) throws(GitError) -> String {
        let builder = builder
        let beat = Beat(progress)
        defer { extendLifetime(beat) }
        let payload = Unmanaged.passUnretained(beat).toOpaque()
        try check("git_packbuilder_set_callbacks") {
            git_packbuilder_set_callbacks(
                builder, { _, _, _, payload in Beat.of(payload) }, payload)
        }
        try check("git_packbuilder_write") {
            folder.withPlatformString {
                git_packbuilder_write(builder, $0, 0o600, { _, payload in Beat.of(payload) }, payload)
            }
        }
        guard let name = git_packbuilder_name(builder) else { throw lastError("git_packbuilder_name", -1) }
        return "pack-" + String(cString: name)
    }
}

/// What libgit2 calls while it works.
private final class Beat {
    private let progress: () -> Void

    init(_ progress: @escaping () -> Void) { self.progress = progress }

    /// Goes on in any case.
    static func of(_ payload: UnsafeMutableRawPointer?) -> Int32 {
        if let payload { Unmanaged<Beat>.fromOpaque(payload).takeUnretainedValue().progress() }
        return 0
    }
}
