internal import ArgumentParser
internal import SystemPackage
internal import TrialAgent

struct FileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "file",
        abstract: "Files markers that are no trials yet because they were there before the first watch.",
        discussion: """
              trialwatch file ~/work/resnet/train.run
              trialwatch file ~/work/resnet/**/*.run
            """)

    @Argument(help: ArgumentHelp("The markers.", valueName: "path"))
    var paths: [String]

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let world = try World.ofThisProcess()
        let current = world.surroundings.workingDirectory
        let markers = paths.map { current.pushing(FilePath($0)).lexicallyNormalized().string }
        try await AgentClient(agent, world).perform(.file(markers), "file")
    }
}
