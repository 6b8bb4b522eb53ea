/// Where secrets are in a text. Whatever is looked at before and behind a place is bounded: it costs the same a byte, whatever
/// the text is.
struct SecretSearch {
    typealias Found = (range: Range<Int>, kind: String)

    let bytes: [UInt8]
    let kind: Scrubber.Kind

    init(_ bytes: [UInt8], _ kind: Scrubber.Kind) {
        self.bytes = bytes
        self.kind = kind
    }

    /// The first secret from a place on; what is before the place was looked at.
    func next(from start: Int) -> Found? {
        var place = start
        while place < bytes.count {
            let byte = bytes[place]
            if byte.isWord {
                if place == 0 || !bytes[place - 1].isWord, let found = word(at: place) { return found }
                repeat { place += 1 } while place < bytes.count && bytes[place].isWord
                continue
            }
            switch byte {
            case 0x3D: if let found = assigned(at: place) { return found }
            case 0x3A: if let found = userInformation(at: place) ?? assigned(at: place) { return found }
            case 0x2D:
                if let found = privateKey(at: place) ?? endOfPrivateKey(at: place, from: start) ?? option(at: place) {
                    return found
                }
            default: break
            }
            place += 1
        }
        return nil
    }

    /// A token, or what a word makes of the next ones.
    private func word(at place: Int) -> Found? {
        let rest = bytes[place...]
        if let token = TokenShape.match(rest) { return (place..<token.end, token.kind) }
        switch bytes[place].lowercased {
        case 0x62: return credentials(at: place)
        case 0x70 where rest.begins(with: "password"): return netrcPassword(at: place)
        case 0x77 where rest.begins(with: "wandb"): return wandbLogin(at: place)
        default: return nil
        }
    }

    /// The first place from `start` on that is no blank.
    func afterBlanks(_ start: Int) -> Int {
        var place = start
        while place < bytes.count, bytes[place].isBlank { place += 1 }
        return place
    }

    func byte(at place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

    /// What a range of bytes is called when it is a secret: a token by itself, else as it is named.
    func kind(of range: Range<Int>, named name: String) -> String {
        TokenShape.match(bytes[range]).flatMap { $0.end == range.upperBound ? $0.kind : nil } ?? name
    }
}
