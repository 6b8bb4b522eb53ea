import Records
import Testing
import Trials

@Suite struct StoredNamesTests {
    @Test func `a name that is an identifier keeps its spelling`() {
        var names = StoredNames()
        #expect(names.assign(.metric, "loss").stored == "loss")
        #expect(names.assign(.metric, "größe").stored == "größe")
    }

    @Test func `two names never share an identifier, and the first to appear has the nearer one`() {
        var names = StoredNames()
        #expect(names.assign(.metric, "val/loss").stored == "val_loss")
        #expect(names.assign(.metric, "val_loss").stored == "val_loss_2")
        #expect(names.assign(.metric, "val loss").stored == "val_loss_3")
        #expect(names.assign(.metric, "val/loss").stored == "val_loss")
        #expect(names.assign(.step, "val loss").stored == "val_loss")
        #expect(names.name(.metric, storedAs: "val_loss_2") == "val_loss")
    }

    @Test func `long names stay apart within the longest identifier`() {
        var names = StoredNames()
        let long = String(repeating: "é", count: 100)
        let first = names.assign(.metric, long + "a").stored
        let second = names.assign(.metric, long + "b").stored
        #expect(first.utf8.count <= StoredNames.longest && second.utf8.count <= StoredNames.longest)
        #expect(first != second)
        #expect(Identifier.isValid(first) && Identifier.isValid(second))
    }

    @Test func `names that a store kept come back as they were`() {
        var names = StoredNames()
        _ = names.assign(.metric, "a b")
        _ = names.assign(.metric, "a-b")
        var read = StoredNames()
        for entry in names.entries { read.add(entry) }
        #expect(read == names)
        #expect(read.assign(.metric, "a-b").stored == "a_b_2")
    }
}
