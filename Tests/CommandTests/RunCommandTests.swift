import Glibc
import JSON
import ProgramTesting
import SystemPackage
import Testing

/// `trialwatch run` changes nothing for its command: the same script, with and without it, says the same.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RunCommandTests {
    /// What is looked at, and a script in which `$run` stands before each command.
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let script: String
        /// What both have to say; nil where only their agreement counts.
        let expected: String?

        init(_ description: String, _ script: String, _ expected: String? = nil) {
            (testDescription, self.script, self.expected) = (description, script, expected)
        }
    }

    /// What can be compared between two worlds.
    struct Observation: Equatable {
        let text: String
        let errors: [String]
        let exit: TrialwatchProcess.Exit

        init(_ output: Sandbox.Output, in world: Sandbox) {
            text = output.text.split(separator: world.root.string).joined(separator: "…")
            // We complain in words of our own; a shell names processes by their numbers.
            errors = output.errors.split(separator: "\n").filter { !$0.contains("trialwatch: ") }
                .map { String($0.filter { !$0.isNumber }) }
            exit = output.exit
        }
    }

    static let signals = "grep -E \"^(Shd|Sig)[PBIC]\" /proc/self/status"

    /// Sets signals as Python can, and becomes the rest of the command line.
    static func python(_ settings: String) -> String {
        "python3 -c 'import os, sys; from signal import *; \(settings); os.execvp(sys.argv[1], sys.argv[1:])'"
    }

    static let passing = """
        mkfifo ready
        for signal in TERM HUP USR1 USR2 INT QUIT WINCH RTMIN; do
            $run python3 -c '
        import os, signal
        def got(number, frame):
            print("got", number - signal.SIGRTMIN if number >= signal.SIGRTMIN else signal.Signals(number).name, flush=True)
            os._exit(5)
        for name in "TERM HUP USR1 USR2 INT QUIT WINCH RTMIN".split():
            signal.signal(getattr(signal, "SIG" + name), got)
        open("ready", "w").close()
        while True: signal.pause()
        ' &
            pid=$!
            : < ready
            kill -$signal $pid
            wait $pid
            echo $?
        done
        """

    static let rows = [
        Row("exit statuses", "for s in 0 1 3 64 126 127 255; do $run sh -c \"exit $s\"; echo $?; done"),
        Row(
            "death by a signal",
            "for s in KILL TERM INT HUP PIPE USR1 SEGV ABRT ALRM RTMIN; do $run sh -c \"kill -$s \\$\\$\"; echo $?; done 2>/dev/null"
        ),
        Row(
            "no core file", "ulimit -c unlimited; $run sh -c 'ulimit -c 0; kill -SEGV $$' 2>/dev/null; ls -A; echo over"
        ),
        Row("no such command", "$run nope 2>/dev/null; echo $?; $run ./nope 2>/dev/null; echo $?", "127\n127\n"),
        Row("no name", "$run '' 2>/dev/null; echo $?", "127\n"),
        Row(
            "what can't be executed",
            "mkdir d; touch f; $run ./d 2>/dev/null; echo $?; $run ./f 2>/dev/null; echo $?; $run f/x 2>/dev/null; echo $?",
            "126\n126\n126\n"),
        Row(
            "what can't be executed, in PATH",
            "mkdir -p a b/x; touch a/x; PATH=$PWD/a:$PWD/b:$PATH; $run x 2>/dev/null; echo $?", "126\n"),
        Row(
            "an interpreter that is not there", "echo '#!/nope' > x; chmod +x x; $run ./x 2>/dev/null; echo $?", "127\n"
        ),
        Row("a script without #!", "echo 'echo $1 $0; exit 4' > x; chmod +x x; $run ./x a; echo $?", "a ./x\n4\n"),
        Row(
            "a program for another machine",
            "printf 'MZ\\000\\n' > x; chmod +x x; $run ./x 2>/dev/null; echo $?", "126\n"),
        Row("an empty entry in PATH", "echo 'echo here' > x; chmod +x x; PATH=:$PATH; $run x", "here\n"),
        Row("standard input", "printf 'a\\nb' | $run cat; echo abc > f; $run wc -c < f", "a\nb4\n"),
        Row("standard error", "$run sh -c 'echo problem >&2' 2>&1", "problem\n"),
        Row("the environment", "export A=$'\\xff' B=; $run env | grep -v ^_="),
        Row("arguments, byte for byte", "$run printf '<%s>' a 'b c' '' $'\\xff\\n' -- --help '*' -e"),
        Row("its own name", "ln -s /bin/bash ./mybash; PATH=.:$PATH; $run mybash -c 'echo $0'"),
        Row("the working directory", "mkdir real; ln -s real link; cd link; $run pwd -P; $run pwd -L"),
        Row("signals", "$run \(signals)"),
        Row("ignored signals", "trap '' HUP USR1 INT TSTP TTOU; $run \(signals)"),
        Row("under nohup", "nohup $run \(signals) 2>/dev/null"),
        Row(
            "ignored children", "\(python("signal(SIGCHLD, SIG_IGN)")) $run sh -c '\(signals); exit 3'; echo $?"),
        Row("blocked signals", "\(python("pthread_sigmask(SIG_BLOCK, [SIGTERM, SIGUSR1, SIGCHLD])")) $run \(signals)"),
        Row("an ignored SIGPIPE", "\(python("signal(SIGPIPE, SIG_IGN)")) $run \(signals)"),
        Row("a timer of the caller's", "\(python("setitimer(ITIMER_REAL, 0.2)")) $run sleep 60; echo $?", "142\n"),
        Row("open files", "exec 5</etc/hostname; $run ls /proc/self/fd; $run sh -c 'cat <&5'"),
        Row(
            "no input, no output", "$run sh -c 'ls /proc/self/fd' <&-; $run sh -c 'ls /proc/self/fd >&2' >&- 2>f; cat f"
        ),
        Row("limits", "ulimit -S -n 333; ulimit -c 0; $run bash -c 'ulimit -a; ulimit -Ha'"),
        Row("few open files", "ulimit -n 7; $run sh -c 'ls /proc/self/fd; exit 3'; echo $?"),
        Row("little memory", "ulimit -v 600000; $run sh -c 'ulimit -v; exit 3'; echo $?", "600000\n3\n"),
        Row("no errors to write to", "$run sh -c 'ls /proc/self/fd' 2>&-"),
        Row("priority and mask", "umask 027; nice -n 3 $run nice; $run sh -c umask"),
        Row(
            "the process group",
            "export g=$(ps -o pgid= -p $$); $run sh -c 'test $(ps -o pgid= -p $$) = $g'; echo $?", "0\n"),
        Row("signals sent to it", passing),
        Row(
            "signals that it ignores",
            "mkfifo f; $run sh -c 'trap \"\" TERM; : > f; read x < f; echo $x' & : < f; kill -TERM $!; echo on > f; wait $!; echo $?",
            "on\n0\n"),
        Row(
            "a pipe ends when it lets go of its output",
            "mkfifo f; $run sh -c 'exec >&-; read x < f' | { cat; echo over; echo > f; }", "over\n"),
        Row(
            "a pipe breaks when it lets go of its input",
            "mkfifo f; { yes; echo > f; } 2>/dev/null | $run sh -c 'exec <&-; read x < f'; echo over", "over\n"),
        Row(
            "a lock ends when it lets go of it",
            "mkfifo f; exec 9>lock; flock 9; $run sh -c 'exec 9>&-; read x < f' & exec 9>&-; flock lock echo free; echo > f; wait",
            "free\n"),
    ]

    @Test(arguments: rows)
    func `a command does what it does without it`(row: Row) async throws {
        var observations: [Observation] = []
        for run in ["", "trialwatch run --"] {
            let world = try Sandbox()
            try world.configure("projects: [{path: ~/project}]\n")
            _ = try world.makeProject()
            let output = try await world.shell("run='\(run)'; mkdir project/w; cd project/w\n\(row.script)")
            observations.append(Observation(output, in: world))
        }
        #expect(observations[0] == observations[1])
        #expect(!observations[1].text.isEmpty)
        if let expected = row.expected { #expect(observations[1].text == expected) }
    }

    @Test(arguments: [
        (["sh", "-c", "exit 3"], TrialwatchProcess.Exit.status(3)), (["sh", "-c", "kill -9 $$"], .signal(SIGKILL)),
        (["sh", "-c", "kill -TERM $$"], .signal(SIGTERM)), (["sh", "-c", "kill -SEGV $$"], .signal(SIGSEGV)),
    ])
    func `whoever waits for it sees how the command ended`(
        command: [String], expected: TrialwatchProcess.Exit
    ) async throws {
        let world = try Sandbox()
        let output = try await world.run(world.program, ["run", "--"] + command)
        #expect(output.exit == expected)
    }

    @Test func `a shell tells death by a signal by 128 and its number`() async throws {
        let output = try await Sandbox().shell(
            "for s in KILL TERM; do trialwatch run -- sh -c \"kill -$s \\$\\$\"; echo $?; done")
        #expect(output.text == "137\n143\n")
    }

    @Test(arguments: [
        ("nope", "trialwatch: run: nope: command not found\n", 127),
        ("/etc/passwd", "trialwatch: run: /etc/passwd: Permission denied\n", 126),
    ])
    func `a command that cannot be run is told, and is no run`(
        command: String, message: String, status: Int32
    ) async throws {
        let world = try Sandbox()
        let output = try await world.run("run", "--", command)
        #expect(output.exit == .status(status))
        #expect(output.errors == message)
        #expect(try await world.shell("ls -A").text.isEmpty)
    }

    @Test(arguments: [
        ["run"], ["run", "true"], ["run", "-e", "my-exp", "--", "true"], ["run", "-p", "lr", "--", "true"],
        ["run", "-p", "a..b=1", "--", "true"], ["run", "-p", "a=[1", "--", "true"],
        ["run", "--seed", "x", "--", "true"],
    ])
    func `what is wrong on the command line is told before anything runs`(arguments: [String]) async throws {
        let world = try Sandbox()
        let output = try await world.run(world.program, arguments)
        #expect(output.exit == .status(64))
        #expect(!output.errors.isEmpty)
        #expect(try await world.shell("ls -A").text.isEmpty)
    }
}
