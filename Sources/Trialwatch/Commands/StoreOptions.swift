internal import ArgumentParser

/// Which store is read.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read this store instead of the configured one: a backend's name, a URI, or a directory of local files.",
            valueName: "name|uri|directory"))
    var backend: String?

    @Option(help: ArgumentHelp("The configuration to read.", valueName: "file"))
    var config: String?
}

/// How output is written.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Write JSON.")
    var json = false
}
