import Testing

@testable import TrialAgent

@Suite struct PackageVersionTests {
    // Each as packaging's own `str(Version(text))` has it.
    @Test(arguments: [
        ("1.0", "1.0"), ("1.0.0-beta", "1.0.0b0"), ("2023.07.22", "2023.7.22"), ("v1.2", "1.2"), ("1!2.0", "1!2.0"),
        ("0!2.0", "2.0"), ("1.0.post1", "1.0.post1"), ("1.0-1", "1.0.post1"), ("1.0.rev2", "1.0.post2"),
        ("1.0r", "1.0.post0"),
        ("1.0.dev", "1.0.dev0"), ("1.0a1.post2.dev3+Local-7_08", "1.0a1.post2.dev3+local.7.8"), ("1.0c1", "1.0rc1"),
        ("1.0-preview-3", "1.0rc3"), ("1.0.ALPHA.2", "1.0a2"), (" 1.0 ", "1.0"), ("2.0.1+cu118", "2.0.1+cu118"),
        ("00.0010", "0.10"), ("1.0+ubuntu.1a", "1.0+ubuntu.1a"),
    ])
    func `a version is shown in its normal form`(raw: String, normal: String) {
        #expect(PackageVersion(raw)?.text == normal)
    }

    @Test(arguments: ["", "latest", "1.0-", "1.0+", "1.0+a..b", "1.0.x", "1..0", "!1", "1.0 beta", "1.0é"])
    func `what is no version has none`(raw: String) {
        #expect(PackageVersion(raw) == nil)
    }
}
