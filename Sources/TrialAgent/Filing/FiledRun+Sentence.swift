import JSON
import Trials

extension FiledRun {
    /// What became of it, as one line for people: `digits 12: failed after 3.1 s: ValueError(bad input)`.
    var sentence: String {
        guard case .filed(let state) = standing else {
            return "\(reference): it was deleted, and what came later of it is dropped"
        }
        var sentence = "\(reference): \(state.rawValue)"
        guard state != .running, let outcome else { return sentence }
        if let result = outcome.result, let document = try? JSON.encode(result) {
            sentence += " with \(document.text().shortened(to: 60))"
        }
        if let time = outcome.processTime { sentence += " after \(time.inWords)" }
        if let error = outcome.error { sentence += ": \(error.description.shortened(to: 200))" }
        return sentence
    }
}

extension String {
    /// The text, or its beginning when it is longer than so many characters.
    fileprivate func shortened(to count: Int) -> String {
        self.count > count ? prefix(count - 1) + "…" : self
    }
}

extension Duration {
    /// About as long as people say it: `310 ms`, `12.3 s`, `5 min 2 s`, `3 h 10 min`.
    var inWords: String {
        let milliseconds = max(0, wholeNanoseconds) / 1_000_000
        let seconds = milliseconds / 1000
        switch seconds {
        case 0: return "\(milliseconds) ms"
        case 1..<60: return "\(seconds).\(milliseconds % 1000 / 100) s"
        case 60..<3600: return "\(seconds / 60) min \(seconds % 60) s"
        default: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        }
    }
}
