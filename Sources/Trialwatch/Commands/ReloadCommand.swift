internal import ArgumentParser
internal import TrialAgent

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Has the running agent read its configuration anew.",
        discussion: """
            What has changed holds when this returns; runs that are open go on. When something is wrong with the new \
            configuration, the agent keeps the one that it has, and each problem is told with file, line and column; the \
            exit status is 78 then. SIGHUP does the same.
            """)

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let done = try await ReloadRequest(option: agent.config, world).send()
        let out = world.output()
        let count = done.projects.count
        try out.line(count == 1 ? "1 project is watched" : "\(count) projects are watched")
        for project in done.added { try out.line("  new: \(SafeText.line(project))") }
        for project in done.dropped { try out.line("  no longer: \(SafeText.line(project))") }
        try out.flush()
        World.note(done.notices)
    }
}
