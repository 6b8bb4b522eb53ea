import JSON
import Pickle
import Testing

/// Pickles that Python wrote.
@Suite struct GoldenTests {
    @Test func `there are golden pickles of every kind`() {
        #expect(Golden.records.count == 211)
        #expect(Golden.entries.count > 120)
        #expect(Golden.all.count > 1400)
    }

    @Test(arguments: Golden.records)
    func `a record of daskperiment is read value for value`(_ record: Golden.Record) throws {
        let value = try PickleValue(pickled: record.pickle)
        #expect(value.described == record.value)
    }

    @Test func `what is read of a pickle is written so that it is read as the same, and then as the same bytes`() throws
    {
        for pickle in Golden.all {
            let value = try PickleValue(pickled: pickle)
            let written = value.pickled()
            let again = try PickleValue(pickled: written)
            #expect(again == value, "\(pickle.hex)")
            #expect(again.pickled() == written)
            #expect(again.canonicalBytes == value.canonicalBytes)
        }
    }

    @Test(arguments: Golden.entries)
    func `one value of all Pythons is one value`(_ entry: Golden.Entry) throws {
        let values = try entry.pickles.map { try PickleValue(pickled: $0.bytes) }
        if entry.value != nil {
            for (value, pickle) in zip(values, entry.pickles) {
                #expect(value.described == entry.value, "\(pickle.by)")
            }
        }
        // pandas' tables and the state of a UUID are not the same in all versions.
        guard
            !["frame", "series", "uuid"].contains(entry.name)
        else { return }
        let first = try #require(values.first)
        for (value, pickle) in zip(values, entry.pickles) {
            #expect(value.canonicalBytes == first.canonicalBytes, "\(pickle.by): \(value.canonical) \(first.canonical)")
        }
    }
}
