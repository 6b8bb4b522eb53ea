internal import Bytes
public import JSON
public import Trials

/// Texts of a capture, kept once in a store however many trials have them: in the capture stands
/// `{"$text": digest}` instead.
public enum FoldedTexts {
    /// Shorter ones stay where they are.
    private static let shortest = 200
    private static let mark = "$text"

    /// Puts the texts back; one that `find` does not have is left out, and told as one of the capture's problems.
    public static func unfold(
        _ capture: JSON.Object, find: (String) throws(StoreError) -> JSON?
    ) throws(StoreError) -> JSON.Object {
        var whole = capture
        var problems = capture["problems"]?.array ?? []
        if let code = capture["code"] {
            whole["code"] = try unfold(code, find)
            if whole["code"] == nil { problems.append("the code was lost: the store no longer has its text") }
        }
        var environment = capture["environment"]?.object ?? [:]
        for member in environment.members {
            environment[member.key] = try unfold(member.value, find)
            if environment[member.key] == nil {
                problems.append(.string("environment \(member.key) was lost: the store no longer has its text"))
            }
        }
        whole["environment"] = .object(environment)
        whole["problems"] = .array(problems)
        return whole
    }

    /// The capture without its texts.
    public static func removed(from capture: JSON.Object) -> JSON.Object {
        var brief = capture
        brief["code"] = nil
        brief["environment"] = [:]
        return brief
    }

    /// The digests that a capture refers to.
    public static func digests(in capture: JSON.Object) -> [String] {
        let values = (capture["environment"]?.object ?? [:]).members.map(\.value) + [capture["code"] ?? .null]
        return values.compactMap { digest($0) }
    }

    /// By category, what stands for its text: equal exactly when the texts are.
    public static func marks(in capture: JSON.Object) -> JSON.Object { capture["environment"]?.object ?? [:] }

    /// What stands in a capture for one of its texts, with the SHA-256 by which the text is kept; nil for one that stays.
    static func fold(_ value: JSON) -> (folded: JSON, digest: String?) {
        let bytes = value.bytes()
        // A text that looks like a mark is folded however short, so that a mark is always one.
        guard bytes.count >= shortest || digest(value) != nil else { return (value, nil) }
        let digest = SHA256.digest(of: bytes).hex
        return ([mark: .string(digest)], digest)
    }

    private static func unfold(
        _ value: JSON, _ find: (String) throws(StoreError) -> JSON?
    ) throws(StoreError) -> JSON? {
        guard let digest = digest(value) else { return value }
        return try find(digest)
    }

    private static func digest(_ value: JSON) -> String? {
        guard let object = value.object, object.count == 1 else { return nil }
        return object[mark]?.string
    }
}
