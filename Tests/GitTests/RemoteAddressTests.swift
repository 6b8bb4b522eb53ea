import Git
import Testing

@Suite struct RemoteAddressTests {
    @Test(arguments: [
        ("https://example.org/x.git", "https://example.org/x.git"),
        ("https://ada@example.org/x.git", "https://example.org/x.git"),
        ("https://ada:secret@example.org:8443/x.git", "https://example.org:8443/x.git"),
        ("https://ada:se@cret@example.org/x", "https://example.org/x"),
        ("https://example.org/x?token=1#frag", "https://example.org/x"),
        ("https://example.org?token=1", "https://example.org"),
        ("https://ada:se/cr?et@example.org/x", "https://example.org/x"),
        ("https://example.org:8443/@scope/x", "https://example.org:8443/@scope/x"),
        ("ssh://git@example.org/x.git", "ssh://example.org/x.git"),
        ("git@example.org:ada/x.git", "example.org:ada/x.git"),
        ("ada:secret@example.org:x", "example.org:x"),
        ("helper::https://ada:secret@example.org/x", "helper::https://example.org/x"),
        ("/srv/git@home/x.git", "/srv/git@home/x.git"),
        ("file:///srv/x", "file:///srv/x"),
        ("../x@y/z", "../x@y/z"),
        ("https://é:ß@example.org/x", "https://example.org/x"),
        ("", ""),
    ])
    func `an address keeps its place and loses its secrets`(address: String, expected: String) {
        #expect(RemoteAddress.withoutSecrets(address) == expected)
    }
}
