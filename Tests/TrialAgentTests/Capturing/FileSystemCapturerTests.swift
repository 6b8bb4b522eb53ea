import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct FileSystemCapturerTests {
    @Test func `it is the deepest mount above the project, and the last at its place`() {
        let text = """
            22 1 8:1 / / rw - ext4 /dev/vda rw
            23 22 0:5 / /home rw shared:1 - nfs4 server:/home rw
            24 23 0:6 / /home/ada/my\\040data rw - tmpfs first rw
            25 23 0:7 / /home/ada/my\\040data rw - fuse.sshfs ada@host:/data rw
            26 22 0:8 / /hom rw - tmpfs other rw

            """
        func found(_ path: FilePath) -> String? {
            FileSystemCapturer.mount(of: path, in: text).map { "\($0.kind) \($0.point) \($0.source)" }
        }
        #expect(found("/home/ada/project") == "nfs4 /home server:/home")
        #expect(found("/home/ada/my data/x") == "fuse.sshfs /home/ada/my data ada@host:/data")
        #expect(found("/homes") == "ext4 / /dev/vda")
        #expect(FileSystemCapturer.mount(of: "/x", in: "") == nil)
    }

    @Test func `a real folder lies on what df says`() throws {
        let ground = try CaptureGround()
        let facts = try #require(try FileSystemCapturer().capture(ground.subject()).fileSystem)
        let said = try output(of: "/usr/bin/df", "--output=target,fstype,size", "-B1", ground.path.string)
        let words = said.split(separator: "\n").last?.split(separator: " ").map(String.init)
        #expect(words == [facts.mountPoint, facts.kind, String(facts.size)])
        #expect(facts.available <= facts.size && facts.available > 0)
    }
}
