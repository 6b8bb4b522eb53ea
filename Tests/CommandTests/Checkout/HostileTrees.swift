import BackendTesting
import Git

/// Trees of names, modes, links and objects that are meant to lead elsewhere, or to no end: the same for the same seed.
struct HostileTrees {
    private var random: SeededRandom
    private var objects = RawObjects()
    /// What absolute names and links lead to.
    private let outside: String

    init(seed: UInt64, outside: String) {
        random = SeededRandom(seed)
        self.outside = outside
    }

    private static let names: [[UInt8]] =
        [
            "a", "a", "b", "b", "A", "link", "link", "canary", "checkout", "RUN.md", ".trialwatch", ".gitmodules",
            // Out of the folder, by what some system takes for a separator.
            ".", "..", "../canary", "../../canary", "../../../escaped", "a/b", "a/../../canary", "..\\canary", "",
            "...",
            ".. ", "/", "link/in",
            // What git, or NTFS or HFS+, takes for git's own folder.
            ".git", ".GIT", ".gIt", ".git ", ".git.", ".git. .", "git~1", "GIT~1", "git~2", ".git::$INDEX_ALLOCATION",
            ".git:x", ".g\u{200C}it", "\u{FEFF}.git", ".gi\u{202E}t", ".git\\config", "..git", ".git\u{0}x",
            // Names of devices and of other programs.
            "CON", "aux.py", "$(id)", "-rf", "~", "a\u{1B}[2J", "\n",
        ].map { Array($0.utf8) } + [
            Array(repeating: 0x78, count: 255), Array(repeating: 0x78, count: 256), Array(repeating: 0x78, count: 4000),
            [0xFF, 0xFE], [0xC3], [0x2E, 0x2E, 0x20], [0xE2, 0x80],
        ]
    private static let modes: [UInt32] = [
        0o100644, 0o100755, 0o100664, 0o104755, 0o102755, 0o106777, 0o101777, 0o120000, 0o120777, 0o120000, 0o120000,
        0o040000, 0o040000, 0o040000, 0o040755, 0o042777, 0o160000, 0, 0o777, 0o644, 0o010644, 0o020666, 0o060644,
        0o140644, 0o170000, 0o7777777,
    ]
    private static let targets = [
        "..", "../..", "../../..", ".", "a", "b/..", "../canary", "../../canary", "/", "/proc/self/cwd", "link", "",
        "a/../../canary", ".trialwatch", ".git", "x\u{0}y", String(repeating: "../", count: 1365),
        String(repeating: "x", count: 5000),
    ]

    /// Another tree, and the objects that it is made of.
    mutating func next() -> (tree: ObjectID, objects: RawObjects) {
        objects = RawObjects()
        let root: ObjectID
        switch Int.random(in: 0..<20, using: &random) {
        case 0: root = chain()
        case 1: root = circle()
        default: root = tree(depth: 4)
        }
        return (root, objects)
    }

    private mutating func tree(depth: Int) -> ObjectID {
        var entries: [(mode: UInt32, name: [UInt8], object: ObjectID)] = []
        for _ in 0..<Int.random(in: 0..<8, using: &random) {
            var entry = entry(depth: depth)
            entries.append(entry)
            // The same name once more, as something else: a link, and then what would be written through it.
            for _ in 0..<(Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 1...2, using: &random) : 0) {
                let name = entry.name
                entry = self.entry(depth: depth)
                entries.append((entry.mode, name, entry.object))
            }
        }
        let tree = objects.tree(entries)
        guard Int.random(in: 0..<40, using: &random) == 0, var bytes = objects.objects[tree]?.content, !bytes.isEmpty
        else { return tree }
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
        return objects.tree(bytes: bytes)
    }

    private mutating func entry(depth: Int) -> (mode: UInt32, name: [UInt8], object: ObjectID) {
        var name = Self.names.randomElement(using: &random) ?? []
        if Int.random(in: 0..<40, using: &random) == 0 { name = Array("\(outside)/absolute".utf8) }
        let mode = Self.modes.randomElement(using: &random) ?? 0
        // Some are not what the mode says, and some are not there.
        let kind = Int.random(in: 0..<12, using: &random) == 0 ? 0o040000 : mode & 0o170000
        switch kind {
        case 0o120000:
            let isAbsolute = Int.random(in: 0..<6, using: &random) == 0
            let target = isAbsolute ? outside : Self.targets.randomElement(using: &random) ?? ""
            return (mode, name, objects.blob(target))
        case 0o040000 where depth > 0: return (mode, name, tree(depth: depth - 1))
        default:
            let number = Int.random(in: 0..<100, using: &random)
            if number == 0, let missing = ObjectID(hex: String(repeating: "0b", count: 20)) {
                return (mode, name, missing)
            }
            return (mode, name, objects.blob("evil \(number)"))
        }
    }

    /// Folders in folders, further than Linux's paths reach, with something in each.
    private mutating func chain() -> ObjectID {
        let name = Array(repeating: UInt8(ascii: "d"), count: Int.random(in: 1...255, using: &random))
        var tree = tree(depth: 0)
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            let entry = entry(depth: 0)
            tree = objects.tree([(0o040000, name, tree), entry])
        }
        return tree
    }

    /// A tree that is in itself, under an id that is not its own.
    private mutating func circle() -> ObjectID {
        let inner = tree(depth: 1)
        let content = objects.objects[objects.tree([(0o040000, Array("in".utf8), inner)])]?.content ?? []
        objects.pretend(inner, isTree: content)
        return inner
    }
}
