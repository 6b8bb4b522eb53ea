// swift-tools-version: 6.1
import PackageDescription

/// One set of rules for every Swift target: language mode 6, the upcoming features, and no unused import.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The same for what scripts/test does not optimize, as that takes longer than it saves: the tests, and the large modules that
/// have others do the work.
let unoptimizedForTests: [SwiftSetting] =
    settings + (Context.environment["TRIALWATCH_TEST"] == "1" ? [.unsafeFlags(["-Onone"])] : [])

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], excluding files: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: files, swiftSettings: unoptimizedForTests)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "trialwatch",
    products: [
        .executable(name: "trialwatch", targets: ["Trialwatch"]),
        // Preloaded by tests.
        .library(name: "FaultInjection", type: .dynamic, targets: ["FaultInjection"]),
        .library(name: "NVMLDouble", type: .dynamic, targets: ["NVMLDouble"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // System libraries: a module map and a shim header each.
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        // No pkgConfig: its flags would be refused.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CMongo", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // Leaves: each knows one thing, and nothing of the others.
        library("Trials"),
        library("JSON"),
        library("Pickle"),
        library("SystemCalls", ["CLinux", system]),
        library("Bytes", ["CCrypto", "CZlib", "CZstd"]),
        library("YAML", ["CYAML", "JSON"]),
        library("Git", ["CGit2", "Bytes", "SystemCalls", system]),
        .target(name: "MongoMemory"),
        library("Mongo", ["CMongo", "MongoMemory"]),
        library("Redis", ["CHiredis", "SystemCalls", system]),

        // The record of a run, the stores that keep it, the agent that makes it.
        library("Records", ["Trials", "JSON", "Pickle", "Bytes"]),
        library("LocalBackend", ["Trials", "Records", "JSON", "Pickle", "Bytes", "SystemCalls", system]),
        library(
            "MongoBackend", ["Trials", "Records", "JSON", "Pickle", "Bytes", "Mongo", "SystemCalls", system]),
        library(
            "RedisBackend", ["Trials", "Records", "JSON", "Pickle", "Bytes", "Redis", "SystemCalls", system]),
        .target(
            name: "TrialAgent",
            dependencies: ["Trials", "JSON", "YAML", "Git", "Bytes", "SystemCalls", logging, system],
            swiftSettings: unoptimizedForTests),
        .executableTarget(
            name: "Trialwatch",
            dependencies: [
                "Trials", "JSON", "YAML", "Bytes", "Records", "LocalBackend", "RedisBackend", "MongoBackend", "Mongo",
                "TrialAgent", "Git", "SystemCalls",
                argumentParser, logging, system,
            ],
            resources: [
                .embedInCode("Installing/trialwatch.service"), .embedInCode("Installing/trialwatch@.service"),
            ],
            swiftSettings: unoptimizedForTests),

        // Used by tests only.
        .target(name: "FaultInjection"),
        .target(name: "NVMLDouble"),
        library("TestFiles", ["SystemCalls", system]),
        library("BackendTesting", ["Trials"]),
        library("ProgramTesting", ["CLinux", "JSON", "Mongo", "Redis", "SystemCalls", system]),
        .executableTarget(
            name: "backend-writer",
            dependencies: [
                "BackendTesting", "LocalBackend", "RedisBackend", "MongoBackend", "Mongo", "Trials", "SystemCalls",
                system,
            ],
            path: "Sources/BackendWriter", swiftSettings: settings),
        .executableTarget(
            name: "capture-worker-double", dependencies: ["TrialAgent", "Trials", "SystemCalls", system],
            path: "Sources/CaptureWorkerDouble", swiftSettings: settings),
        tests("TrialsTests", ["Trials", "JSON"]),
        tests("JSONTests", ["JSON"]),
        tests(
            "PickleTests", ["Pickle", "JSON", "BackendTesting", "ProgramTesting", "SystemCalls", system],
            excluding: ["Golden"]),
        tests("SystemCallsTests", ["SystemCalls", "CLinux", "TestFiles", system]),
        tests("BytesTests", ["Bytes"]),
        tests("YAMLTests", ["YAML"]),
        tests("GitTests", ["Git", "TestFiles", "ProgramTesting", "SystemCalls", system]),
        tests("RecordsTests", ["Records", "Trials", "JSON", "Pickle"]),
        tests(
            "TrialAgentTests",
            [
                "capture-worker-double", "TrialAgent", "Trials", "JSON", "YAML", "Git", "Bytes", "SystemCalls",
                "BackendTesting", "TestFiles", logging, system,
            ],
            excluding: ["Capturing/Conda"]),
        tests(
            "BackendTests",
            [
                "BackendTesting", "backend-writer", "ProgramTesting", "TestFiles", "LocalBackend", "RedisBackend",
                "Redis", "MongoBackend", "Mongo", "Bytes", "Trials", "JSON",
                "SystemCalls", system,
            ]),
        tests(
            "CommandTests",
            [
                "Trialwatch", "ProgramTesting", "BackendTesting", "TestFiles", "LocalBackend", "RedisBackend",
                "MongoBackend", "Mongo", "Bytes", "Git", "Trials", "TrialAgent", "JSON", "SystemCalls", argumentParser,
                system,
            ]),
        tests(
            "InteropTests",
            [
                "backend-writer", "TestFiles", "ProgramTesting", "LocalBackend", "RedisBackend", "Redis",
                "MongoBackend", "Mongo", "TrialAgent",
                "Trials", "JSON", "Git",
                "BackendTesting", "Bytes", "Pickle", "SystemCalls", system,
            ],
            excluding: [
                "check_record.py", "compare_pickles.py", "add_trial.py", "step_tokens.py", "check_purity.py",
                "load_pickle.py", "make_environment.py", "python-tools.txt",
                "live_process.py", "requirements.txt", "requirements-newer.txt", "Golden",
            ]),
        tests("ServiceTests", ["Trialwatch", "NVMLDouble", "ProgramTesting", "JSON", "SystemCalls", system]),
        tests("CrashTests", ["Trialwatch", "ProgramTesting", "Mongo", "JSON", "SystemCalls", system]),
    ],
    swiftLanguageModes: [.v6]
)

// A fuzzer has no main function of its own, so that only scripts/fuzz can link it.
if Context.environment["TRIALWATCH_FUZZ"] == "1" {
    func fuzzer(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) {
        package.products.append(.executable(name: name, targets: [name]))
        package.targets.append(
            .executableTarget(
                name: name, dependencies: dependencies, path: "Tests/Fuzzing/\(folder)", exclude: ["seeds.py"],
                swiftSettings: settings))
    }
    fuzzer("pickle-fuzzer", "Pickle", ["Pickle"])
    fuzzer("marker-fuzzer", "Marker", ["TrialAgent", "Trials", "JSON", system])
    fuzzer("metrics-fuzzer", "Metrics", ["TrialAgent", "Trials", "JSON", "BackendTesting", "SystemCalls", system])
}
