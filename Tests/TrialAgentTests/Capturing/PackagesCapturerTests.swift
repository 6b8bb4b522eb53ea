import Glibc
import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct PackagesCapturerTests {
    let ground: CaptureGround
    var subject: CaptureSubject
    let site = "venv/lib/python3.11/site-packages/"

    init() throws {
        ground = try CaptureGround()
        try ground.write("venv/pyvenv.cfg", "home = /nonexistent/bin\nversion = 3.11.2\n")
        try FileSystem.makeDirectories(ground.path.appending(site))
        subject = ground.subject(variables: ["PATH": "", "HOME": "\(ground.path)/home"])
    }

    private func install(_ folder: String, name: String? = nil, version: String, direct: String? = nil) throws {
        let stem = folder.split(separator: "-").first.map(String.init) ?? folder
        try ground.write(
            site + folder + "/METADATA",
            "Metadata-Version: 2.1\nName: \(name ?? stem)\nVersion: \(version)\n\nName: not a header\n")
        if let direct { try ground.write(site + folder + "/direct_url.json", direct) }
    }

    private func requirements() throws -> [String] {
        let part = try PackagesCapturer(git: nil).capture(subject)
        return try #require(part.environment[.requirements]?.plain).split(separator: "\n").map(String.init)
    }

    @Test func `packages are pinned under their own names, in pip's order, with normal versions`() throws {
        try install("zope.interface-6.0.dist-info", version: "6.0")
        try install("PyYAML-6.0.1.dist-info", version: "6.0.1")
        try install("certifi-2023.7.22.dist-info", version: "2023.07.22")
        try install("ruamel_yaml-1.dist-info", name: "ruamel.yaml", version: "1")
        try install("old-x.dist-info", version: "not-a-version")
        #expect(
            try requirements() == [
                "certifi==2023.7.22", "old===not-a-version", "PyYAML==6.0.1", "ruamel.yaml==1", "zope.interface==6.0",
            ])
    }

    @Test func `packages from elsewhere name the place, in pip's own form, and no password`() throws {
        try install(
            "a-1.dist-info", version: "1",
            direct:
                #"{"url": "file:///tmp/a-1.whl", "archive_info": {"hash": "sha256=00", "hashes": {"sha256": "00"}}}"#)
        try install(
            "b-1.dist-info", version: "1",
            direct:
                #"{"url": "https://ada:secret@example.org/b.git", "vcs_info": {"vcs": "git", "commit_id": "c0"}, "subdirectory": "sub"}"#
        )
        try install(
            "c-1.dist-info", version: "1",
            direct: #"{"url": "ssh://git@example.org/c.git", "vcs_info": {"vcs": "git", "commit_id": "c1"}}"#)
        try install(
            "d-1.dist-info", version: "1",
            direct: #"{"url": "https://${USER}:${TOKEN}@example.org/d.whl", "archive_info": {}}"#)
        try install(
            "e-1.dist-info", version: "1", direct: #"{"url": "file:///tmp/my%20e", "dir_info": {"editable": true}}"#)
        #expect(
            try requirements() == [
                "a @ file:///tmp/a-1.whl#sha256=00", "b @ git+https://example.org/b.git@c0#subdirectory=sub",
                "c @ git+ssh://git@example.org/c.git@c1", "d @ https://${USER}:${TOKEN}@example.org/d.whl",
                "# Editable install with no version control (e==1)", "-e /tmp/my e",
            ])
    }

    @Test func `older forms are found: egg-info as file and folder, eggs, and links to sources`() throws {
        try ground.write(site + "legacy-0.5.egg-info", "Name: legacy\nVersion: 0.5\n")
        try ground.write(site + "folder.egg-info/PKG-INFO", "Name: folder\r\nVersion: 2\r\n")
        try ground.write(site + "packed-3-py3.11.egg/EGG-INFO/PKG-INFO", "Name: packed\nVersion: 3\n")
        try ground.write(site + "my-source.egg-link", "\(ground.path)/source\n.\n")
        try ground.write("source/my_source.egg-info/PKG-INFO", "Name: my_source\nVersion: 4\n")
        #expect(
            try requirements() == [
                "folder==2", "legacy==0.5", "# Editable install with no version control (my_source==4)",
                "-e \(ground.path)/source", "packed==3",
            ])
    }

    /// Has Python write an archive with these members.
    private func archive(_ name: String, _ members: [String: String], compressed: Bool = true) throws {
        let place = ground.path.pushing(FilePath(name))
        try FileSystem.makeDirectories(place.removingLastComponent())
        let lines = members.sorted { $0.key < $1.key }.map {
            "z.writestr('\($0.key)', \"\"\"\($0.value)\"\"\".replace('BIG', '0' * (2 << 20)))"
        }
        let kind = compressed ? "DEFLATED" : "STORED"
        let script = "import zipfile\nz = zipfile.ZipFile('\(place)', 'w', zipfile.ZIP_\(kind))\n"
        _ = try output(of: "/usr/bin/python3", "-c", script + lines.joined(separator: "\n") + "\nz.close()")
        try #require(try FileStatus.ifPresent(place) != nil)
    }

    @Test(arguments: [true, false])
    func `an egg that is an archive is listed by what is written in it, lying there or on the path`(
        compressed: Bool
    ) throws {
        let told =
            "Metadata-Version: 1.2\nName: Zip.Ped\nVersion: 1.0\n" + String(repeating: "Summary: s\n", count: 500)
        try archive(
            site + "Zip_Ped-1.0-py3.11.egg",
            ["EGG-INFO/PKG-INFO": told, "zip_ped.py": "", "a/EGG-INFO/PKG-INFO": "no"],
            compressed: compressed)
        try archive(
            "eggs/other-2-py3.11.egg", ["EGG-INFO/PKG-INFO": "Name: other\nVersion: 2\n"], compressed: compressed)
        try ground.write(
            site + "easy-install.pth", "./Zip_Ped-1.0-py3.11.egg\n\(ground.path)/eggs/other-2-py3.11.egg\n")
        #expect(try requirements() == ["other==2", "Zip.Ped==1.0"])
        #expect(try PackagesCapturer(git: nil).capture(subject).problems == [])
    }

    @Test(arguments: ["no archive at all", "PK\u{5}\u{6}" + String(repeating: "\u{7F}", count: 18), ""])
    func `an egg that is no archive is a problem, and the rest is kept`(content: String) throws {
        try install("good-1.dist-info", version: "1")
        let egg = try ground.write(site + "bad-1-py3.11.egg", content)
        #expect(try requirements() == ["good==1"])
        let problems = try PackagesCapturer(git: nil).capture(subject).problems
        #expect(problems == ["package \(egg) was left out: it is no ZIP archive"])
    }

    @Test func `an egg whose metadata would be of great size is not read`() throws {
        try archive(
            site + "bomb-1-py3.11.egg",
            ["EGG-INFO/PKG-INFO": "Name: bomb\nVersion: 1\n" + String(repeating: "0", count: 100_000)])
        #expect(try requirements() == ["bomb==1"])
        // What the archive says of the size is a lie by then: it holds more.
        let egg = ground.path.pushing(FilePath(site + "bomb-1-py3.11.egg"))
        let edit = """
            import struct; d = bytearray(open('\(egg)', 'rb').read()); i = d.find(b'PK\\x01\\x02')
            struct.pack_into('<I', d, i + 24, SIZE); open('\(egg)', 'wb').write(d)
            """
        for (size, reason) in [
            (2 << 20, "has more than the 1048576 bytes that are read"),
            (50, "is damaged: compressed data that holds more than 50 bytes"),
        ] {
            _ = try output(of: "/usr/bin/python3", "-c", edit.replacing("SIZE", with: "\(size)"))
            #expect(try requirements() == [])
            #expect(
                try PackagesCapturer(git: nil).capture(subject).problems == [
                    "a package in \(egg) was left out: EGG-INFO/PKG-INFO in it \(reason)"
                ])
        }
    }

    @Test func `a package of an archive that cannot be read costs that package alone`() throws {
        var subject = subject
        try archive(
            "wheels.zip",
            [
                "a-1.dist-info/METADATA": "nothing", "b-2.dist-info/METADATA": "Name: b\nVersion: 2\n",
                "c-3.dist-info/METADATA": "Name: c\nVersion: 3\nBIG",
                "d-4.dist-info/METADATA": "Name: d\nVersion: 4\n",
            ])
        subject.searchPath = ["\(ground.path)/wheels.zip"]
        let part = try PackagesCapturer(git: nil).capture(subject)
        #expect(part.environment[.requirements]?.plain == "b==2\nd==4")
        #expect(part.problems.count == 2)
        #expect(
            part.problems.first?.hasSuffix("wheels.zip was left out: a-1.dist-info/METADATA in it tells no name")
                == true)
    }

    @Test func `what the run's PYTHONPATH names comes before the environment, as importlib.metadata has it`() throws {
        var subject = subject
        try install("both-1.dist-info", version: "1")
        try ground.write("extra/both-2.dist-info/METADATA", "Name: both\nVersion: 2\n")
        try ground.write("extra/more.pth", "\(ground.path)/unseen\n")
        try ground.write("unseen/unseen-1.dist-info/METADATA", "Name: unseen\nVersion: 1\n")
        try archive("wheels.zip", ["inside-3.dist-info/METADATA": "Name: inside\nVersion: 3\n"])
        subject.searchPath = ["\(ground.path)/gone", "\(ground.path)/extra", "\(ground.path)/wheels.zip"]
        let part = try PackagesCapturer(git: nil).capture(subject)
        #expect(part.environment[.requirements]?.plain == "both==2\ninside==3")
        #expect(part.problems == [])
        let theirs = try output(
            of: "/usr/bin/env", "PYTHONPATH=\(subject.searchPath.joined(separator: ":"))", "/usr/bin/python3", "-S",
            "-c",
            "import importlib.metadata as m; print(*[d.name + '==' + d.version for d in m.distributions()], sep='\\n')")
        #expect(theirs == "both==2\ninside==3\n")
    }

    @Test func `folders that a .pth file adds are looked at, and its code is not run`() throws {
        try ground.write(
            site + "more.pth",
            "# comment\nimport os; os.system('touch \(ground.path)/ran')\n\(ground.path)/extra\n/nowhere\n")
        try ground.write("extra/added-1.dist-info/METADATA", "Name: added\nVersion: 1\n")
        #expect(try requirements() == ["added==1"])
        #expect(try FileStatus.ifPresent(ground.path.appending("ran")) == nil)
    }

    @Test func `of two packages of one name the one that Python finds first counts`() throws {
        try install("Foo_Bar-1.dist-info", version: "1")
        try ground.write(site + "more.pth", "\(ground.path)/extra\n")
        try ground.write("extra/foo.bar-2.dist-info/METADATA", "Name: foo.bar\nVersion: 2\n")
        #expect(try requirements() == ["Foo_Bar==1"])
    }

    @Test func `the user's own packages count only where Python sees them`() throws {
        try ground.write(
            "home/.local/lib/python3.11/site-packages/mine-1.dist-info/METADATA", "Name: mine\nVersion: 1\n")
        #expect(try requirements() == [])
        try ground.write(
            "venv/pyvenv.cfg", "home = /nonexistent/bin\nversion = 3.11.2\ninclude-system-site-packages = true\n")
        #expect(try requirements() == ["mine==1"])
    }

    @Test func `what is left out is a problem, and the rest is kept`() throws {
        try install("good-1.dist-info", version: "1")
        try install("~umpy-1.dist-info", name: "numpy", version: "1")
        try ground.write(site + "nameless-1.dist-info/METADATA", "Version: 1\n")
        try FileSystem.makeDirectory(ground.path.appending(site + "empty-1.dist-info"))
        try FileSystem.makeDirectory(ground.path.appending(site + "pipe-1.dist-info"))
        try makePipe(ground.path.appending(site + "pipe-1.dist-info/METADATA"))
        try FileSystem.makeDirectory(ground.path.appending(site + "link-1.dist-info"))
        try FileSystem.makeSymbolicLink(
            at: ground.path.appending(site + "link-1.dist-info/METADATA"), to: "/etc/hostname")
        try install("bad-1.dist-info", version: "1", direct: "{")
        let part = try PackagesCapturer(git: nil).capture(subject)
        #expect(part.environment[.requirements]?.plain == "bad==1\ngood==1")
        for name in ["~umpy", "nameless", "empty", "pipe", "link", "bad"] {
            #expect(part.problems.count { $0.contains("/\(name)-1.dist-info") } == 1, "\(name)")
        }
    }

    @Test func `files that a package store links to are followed`() throws {
        try ground.write("store/x/linked-1.dist-info/METADATA", "Name: linked\nVersion: 1\n\n")
        try FileSystem.makeDirectory(ground.path.appending(site + "linked-1.dist-info"))
        try FileSystem.makeSymbolicLink(
            at: ground.path.appending(site + "linked-1.dist-info/METADATA"),
            to: ground.path.appending("store/x/linked-1.dist-info/METADATA"))
        try ground.write("store/pipe/METADATA")
        try FileSystem.remove(ground.path.appending("store/pipe/METADATA"))
        try makePipe(ground.path.appending("store/pipe/METADATA"))
        try FileSystem.makeDirectory(ground.path.appending(site + "pipe-1.dist-info"))
        try FileSystem.makeSymbolicLink(
            at: ground.path.appending(site + "pipe-1.dist-info/METADATA"),
            to: ground.path.appending("store/pipe/METADATA"))
        let part = try PackagesCapturer(git: nil).capture(subject)
        #expect(part.environment[.requirements]?.plain == "linked==1")
        #expect(part.problems.count == 1 && part.problems.first?.contains("pipe-1") == true)
    }

    @Test(arguments: [
        (#"{"url": "https://h/a.whl", "archive_info": {"hashes": {"sha256": "11"}}}"#, "a @ https://h/a.whl#sha256=11"),
        (#"{"url": "https://h/a.whl?sig=s3cret", "archive_info": {}}"#, "a @ https://h/a.whl"),
        (#"{"url": "https://ada:p@ss@h/a.whl?x", "archive_info": {}}"#, "a @ https://h/a.whl"),
    ])
    func `an address is told without its query, and that it was cut`(direct: String, line: String) throws {
        try install("a-1.dist-info", version: "1", direct: direct)
        let part = try PackagesCapturer(git: nil).capture(subject)
        #expect(part.environment[.requirements]?.plain == line)
        #expect(part.problems.count == (direct.contains("?") ? 1 : 0))
    }

    @Test(arguments: ["Python", "wsgiref", "argparse"])
    func `what stands for a part of Python itself is not listed, as pip does not`(name: String) throws {
        try install("\(name)-1.dist-info", version: "1")
        try install("argparse-more-1.dist-info", name: "argparse-more", version: "1")
        #expect(try requirements() == ["argparse-more==1"])
    }

    @Test func `of two versions in one folder one is listed, and that there are two is said`() throws {
        try install("twice-1.dist-info", version: "1")
        try install("twice-2.dist-info", version: "2")
        let part = try PackagesCapturer(git: nil).capture(subject)
        let entries = try FileSystem.entries(of: ground.path.appending(site))
        let first = entries.first?.name.string == "twice-2.dist-info" ? "2" : "1"
        #expect(part.environment[.requirements]?.plain == "twice==\(first)")
        #expect(part.problems.count == 1)
        #expect(part.problems.first?.contains("holds twice \(first), which is listed, and") == true)
    }

    @Test(arguments: [
        #"{"url": "https://h/a.whl"}"#, #"{"url": "https://h/a.whl", "archive_info": {}, "dir_info": {}}"#,
        #"{"archive_info": {}}"#,
    ])
    func `a place of no kind, or of several, is a problem, and the package is pinned`(direct: String) throws {
        try install("a-1.dist-info", version: "1", direct: direct)
        let part = try PackagesCapturer(git: nil).capture(subject)
        #expect(part.environment[.requirements]?.plain == "a==1")
        #expect(part.problems.count == 1)
    }

    @Test(arguments: [("a-1.dist-info", "PKG-INFO"), ("a.egg-info", "METADATA")])
    func `metadata under the other of its two names are read, too`(folder: String, file: String) throws {
        try ground.write(site + "\(folder)/\(file)", "Name: a\nVersion: 1\n")
        #expect(try requirements() == ["a==1"])
    }

    @Test func `a real environment is listed as its own pip lists it`() throws {
        let ground = try CaptureGround()
        _ = try output(of: "/usr/bin/python3", "-m", "venv", "\(ground.path)/.venv")
        let pip = try output(of: ground.path.appending(".venv/bin/python"), "-I", "-m", "pip", "freeze", "--all")
        // Some distributions have Python without what makes environments.
        if pip.isEmpty { return }
        let part = try PackagesCapturer(git: nil).capture(ground.subject())
        #expect((part.environment[.requirements]?.plain).map { $0 + "\n" } == pip)
        #expect(part.problems.isEmpty)
    }

    @Test func `a description of megabytes does not hide the version above it`() throws {
        let long = String(repeating: "Requires-Dist: x\n", count: 10_000)
        try ground.write(site + "long-1.dist-info/METADATA", "Name: long\n\(long)Version: 1\n\n")
        #expect(try requirements() == ["long==1"])
    }

    @Test func `the libraries' texts say their versions, or that they are not there`() throws {
        try install("numpy-1.26.4.dist-info", version: "1.26.4")
        let part = try LibrariesCapturer().capture(subject)
        #expect(part.environment[.numpy]?.plain?.hasPrefix("numpy: 1.26.4\nlocation: \(ground.path)/venv/") == true)
        #expect(part.environment[.scipy]?.plain == "SciPy is not installed")
        #expect(part.environment[.pandas]?.plain == "pandas is not installed")
    }

    @Test mutating func `conda's records are listed, and their absence is told in daskperiment's words`() throws {
        #expect(try CondaCapturer().capture(subject).environment[.conda]?.plain == "conda is not installed")
        try ground.write(
            "conda/conda-meta/python-3.12.1-h1_0.json",
            "{\n  \"files\": [\n    \"url\"\n  ],\n  \"md5\": \"d41d\",\n"
                + "  \"url\": \"https://ada:pw@c/t/tk-1/linux-64/python.conda?x\"\n}")
        try ground.write("conda/conda-meta/ca-certificates-2024.2.2-h2_0.json")
        try ground.write("conda/conda-meta/history")
        try ground.write("conda/lib/python3.12/os.py")
        subject.configuredPython = "\(ground.path)/conda"
        let part = try CondaCapturer().capture(subject)
        let text = try #require(part.environment[.conda]?.plain)
        #expect(
            text.hasSuffix(
                """
                packages:
                ca-certificates 2024.2.2 h2_0
                python 3.12.1 h1_0
                @EXPLICIT
                https://c/t/<TOKEN>/linux-64/python.conda#d41d
                """))
        #expect(part.problems.count == 1 && part.problems.first?.contains("ca-certificates") == true)
    }
}

/// Makes a named pipe, which no code of ours ever does.
func makePipe(_ path: FilePath) throws {
    try #require(path.withPlatformString { mkfifo($0, 0o600) } == 0)
}
