import SystemCalls
public import YAML

/// What the agent makes of a marker's content, for those who write markers.
public enum MarkerCheck {
    /// The most bytes that a marker may have.
    public static var limit: Int { MarkerReader.limit }

    /// The content as it was written; throws all that the agent would reject it for, with its places.
    public static func content(of bytes: [UInt8], named file: String) throws(YAMLProblems) -> YAMLNode {
        _ = try MarkerDecoder(localOffset: Clock.localOffset).decode(bytes, named: file)
        do throws(YAMLProblem) {
            return try YAMLNode.parse(bytes, file: file)
        } catch {
            throw YAMLProblems([error])
        }
    }
}
