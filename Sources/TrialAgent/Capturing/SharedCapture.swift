import Synchronization

/// A capture that many runs share, and which stores its files have gone to.
struct SharedCapture: Sendable {
    var made: MadeCapture
    /// When it was begun, by the monotonic clock in nanoseconds: it serves whoever's marker was read before.
    let began: Int64
    private var stores: Set<String> = []
    private var isStripped = false

    init(_ made: MadeCapture, began: Int64) {
        self.made = made
        self.began = began
    }

    /// Notes that a trial of this store has it, and with the first one its files.
    mutating func goes(to backend: String) { stores.insert(backend) }

    /// Whether it can serve a run that is yet to be captured.
    func serves(_ wish: CaptureWish, in backend: String) -> Bool {
        wish.seen <= began && (!isStripped || stores.contains(backend))
    }

    /// Without the files that its first runs have taken along; for a store that has none of it, another is made.
    func withoutFiles() -> SharedCapture {
        var stripped = self
        stripped.isStripped = isStripped || !made.parts.isEmpty || !made.files.isEmpty
        stripped.made.parts = []
        stripped.made.files = []
        return stripped
    }
}

/// The captures that were made last. Markers are read as they come and claimed one after the other: a capture that was begun
/// meanwhile is nearer to the run's start than one that is yet to be made.
final class RecentCaptures: Sendable {
    /// Each takes some 100 KB.
    private static let most = 4

    private let captures = Mutex<[(subject: CaptureSubject, capture: SharedCapture)]>([])

    /// The last capture with this subject.
    subscript(_ subject: CaptureSubject) -> SharedCapture? {
        captures.withLock { $0.first { $0.subject == subject }?.capture }
    }

    /// Keeps captures for runs to come.
    func keep(_ made: [CaptureSubject: SharedCapture]) {
        captures.withLock { captures in
            captures.removeAll { made[$0.subject] != nil }
            captures = (made.map { ($0.key, $0.value.withoutFiles()) } + captures).prefix(Self.most).map { $0 }
        }
    }
}
