import Glibc
import ProgramTesting
import Testing

/// `trialwatch run` on a terminal, in an interactive shell: what the user types and sees is what it is without it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RunTerminalTests {
    enum Step: Sendable {
        /// Keys, in which `$run` stands before the command.
        case type(String)
        /// Waits until the screen shows this.
        case read(String)
        case resize(UInt16, UInt16)
    }

    struct Scene: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let steps: [Step]
        /// What the screen shows in any case.
        let expected: String

        init(_ description: String, _ expected: String, _ steps: Step...) {
            (testDescription, self.expected, self.steps) = (description, expected, steps)
        }
    }

    /// Handles Ctrl-C without ending, and ends when it has read a line.
    static let counting = """
        $run python3 -c 'import os, select, signal, sys
        signal.signal(signal.SIGINT, lambda *_: os.write(1, b"cau" b"ght\\n"))
        print("rea" "dy", flush=True)
        while not select.select([0], [], [], 0.01)[0]: pass
        print("line", sys.stdin.readline())'

        """

    /// Says when it goes on, and ends when it has read a line.
    static let resuming = """
        $run python3 -c 'import os, select, signal, sys
        signal.signal(signal.SIGCONT, lambda *_: os.write(1, b"co" b"nt\\n"))
        print("rea" "dy", flush=True)
        while not select.select([0], [], [], 0.01)[0]: pass
        print("line", sys.stdin.readline())'

        """

    /// Waits for the job to be stopped.
    static let stopped = "until jobs -l >../jobs; grep -q Stop ../jobs; do :; done"

    static let scenes = [
        Scene(
            "a terminal it is", "[True, True, True]",
            .type("$run python3 -c 'import os; print([os.isatty(n) for n in (0, 1, 2)], os.ttyname(0))'\n")),
        Scene(
            "the terminal's foreground", "pts/",
            .type("$run sh -c 'set -- $(ps -o pgid=,tpgid=,sid=,tty= -p $$); [ $1 = $2 ]; echo $? $3 $4'\n")),
        Scene("the terminal's size", "24 80", .type("$run stty size\n")),
        Scene(
            "another size", "50 132",
            .type("$run bash -c 'trap \"stty size; exit 7\" WINCH; echo rea\"\"dy; while :; do sleep 0.01; done'\n"),
            .read("ready"), .resize(50, 132), .read("132"), .resize(24, 80)),
        Scene(
            "Ctrl-C", "status 130", .type("$run sh -c 'echo rea\"\"dy; exec sleep 60'\n"), .read("ready"),
            .type("\u{3}")),
        Scene(
            "Ctrl-C ends the script that waits for the command", "status 130",
            .type("bash -c \"$run sh -c 'echo rea\\\"\\\"dy; exec sleep 60'; echo never\"\n"), .read("ready"),
            .type("\u{3}")),
        Scene(
            "Ctrl-\\", "status 131", .type("ulimit -c 0; $run sh -c 'echo rea\"\"dy; exec sleep 60'\n"),
            .read("ready"), .type("\u{1C}")),
        Scene(
            "Ctrl-C that the command handles, once each", "caught\ncaught\nline x\n", .type(counting), .read("ready"),
            .type("\u{3}"), .read("caught\n"), .type("\u{3}"), .read("caught\n"), .type("x\n")),
        Scene(
            "Ctrl-Z and fg", "got hello\n", .type("$run sh -c 'echo rea\"\"dy; read x; echo got $x'\n"), .read("ready"),
            .type("\u{1A}"), .read("Stopped"),
            .type("for p in $(pgrep -g $(jobs -p)); do ps -o stat= -p $p | cut -c1; done | uniq; fg >/dev/null\n"),
            .type("hello\n"), .read("hello")),
        Scene(
            "Ctrl-Z, bg and fg", "got hello\n", .type("$run sh -c 'echo rea\"\"dy; read x; echo got $x'\n"),
            .read("ready"), .type("\u{1A}"), .read("Stopped"), .type("bg >/dev/null 2>&1; \(stopped); fg >/dev/null\n"),
            .type("hello\n"), .read("hello")),
        Scene(
            "a command that stops itself", "signal\nback\n",
            .type("$run sh -c 'kill -STOP $$; echo ba\"\"ck; exit 3'\n"), .read("Stopped"),
            .type("jobs -l | grep -o signal; fg >/dev/null\n"),
            .read("back")),
        Scene(
            "a stopped command that is continued by its number", "back\n",
            .type("$run sh -c 'kill -TSTP $$; echo ba\"\"ck; exit 3'\n"), .read("Stopped"),
            .type("kill -CONT $(jobs -p); wait $(jobs -p)\n"), .read("back")),
        Scene(
            "a command that stops its whole group, as editors do", "back\n",
            .type("$run sh -c 'kill -TSTP 0; echo ba\"\"ck; exit 3'\n"), .read("Stopped"), .type("fg >/dev/null\n"),
            .read("back")),
        Scene(
            "a stop that is asked for by its number", "back\n",
            .type(
                "$run sh -c 'trap \"echo ba\\\"\\\"ck; exit 3\" CONT; echo rea\"\"dy; while :; do sleep 0.01; done' &\n"
            ),
            .read("ready"), .type("kill -TSTP $!; \(stopped); fg >/dev/null\n"),
            .read("back")),
        Scene(
            "Ctrl-Z and fg that the command handles, once each", "cont\nline x\n", .type(resuming), .read("ready"),
            .type("\u{1A}"), .read("Stopped"), .type("fg >/dev/null\n"), .read("cont\n"), .type("x\n")),
        Scene(
            "reading in the background", "tty input\ngot hello\n",
            .type("$run sh -c 'read x; echo got $x' & \(stopped); grep -o 'tty input' ../jobs; fg >/dev/null\n"),
            .type("hello\n"), .read("hello")),
        Scene(
            "a password", "got secret\n",
            .type("$run bash -c 'read -rs -p \"pass\"\"word: \" x < /dev/tty; echo got $x' < /dev/null\n"),
            .read("password: "), .type("secret\n"), .read("secret")),
        Scene(
            "an interactive shell in the shell", "inner pts/",
            .type("$run bash --norc --noprofile --noediting -i\n"),
            .type("PS1=; set -- $(ps -o pgid=,tpgid=,tty= -p $$); [ $1 = $2 ] && echo in''ner $3; exit 5\n"),
            .read("inner")),
    ]

    @Test(arguments: scenes)
    func `a terminal shows what it shows without it`(scene: Scene) async throws {
        let world = try Sandbox()
        _ = try world.makeProject()
        try world.configure("projects: [{path: ~/project}]\n")
        let session = try await world.startTerminal()
        var shown: [[Substring]] = []
        for run in ["", "trialwatch run --"] {
            try session.type("cd ~/project; run='\(run)'\n")
            var screen = ""
            for step in scene.steps {
                switch step {
                case .type(let keys): try session.type(keys)
                case .read(let text): screen += try await session.read(until: text)
                case .resize(let lines, let columns): try session.resize(lines: lines, columns: columns)
                }
            }
            try session.type("echo sta''tus $?\n")
            screen += try await session.read(until: "status ")
            screen += try await session.read(until: "\n")
            shown.append(comparable(screen))
        }
        #expect(shown[0] == shown[1])
        #expect((shown[1].joined(separator: "\n") + "\n").contains(scene.expected), "\(shown[1])")
        try session.type("exit\n")
        #expect(await session.process.wait() == .status(0))
    }

    /// Without what a shell says of jobs: it says it when it finds the time, and by their numbers and texts. What a scene
    /// waits for was there.
    private func comparable(_ screen: String) -> [Substring] {
        screen.split(separator: "\n").filter { !$0.hasPrefix("[") || $0.hasPrefix("[True") }
    }
}
