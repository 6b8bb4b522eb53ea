/// Addresses of repositories, which may hold secrets.
public enum RemoteAddress {
    /// The address without user, password, query and fragment: `https://ada:secret@host/x.git?token=1` is
    /// `https://host/x.git`, and `git@host:x.git` is `host:x.git`; a path stays what it is.
    ///
    /// A password with a `/` or `?` in it, which no URL may have, is cut as well.
    public static func withoutSecrets(_ address: String) -> String {
        guard let scheme = address.firstRange(of: "://") else { return shellAddress(address) }
        var rest = address[scheme.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        if let at = authority.lastIndex(of: "@") {
            rest = rest[rest.index(after: at)...]
        } else if let colon = authority.lastIndex(of: ":"), let at = rest.lastIndex(of: "@"),
            !authority[authority.index(after: colon)...].allSatisfy(\.isNumber)
        {
            // What follows the colon is no port, so it is the beginning of a password.
            rest = rest[rest.index(after: at)...]
        }
        return String(address[..<scheme.upperBound] + rest.prefix { $0 != "?" && $0 != "#" })
    }

    /// True for `git@host:path` and `ssh://git@host/path`.
    static func hasUserGit(_ address: String) -> Bool {
        let rest = address.firstRange(of: "://").map { address[$0.upperBound...] } ?? address[...]
        return rest.hasPrefix("git@")
    }

    /// `user@host:path`, the form that scp and git share.
    private static func shellAddress(_ address: String) -> String {
        let head = address.prefix { $0 != "/" }
        guard let at = head.lastIndex(of: "@"), head.contains(":") else { return address }
        return String(address[address.index(after: at)...])
    }
}

extension String {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
