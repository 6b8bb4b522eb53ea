import SystemPackage
import Testing
import Trials

@testable import TrialAgent

@Suite struct DataPointersTests {
    private static let md5 = "a304afb96060aad90176268345e10355"
    private static let sha256 = "f50d7ac4c6b9031379986bc362fcefb65f1e52621ce1708d537e740fefc59cc0"

    private func dvc(_ text: String, name: String = "data.xml") -> PointedContent? {
        DataPointers.dvc(Array(text.utf8), name: name)
    }

    @Test func `DVC's pointers are read, of today and of before version 3`() {
        let now = dvc("outs:\n- md5: \(Self.md5)\n  size: 14445097\n  hash: md5\n  path: data.xml\n")
        #expect(now?.pointer == DataPointer(.dvc, algorithm: "md5", digest: Self.md5))
        #expect(now?.size == 14_445_097)
        let old = dvc("md5: x\nouts:\n- md5: \(Self.md5)\n  path: other\n  cache: true\n")
        #expect(old?.pointer == DataPointer(.dvc, algorithm: "md5-dos2unix", digest: Self.md5))
        #expect(old?.size == nil)
        let folder = dvc("outs:\n- md5: \(Self.md5).dir\n  size: 5\n  nfiles: 2\n  hash: md5\n  path: images\n")
        #expect(folder?.pointer.digest == "\(Self.md5).dir")
    }

    @Test func `of several entries the one of the file's name counts`() {
        let text = "outs:\n- {md5: \(Self.md5), path: a}\n- {md5: \(String(Self.md5.reversed())), path: b}\n"
        #expect(dvc(text, name: "b")?.pointer.digest == String(Self.md5.reversed()))
        #expect(dvc(text, name: "c") == nil)
    }

    @Test(arguments: [
        "", "outs", "outs: 1", "outs: []", "outs:\n- path: a", "outs:\n- md5: ../../etc\n", "outs:\n- md5: [1]\n",
        "\u{0}",
        "a: &x [*x]",
    ])
    func `what is no pointer of DVC's is none`(text: String) {
        #expect(dvc(text) == nil)
    }

    @Test(
        arguments: [
            ("SHA256E-s31390--\(sha256).mp3", "sha256", 31390), ("SHA256-s5-m1287290776--\(sha256)", "sha256", 5),
            ("MD5E-s0--\(md5).tar.gz", "md5", 0), ("BLAKE2B256E-s7--\(sha256)", "blake2b256", 7),
            ("SHA256E--\(sha256)", "sha256", nil),
        ] as [(String, String, Int?)])
    func `git-annex's keys are read from links and from pointer files`(key: String, algorithm: String, size: Int?) {
        let digest = algorithm == "md5" ? Self.md5 : Self.sha256
        let expected = PointedContent(pointer: DataPointer(.annex, algorithm: algorithm, digest: digest), size: size)
        #expect(DataPointers.annex(link: FilePath("../.git/annex/objects/Wx/0p/\(key)/\(key)")) == expected)
        #expect(DataPointers.annex(file: Array("/annex/objects/\(key)\n".utf8)) == expected)
    }

    @Test(arguments: ["WORM-s5-m1287290776--foo", "URL--http&c%%x", "SHA256E-s5", "", "--", "SHA256--xyz"])
    func `a key that is not made of the content is no hash`(key: String) {
        #expect(DataPointers.annex(link: FilePath("../.git/annex/objects/\(key)")) == nil)
        #expect(DataPointers.annex(file: Array("/annex/objects/\(key)\n".utf8)) == nil)
    }

    @Test func `a link that leads elsewhere is no pointer`() {
        #expect(DataPointers.annex(link: FilePath("/etc/SHA256E-s5--\(Self.sha256)")) == nil)
        #expect(DataPointers.annex(link: FilePath("annex/objects/SHA256E-s5--\(Self.sha256)")) == nil)
    }
}
