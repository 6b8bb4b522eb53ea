import Trials

/// Claims that are made durable together; none of them judges, or is judged by, another of the same batch.
struct ClaimBatch {
    private(set) var claims: [Claim] = []
    /// The versions that the claims take.
    private(set) var contents: [MarkerContent] = []
    private var taken: Set<String> = []

    /// Claims that share one fdatasync.
    private static let largest = 256

    /// True when this version has to wait until the batch is durable: it is of a marker that the batch claims, is the same
    /// file under another name, or the batch is full.
    func mustPrecede(_ content: MarkerContent) -> Bool {
        claims.count == Self.largest || taken.contains(Self.marker(content)) || taken.contains(Self.version(content))
    }

    /// True when the batch tells of one of the claim's runs, which several markers may name.
    func mustPrecede(_ claim: Claim) -> Bool {
        claim.head.runs.contains { taken.contains($0.key.text) }
    }

    /// Adds a claim and the version that it takes.
    mutating func add(_ claim: Claim, of content: MarkerContent) {
        claims.append(claim)
        contents.append(content)
        taken.formUnion([Self.marker(content), Self.version(content)] + claim.head.runs.map(\.key.text))
    }

    private static func marker(_ content: MarkerContent) -> String { "marker \(content.place.shown)" }

    private static func version(_ content: MarkerContent) -> String { "version \(content.identity.hash)" }
}
