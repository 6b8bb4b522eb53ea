extension Sequence {
    /// The first answer that any element gives, in their order; each is asked once, and none after it.
    ///
    /// `lazy.compactMap(question).first` asks twice, and traps when the second answer is nil: a file may be gone by then.
    func firstAnswer<Answer>(_ question: (Element) -> Answer?) -> Answer? {
        for element in self {
            if let answer = question(element) { return answer }
        }
        return nil
    }
}
