internal import ArgumentParser
internal import TrialAgent

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Tries again to file what was set aside because its backend refused it.",
        discussion: """
            trialwatch status says how much that is, and why. What waits for a backend that is not configured any more \
            stays until it is given to another.

              trialwatch retry                        all that was refused
              trialwatch retry --backend lab          what lab refused
              trialwatch retry --to here              what waits for backends that are gone, to the backend here
              trialwatch retry --backend lab --to here
            """)

    @Option(help: ArgumentHelp("The backend that it goes to.", valueName: "name"))
    var to: String?

    @Option(help: ArgumentHelp("Only what was meant for this backend.", valueName: "name"))
    var backend: String?

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let (retried, hindrance) = try await AgentClient(agent, world).retry(of: backend, to: to)
        let out = world.output()
        if let to {
            try out.line("\(Self.entries(retried.moved)) moved to \(SafeText.line(to))")
        } else {
            try out.line("\(Self.entries(retried.again)) tried again")
        }
        try out.flush()
        if retried.homeless > 0 {
            World.note([
                "\(Self.entries(retried.homeless)) for "
                    + "\(retried.homelessBackends.joined(separator: ", ")), not configured any more, wait "
                    + "(trialwatch retry --to NAME gives them to another backend)"
            ])
        }
        if let hindrance { throw hindrance }
    }

    private static func entries(_ count: Int) -> String { count == 1 ? "1 entry" : "\(count) entries" }
}
