import SystemCalls
import SystemPackage

/// A walk for the files that a pattern matches, in the order of their names, folder by folder.
///
/// No link is followed, and no environment or other folder of the built-in rules entered.
struct FolderWalk {
    /// The most entries that a walk goes over.
    static let mostEntries = 200_000

    private(set) var found: [FilePath] = []
    /// What was not looked into, each as a sentence for the user.
    private(set) var problems: [String] = []
    /// Whether there are more files than were to be found.
    private(set) var isCut = false
    private let pattern: PathPattern
    private let subject: String
    private let start: FilePath
    private let depth: Int?
    private let most: Int
    private let rules = IgnoreRules()
    private let beat: () -> Void
    private var entries = 0

    /// A walk for at most so many files; `subject` is what problems begin with, `beat` is called for every entry.
    init(_ pattern: PathPattern, for subject: String, atMost most: Int = .max, beat: @escaping () -> Void = {}) {
        self.pattern = pattern
        self.subject = subject
        self.most = most
        self.beat = beat
        let (literal, patterns) = pattern.split
        start = FilePath(root: nil, literal.compactMap { FilePath.Component($0) })
        // Without `**` the pattern says how deep its files lie.
        depth = patterns.contains(nil) ? nil : literal.count + patterns.count
    }

    mutating func run(in folder: borrowing SafeFolder) { visit(start, in: folder) }

    private var isOver: Bool { isCut || entries > Self.mostEntries }

    private mutating func visit(_ path: FilePath, in folder: borrowing SafeFolder) {
        guard !isOver else { return }
        let children: [DirectoryEntry]
        do throws(SystemCallError) {
            children = try folder.entries(of: path)
        } catch {
            if error.errno != .noSuchFileOrDirectory {
                problems.append("\(subject): \(path.shown) was not looked into: \(error)")
            }
            return
        }
        // An environment that lies in the project is not the project's own.
        if children.contains(where: { IgnoreRules.marksEnvironment($0.name) }) { return }
        for child in children {
            beat()
            entries += 1
            guard entries <= Self.mostEntries else {
                problems.append(
                    "\(subject): `\(pattern.text)` was given up after \(Self.mostEntries) entries (name a narrower folder)"
                )
                return
            }
            let place = path.appending(child.name)
            if child.kind == .directory {
                let isDeepEnough = depth.map { place.components.count >= $0 } ?? false
                if !isDeepEnough, !rules.ignoresEntry(place, isDirectory: true) { visit(place, in: folder) }
            } else if pattern.matches(place) {
                if found.count == most { isCut = true } else { found.append(place) }
            }
            if isOver { return }
        }
    }
}
