import Testing

@testable import TrialAgent

@Suite struct CondaNoteTests {
    @Test(arguments: [
        // By conda and rattler, by micromamba, on one line.
        "{\n  \"md5\": \"d41d\",\n  \"files\": [\n    \"url\"\n  ],\n  \"url\": \"https://c/p.conda\"\n}",
        "{\n    \"files\": [\n        \"url\"\n    ],\n    \"md5\": \"d41d\",\n    \"url\": \"https://c/p.conda\"\n}\n",
        "{\"link\":{\"url\":\"x\",\"md5\":[\"y\"]},\"url\":\"https:\\/\\/c\\/p.conda\",\"md5\":\"d41d\"}",
        "{\"a\": \"url\", \"b\": \"\\\"url\\\": \\\\\", \"url\": \"https://c/p.conda\", \"c\": {\"md5\": \"0\"}, \"md5\": \"d41d\"}",
        "{\"url\" : \"https://c/p.conda\", \"paths\": [{\"url\": \"x\"}, [\"{\", \"]\"]], \"md5\"\n:\n\"d41d\"}",
    ])
    func `address and digest are those of the outermost level, however the note is written`(text: String) {
        let note = CondaNote(Array(text.utf8))
        #expect(note.url == "https://c/p.conda")
        #expect(note.md5 == "d41d")
    }

    @Test(arguments: [
        "", "{", "{\"url", "{\"url\"", "{\"url\":", "{\"url\": 7, \"md5\": null}", "[\"url\", \"md5\"]",
        "{\"x\": [\"url\", \"https://c\"]}", "]}]}\"url\": \"x\"", "{\"url\": \"\\", "{\"url\": {\"url\": \"x\"}}",
        "{\"url\": [\"x\"]}",
    ])
    func `what has none gives none`(text: String) {
        let note = CondaNote(Array(text.utf8))
        #expect(note.url == nil)
        #expect(note.md5 == nil)
    }
}
