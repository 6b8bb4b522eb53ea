import JSON
import Testing

/// Files that markers name: they are read while the run goes on, and to their end when it has ended.
@Suite(.serialized) struct FileRuleTests {
    typealias Trial = MarkerRule.Trial

    static let rules = [
        MarkerRule(
            "a metrics file that grows is followed, each point once",
            """
            echo 'step,loss' > log.csv; put a.run '{state: running, metrics_file: log.csv}'
            for i in 1 2 3; do echo "$i,0.$i" >> log.csv; flush; done
            echo '4,0.4' >> log.csv; put a.run 'result: 1'
            """, [Trial("succeeded", result: 1, metrics: ["loss": [0.1, 0.2, 0.3, 0.4]], problems: [])]),
        MarkerRule(
            "a metrics file of a run that is told of once is read to its end",
            "printf '{\"step\": 0, \"acc\": 0.5}\\n{\"step\": 1, \"acc\": 0.75}' > log.jsonl; put a.run 'metrics_file: log.jsonl'",
            [Trial("succeeded", metrics: ["acc": [0.5, 0.75]])]),
        MarkerRule(
            "a column of a file is a metric by the name that the marker gives it",
            "printf 'epoch,v\\n0,3\\n1,2\\n' > log.csv; put a.run 'metrics: {loss: {file: log.csv, value: v}}'",
            [Trial("succeeded", metrics: ["loss": [3, 2]])]),
        MarkerRule(
            "a metrics file that is not there rejects nothing",
            "put a.run '{metrics_file: none.csv, result: 1}'",
            [Trial("succeeded", result: 1, problems: ["none.csv"])]),
        MarkerRule(
            "parameters of a file count, and the marker's own before them",
            "echo '{lr: 1, depth: 3}' > p.yaml; put a.run '{parameters_file: p.yaml, parameters: {lr: 2}}'",
            [Trial("succeeded", ["lr": 2, "depth": 3])]),
        MarkerRule(
            "the same step and inputs with another output are told by the second trial",
            """
            put a.run '{steps: [{name: f, inputs: [1, 2], output: 3}], result: 1}'; flush
            put a.run '{steps: [{name: f, inputs: [1, 2], output: 4}], result: 1, tags: [x]}'; flush
            put a.run '{steps: [{name: g, inputs: [1], output: 4}], result: 1}'
            """,
            [
                Trial("succeeded", problems: []),
                Trial("succeeded", problems: ["step f gave another output for the same input than before"]),
                Trial("succeeded", problems: []),
            ]),
        MarkerRule(
            "inputs, a log and a file of a step are kept",
            """
            echo data > in.txt; echo line > out.log; echo weights > m.bin
            put a.run '{inputs: [in.txt], log: out.log, persist: {model: {file: m.bin}}, result: 1}'; flush
            trialwatch show e 1 --json | python3 -c '
            import hashlib, json, sys
            trial = json.load(sys.stdin)
            assert trial["inputs"][0]["sha256"] == hashlib.sha256(b"data\\n").hexdigest(), trial["inputs"]
            assert {p["role"] for p in trial["parts"]} == {"log", "persist"}, trial["parts"]'
            """, [Trial("succeeded", problems: [])]),
        MarkerRule(
            "markers and files of a year that nobody means are taken as others",
            """
            echo data > out.txt; touch -d 2300-01-01 out.txt; git init -q .
            echo 'state: running' > new; touch -d 2300-01-01 new; mv new b.run; flush
            echo "{pid: $$, state: running, outputs: [out.txt]}" > new; touch -d 2300-01-01 new; mv new a.run; flush
            """, [Trial("running", problems: []), Trial("succeeded")]),
        MarkerRule(
            "a version that only adds a metrics file has it followed",
            """
            printf 'step,loss\\n1,0.5\\n2,0.25\\n' > log.csv; put a.run 'state: running'; flush
            put a.run '{state: running, metrics_file: log.csv}'; flush; put a.run 'result: 1'
            """, [Trial("succeeded", result: 1, metrics: ["loss": [0.5, 0.25]], problems: [])]),
        MarkerRule(
            "a version that only adds outputs has them recorded at the end",
            """
            put a.run 'state: running'; flush; put a.run '{state: running, outputs: [out.txt]}'; flush
            echo data > out.txt; put a.run 'result: 1'; flush
            trialwatch show e 1 --json | python3 -c '
            import hashlib, json, sys
            outputs = json.load(sys.stdin)["outputs"]
            assert [o["sha256"] for o in outputs] == [hashlib.sha256(b"data\\n").hexdigest()], outputs'
            """, [Trial("succeeded", result: 1, problems: [])]),
        MarkerRule(
            "equal content written once more, and the marker moved, is still the open run",
            """
            put a.run 'state: running'; flush; put a.run 'state: running'; flush; mv a.run b.run; sleep 1.5
            """, [Trial("running", problems: [])]),
    ]

    @Test(arguments: rules)
    func `what files say becomes the trial's`(rule: MarkerRule) async throws { try await rule.verify() }
}
