/// What programs are given on a command line, or keep of it.
extension SecretSearch {
    /// `--password value`, `-password value`, `curl -u user:password`.
    func option(at place: Int) -> Found? {
        guard place == 0 || bytes[place - 1] <= 0x20 || bytes[place - 1] == 0x22 || bytes[place - 1] == 0x27 else {
            return nil
        }
        let nameStart = byte(at: place + 1) == 0x2D ? place + 2 : place + 1
        let written = bytes[min(nameStart, bytes.count)...].prefix(SecretName.longest).prefix {
            $0.isWord || $0 == 0x2D
        }
        guard let separator = byte(at: written.endIndex), separator.isBlank || separator == 0x3D else { return nil }
        let isShort = nameStart == place + 1
        if isShort ? written.elementsEqual("u".utf8) : written.equals("user") || written.equals("proxy-user") {
            return user(at: written.endIndex + 1, before: place)
        }
        guard separator != 0x3D, !isShort || written.count >= 4, let name = SecretName(written),
            name.certainty == .certain
        else { return nil }
        let value = value(at: afterBlanks(written.endIndex))
        let content = bytes[value.range]
        guard value.form != .bracketed, let first = content.first, first != 0x2D, content.looksChosen,
            name.conceals(content)
        else { return nil }
        return (whole(value), kind(of: value.range, named: name.kind))
    }

    /// The password of `user:password`, when it is curl that is given it.
    private func user(at start: Int, before option: Int) -> Found? {
        let near = bytes[max(0, option - 128)..<option]
        let line = near.lastIndex(of: 0x0A).map { near[($0 + 1)...] } ?? near
        guard line.firstRange(of: Array("curl".utf8)) != nil else { return nil }
        let range = value(at: start).range
        guard let colon = bytes[range].prefix(128).firstIndex(of: 0x3A) else { return nil }
        let password = bytes[(colon + 1)..<range.upperBound]
        return Placeholder.isOne(password, named: []) ? nil : (colon + 1..<range.upperBound, "password")
    }

    /// `wandb login 0a1b…`.
    func wandbLogin(at place: Int) -> Found? {
        let words = bytes[place...].prefix(128).words
        guard words.count > 2, words[0].equals("wandb"), words[1].equals("login"),
            let key = words.dropFirst(2).first(where: { $0.first != 0x2D }), Self.isWandbKey(key)
        else { return nil }
        return (key.startIndex..<key.endIndex, "wandb")
    }

    static func isWandbKey(_ word: ArraySlice<UInt8>) -> Bool { word.count == 40 && word.allSatisfy(\.isHexadecimal) }

    /// `machine host login user password …`, on one line or on several.
    func netrcPassword(at place: Int) -> Found? {
        let start = place + 8
        guard let next = byte(at: start), next <= 0x20 else { return nil }
        let before = bytes[max(0, place - 192)..<place].words
        guard before.count >= 3 else { return nil }
        let isLogin = before[before.count - 2].equals("login")
        let machine = isLogin ? before.dropLast(2) : before[...]
        guard machine.suffix(2).first?.equals("machine") == true || isLogin && machine.last?.equals("default") == true
        else {
            return nil
        }
        let value = bytes[start...].drop { $0 <= 0x20 }.prefix { $0 > 0x20 }
        guard !value.isEmpty, !Placeholder.isOne(value, named: []) else { return nil }
        return (value.startIndex..<value.endIndex, kind(of: value.startIndex..<value.endIndex, named: "password"))
    }
}
