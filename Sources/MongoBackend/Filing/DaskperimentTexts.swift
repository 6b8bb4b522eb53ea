internal import Records
internal import Trials

/// The texts of a capture as daskperiment's documents hold them, as far as they fit.
struct DaskperimentTexts {
    /// Category and text, the second names among them.
    private(set) var environment: [(name: String, text: String)] = []
    private(set) var code: String?
    /// What daskperiment does not get.
    private(set) var notices: [Notice] = []

    /// A document ends at 16 MB.
    private static let largest = 14 << 20

    init(_ capture: TrialCapture, number: Int, _ texts: CaptureTexts) throws(StoreError) {
        var size = 0
        for category in EnvironmentRecord.categories {
            guard let content = capture.environment[category] else { continue }
            let text: String
            switch try texts.entry(category, content).text {
            case .text(let whole)?: text = whole
            case .leftOut(let reason)?:
                notices.append(Notice(reason))
                continue
            case nil: continue
            }
            let names = EnvironmentRecord.names(category)
            guard size + names.count * text.utf8.count <= Self.largest else {
                notices.append(
                    Notice("environment \(category.rawValue) is left out of daskperiment's record: it would pass 16 MB")
                )
                continue
            }
            size += names.count * text.utf8.count
            environment += names.map { ($0, text) }
        }
        guard let code = capture.code, !code.files.isEmpty else { return }
        let text = CodeRecord.text(files: try texts.files(of: code), number: number)
        if text.utf8.count <= Self.largest {
            self.code = text
        } else {
            notices.append(Notice("the code is left out of daskperiment's record: it would pass 16 MB"))
        }
    }
}
