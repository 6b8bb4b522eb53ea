internal import Glibc
internal import SystemPackage

/// What a command finds around it: read once, at its beginning.
struct World: Sendable {
    /// The environment variables.
    let environment: [String: String]
    /// The clock.
    let moments: Moments
    /// The place that output goes to.
    let page: Page

    /// What this process was started in.
    static func ofThisProcess() -> World {
        let environment = readEnvironment()
        return World(environment: environment, moments: .system(), page: .standardOutput(environment))
    }

    /// Standard output as it is now.
    func output() -> Output { Output(page: page, to: .standardOutput) }

    /// Tells the user something that is no failure, on standard error.
    func note(_ sentences: [String]) {
        for sentence in sentences {
            // There is no other place to say it when this fails.
            _ = try? FileDescriptor.standardError.writeAll("trialwatch: \(SafeText.block(sentence))\n".utf8)
        }
    }

    private static func readEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "="), equals != text.startIndex {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}
