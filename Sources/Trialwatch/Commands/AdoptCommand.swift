internal import ArgumentParser
internal import TrialAgent

struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Says what becomes of the markers of projects of which nobody knows what is new in them.",
        discussion: """
            Which markers were there before the first watch, and which were handled since, is written down in the state \
            directory. When that is damaged or gone, nothing that a scan finds is filed until this is answered; trialwatch \
            status says so; what is written meanwhile is filed as ever. With --all, the last version of a marker whose run was told \
            by several may be taken for a run of its own.

              trialwatch adopt --none     what lies there now is no trial
              trialwatch adopt --all      what lies there now and was not filed before is filed
            """)

    @Flag(help: "File what lies there now and was not filed before.")
    var all = false

    @Flag(help: "File nothing of what lies there now.")
    var none = false

    @OptionGroup var agent: AgentOptions

    func validate() throws {
        if all == none { throw ValidationError("say either --all or --none") }
    }

    func run() async throws {
        try await AgentClient(agent, World.ofThisProcess()).ask(.adopt(all: all), "adopt")
    }
}
