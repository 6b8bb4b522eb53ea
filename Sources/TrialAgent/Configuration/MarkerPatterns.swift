public import SystemPackage

/// Which files are run markers, by name and folder alone.
public struct MarkerPatterns: Sendable, Hashable {
    /// The folder in which `trialwatch run` keeps its markers.
    public static let ownFolder = ".trialwatch"

    /// The patterns for a file's name.
    public let patterns: [GlobPattern]

    /// Markers of these names.
    public init(_ patterns: [GlobPattern]) { self.patterns = patterns }

    /// `*.run`, `*.run.yaml`, `*.run.yml` and `*.run.json`.
    public static let standard = MarkerPatterns(
        ["*.run", "*.run.yaml", "*.run.yml", "*.run.json"].compactMap { try? GlobPattern($0) })

    /// Whether a file is a marker: its name matches, or it is a `*.run` in `.trialwatch/`; receipts and what editors
    /// leave behind never are.
    public func matches(_ path: FilePath) -> Bool {
        guard let name = path.lastComponent?.string, !Self.isReceipt(name), !Self.isLeftByEditor(name) else {
            return false
        }
        if patterns.contains(where: { $0.matches(name) }) { return true }
        return name.hasSuffix(".run") && path.removingLastComponent().lastComponent?.string == Self.ownFolder
    }

    /// The file in our own folder of a checkout on which there is a lock for as long as anything is written there.
    public static let unfinishedCheckout = "unfinished"

    /// Whether this is the name of a receipt, which the agent writes itself.
    static func isReceipt(_ name: String) -> Bool { name.hasSuffix(receiptEnding) }

    /// How names of receipts end.
    static let receiptEnding = ".trial.json"

    /// Vim's swap files, the back-ups of many (`name~`), and Emacs's locks (`.#name`) and autosaves (`#name#`).
    static func isLeftByEditor(_ name: String) -> Bool {
        if name.hasSuffix("~") || name.hasPrefix(".#") { return true }
        if name.hasPrefix("#"), name.hasSuffix("#") { return true }
        return name.hasPrefix(".") && [".swp", ".swo", ".swn", ".swx"].contains { name.hasSuffix($0) }
    }
}
