import JSON
import ProgramTesting
import SystemPackage
import Testing

/// No secret that a run tells of is kept, shown or sent: not in the record, the journal, the pickles, the spool, the log, `status`.
@Suite struct SecretTests {
    /// Put together here, so that nobody's scanner takes this file for a leak.
    static let token = "gh" + "p_" + "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8cX0fRaB3d"
    /// In the name of a file that is opened, and so kept in the agent's own state.
    static let path = "gh" + "p_" + "zY9xW8vU7tS6rQ5pO4nM3lK2jI1hG0fEdC5b"
    static let password = "correct-Horse-7-battery"

    /// Every place that a secret can come from; `$token` and `$password` are the secrets.
    static let script = """
        set -e
        cd project
        git init -q .; git config user.name a; git config user.email a@b
        git remote add origin "https://ada:$password@example.com/x.git?token=$token"
        cat > train.py <<END
        import os
        TOKEN = "$token"
        password = "$password"
        token = tokenizer(x)
        END
        git add -A; git commit -qm "uses $token"
        git checkout -qb "work-$token"; git tag "v-$token"
        echo x > "in-$path.csv"
        printf 'step,val-%s\\n0,0.5\\n' "$path" > rows.csv
        echo "{deep: {api_key: $password}, url: 'postgres://ada:$password@db/x', lr: 0.1}" > more.yaml
        printf 'login --password %s\\nAuthorization: Bearer %s\\n' "$password" "$token" > out.log
        cat > m <<END
        parameters: {db_password: $password, credentials: {pin: $password}, "as-$token": 1,
          variables: [{name: DB_PASS, value: $password}], list: ["$token"], nested: {token: $password}, lr: 0.1}
        parameters_file: more.yaml
        description: "logged in with $token"
        tags: ["$token"]
        command: [python, train.py, --token, "$password", "--api-key=$password"]
        code: train.py
        log: out.log
        persist: {settings: {secret: $password}, "step-$token": 1}
        metrics: {"loss-$token": 0.5}
        metrics_file: rows.csv
        inputs: [{path: "in-$path.csv", name: "data-$token"}]
        steps: [{name: load, inputs: ["$token"], output: "$token"}]
        unknown: {password: $password}
        error: {type: AuthError, message: "401 for https://x:$password@host/", traceback: "login(password='$password')"}
        END
        mv m a.run
        echo "{state: done-$token, parameters: {password: $password}}" > m; mv m bad.run
        echo "{metrics_file: gone.csv, result: $token}" > m; mv m b.run
        export WANDB_API_KEY=$password HF_TOKEN=$token DB_PASSWORD=$password SLURM_JOB_ID=7 CUDA_VISIBLE_DEVICES=0,1 MY_MODE=x
        /usr/bin/python3 -c 'import time; time.sleep(60)' --password "$password" & echo $! > ../pid
        until grep -q python3 /proc/$!/comm; do :; done
        echo "{pid: $!, parameters: {i: 1}}" > m; mv m c.run
        # Its parent lives, as a shell, until it was looked at.
        trialwatch flush
        true
        """

    @Test func `a secret is nowhere in what is kept, shown or sent, and what was scrubbed is said`() async throws {
        let world = try Sandbox()
        let project = try world.makeProject()
        try world.configure(
            "projects: [{path: \(project), experiment: e, receipts: true, environment_variables: [HF_TOKEN, 'MY_*']}]\n"
        )
        let agent = try await world.startAgent()
        let secrets = ["token": Self.token, "password": Self.password, "path": Self.path]
        let told = try await world.shell(Self.script, environment: secrets)
        #expect(told.exit == .status(0), "\(told.errors)")
        try await world.flush()
        let run = try await world.run(
            "run", "-e", "e", "-p", "api_key=\(Self.password)", "--", "true", "--token", Self.token)
        #expect(run.exit == .status(0))
        try await world.flush()

        var shown = [run, try await world.run("status"), try await world.run("status", "--json")]
        let count = try await world.run("history", "e", "--json").json().array?.count ?? 0
        #expect(count == 4)
        for number in 1...count {
            shown += [
                try await world.run("show", "e", String(number)),
                try await world.run("show", "e", String(number), "--json"),
            ]
        }
        shown.append(try await world.run("export", "e"))
        for output in shown {
            for secret in secrets.values {
                #expect(!output.text.contains(secret) && !output.errors.contains(secret), "\(output.text)")
            }
        }
        let trials = try (1...count).map { shown[2 + 2 * $0] }.map { try $0.json() }
        let trial = try #require(trials.first { $0["parameters"]?["lr"] != nil })
        #expect(trial["parameters"]?["db_password"] == "«scrubbed:password»")
        #expect(trial["parameters"]?["list"]?[0] == "«scrubbed:github»")
        #expect(trial["parameters"]?["deep"]?["api_key"] == "«scrubbed:key»")
        #expect(trial["parameters"]?["lr"]?.number != nil)
        #expect(trial["parameters"]?["credentials"]?["pin"] == "«scrubbed:secret»")
        #expect(trial["parameters"]?["as-«scrubbed:github»"] == 1)
        #expect(trial["inputs"]?[0]?["path"] == "in-«scrubbed:github».csv")
        #expect(trial["git"]?["branch"] == "work-«scrubbed:github»")
        let problems = trial["problems"]?.array?.compactMap(\.string) ?? []
        #expect(problems.contains { $0.contains("values that look like secrets were scrubbed") }, "\(problems)")
        #expect(problems.contains { $0.hasPrefix("log: ") }, "\(problems)")
        #expect(problems.contains { $0.hasPrefix("parameters_file: ") }, "\(problems)")

        let followed = try #require(trials.first { $0["parameters"]?["i"] != nil })
        let process = followed["process"]
        #expect(process?["executable"]?.string?.contains("python3") == true)
        #expect(process?["parents"]?[0] == "bash")
        #expect(
            process?["variables"] == [
                "CUDA_VISIBLE_DEVICES": "0,1", "HF_TOKEN": "«scrubbed:github»", "LC_ALL": "C.UTF-8", "MY_MODE": "x",
                "SLURM_JOB_ID": "7", "TZ": "UTC",
            ])

        _ = try await world.shell("kill $(cat pid)")
        #expect(await agent.stop() == .status(0))
        // Everything but the user's own files: the stores, the state, the logs of all programs, the receipts.
        let search = try await world.shell(
            "grep -rlaF -e \"$token\" -e \"$password\" ../data ../state ../run ../logs project/*.json; true",
            environment: secrets)
        #expect(search.text == "", "\(search.text)")
        let named = try await world.shell(
            "grep -rlaF -e \"$path\" ../data ../run ../logs project/*.json; true", environment: secrets)
        #expect(named.text == "", "\(named.text)")
        let code = try await world.shell("grep -rhaF 'token = tokenizer(x)' ../data | head -1")
        #expect(!code.text.isEmpty)
    }
}
