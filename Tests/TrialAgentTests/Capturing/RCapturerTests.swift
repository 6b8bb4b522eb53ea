import SystemCalls
import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct RCapturerTests {
    let ground: CaptureGround
    let subject: CaptureSubject

    init() throws {
        ground = try CaptureGround()
        try ground.write("opt/R/library/base/DESCRIPTION", "Package: base\nVersion: 4.3.1\nBuilt: R 4.3.1\n")
        try ground.write("opt/R/library/base/Meta/package.rds")
        try ground.program("bin/R", "#!/bin/bash\nR_HOME_DIR=\"\(ground.path)/opt/R\"\n")
        try FileSystem.makeDirectory(ground.path.appending("project"))
        var subject = ground.subject(variables: ["PATH": "\(ground.path)/bin", "HOME": "\(ground.path)/home"])
        subject.project = "\(ground.path)/project"
        self.subject = subject
    }

    private func packages(_ subject: CaptureSubject? = nil) throws -> [String]? {
        let part = try RCapturer().capture(subject ?? self.subject)
        let lines = part.environment[.r]?.plain?.split(separator: "\n").map(String.init)
        return lines.map { Array($0.drop { $0 != "packages:" }.dropFirst()) }
    }

    private func install(_ name: String, _ version: String, in library: String) throws {
        try ground.write("\(library)/\(name)/DESCRIPTION", "Package: \(name)\nVersion: \(version)\nTitle: x\n")
        try ground.write("\(library)/\(name)/Meta/package.rds")
    }

    @Test(arguments: ["train.R", "notes.Rmd", "lab.Rproj", "renv.lock"])
    func `a project with R code has R's packages, and no other has`(file: String) throws {
        #expect(try packages() == nil)
        try ground.write("project/\(file)")
        #expect(try packages() == ["base 4.3.1"])
    }

    @Test
    func `the user's libraries come before the site's, and these before R's own; of each package the first counts`()
        throws
    {
        try ground.write("project/train.R")
        try install("both", "1", in: "opt/R/library")
        try install("both", "2", in: "opt/R/site-library")
        try install("both", "3", in: "home/R/x86_64-pc-linux-gnu-library/4.3")
        try install("site", "1", in: "opt/R/site-library")
        try install("older", "1", in: "home/R/x86_64-pc-linux-gnu-library/4.2")
        try ground.write("opt/R/library/translations/DESCRIPTION", "Package: translations\nVersion: 4.3.1\n")
        #expect(try packages() == ["base 4.3.1", "both 3", "site 1"])
    }

    @Test func `without R there is no text; that renv's library is not looked at is a problem`() throws {
        try ground.write("project/renv.lock")
        try ground.write("project/renv/library/x")
        #expect(try RCapturer().capture(subject).problems.count == 1)
        var subject = subject
        subject.variables["PATH"] = "/nonexistent"
        #expect(try packages(subject) == nil)
    }

    // Where there is no R this is passed over; scripts/test installs it.
    @Test(.enabled(if: FileSystem.isPermitted("/usr/bin/Rscript", executing: true)))
    func `the packages of a real R are those that it lists itself`() throws {
        try ground.write("project/train.R")
        let library = ground.path.appending("home/R/x86_64-pc-linux-gnu-library/4.2")
        let home = "HOME=\(ground.path)/home"
        for (name, version) in [("tiny.one", "0.1-2"), ("other", "99.0")] {
            try ground.write(
                "sources/\(name)/DESCRIPTION",
                "Package: \(name)\nVersion: \(version)\nTitle: X\nDescription: X.\nLicense: GPL-2\nAuthor: A\nMaintainer: A <a@b.c>\n"
            )
            try ground.write("sources/\(name)/NAMESPACE")
        }
        let series = try output(
            of: "/usr/bin/env", home, "Rscript", "-e", "cat(sub('[.][0-9]*$', '', getRversion()))")
        let place = library.removingLastComponent().appending(series)
        try FileSystem.makeDirectories(place)
        _ = try output(
            of: "/usr/bin/env", home, "R", "CMD", "INSTALL", "--no-docs", "-l", place.string,
            "\(ground.path)/sources/tiny.one", "\(ground.path)/sources/other")
        let theirs = try output(
            of: "/usr/bin/env", home, "Rscript", "-e",
            "p <- installed.packages(); p <- p[!duplicated(p[, 'Package']), ]; cat(paste(p[, 'Package'], p[, 'Version']), sep = '\\n')"
        ).split(separator: "\n").map(String.init)
        #expect(theirs.contains("tiny.one 0.1-2"))
        #expect(theirs.contains("other 99.0"))
        var subject = subject
        subject.variables["PATH"] = "/usr/bin"
        let ours = try #require(try packages(subject))
        #expect(ours.sorted() == theirs.sorted())
    }
}
