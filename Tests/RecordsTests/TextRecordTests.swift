import Records
import Testing
import Trials

@Suite struct TextRecordTests {
    @Test func `the code begins with daskperiment's header and ends with one newline`() {
        let code = CodeContext(files: [
            .init(path: "train.py", text: "import a\n\n"), .init(path: "src/b\nc.py", text: "x = 1"),
        ])
        #expect(
            CodeRecord.text(code, number: 12) == """
                # Code output saved in trial_id=12
                # train.py
                import a


                # src/b\u{FFFD}c.py
                x = 1

                """)
    }

    @Test func `a document is written as json.dumps writes it, in daskperiment's order`() {
        let document = EnvironmentText.document([
            "Git Dirty Flag": .bool(true), "Git HEAD Commit": .text("é"), "Git Active Branch": .text("m\"ain"),
            "Git Repository": .text("r"), "Working Directory": .text("/w"), "More": .list([.integer(1), .float(0.5)]),
        ])
        #expect(
            EnvironmentRecord.text(.git, document)
                == .text(
                    #"{"Working Directory": "/w", "Git Repository": "r", "Git Active Branch": "m\"ain", "#
                        + #""Git HEAD Commit": "\u00e9", "Git Dirty Flag": true, "More": [1, 0.5]}"#))
    }

    @Test func `a document that lacks one key is left out whole, and says which`() {
        let document = EnvironmentText.document(["Platform Information": .text("Linux")])
        #expect(
            EnvironmentRecord.text(.platform, document)
                == .leftOut("environment platform is left out: it lacks Device CPU Count"))
    }

    @Test func `a text where daskperiment parses a document is left out`() {
        guard case .leftOut = EnvironmentRecord.text(.cpu, .text("{}")) else {
            Issue.record("it was kept")
            return
        }
    }

    @Test func `lines of text stay as they are`() {
        #expect(EnvironmentRecord.text(.requirements, .text("a==1\nb==2")) == .text("a==1\nb==2"))
    }

    @Test func `daskperiment's documents have as many keys as it reads`() {
        #expect(EnvironmentRecord.keys.mapValues(\.count) == [.platform: 2, .cpu: 26, .python: 9, .git: 5])
    }
}
