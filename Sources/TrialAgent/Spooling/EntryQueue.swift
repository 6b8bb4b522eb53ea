/// The names of waiting entries in their order: a few words each, however large the entries are.
///
/// Adding at the end, taking from the front and removing anywhere cost no more when many wait.
struct EntryQueue: Sendable {
    private struct Slot: Sendable {
        let name: EntryName
        var isGone = false
    }

    /// In order; those that are gone stay until they outnumber the others.
    private var slots: [Slot] = []
    /// Everything before this place is gone.
    private var head = 0
    /// How many wait.
    private(set) var count = 0

    /// The first that waits.
    var first: EntryName? { next(after: nil) }

    /// All that wait, in order.
    var names: [EntryName] { slots[head...].lazy.filter { !$0.isGone }.map(\.name) }

    /// The last that waits.
    var last: EntryName? { slots.last?.name }

    /// The first that waits after a place in the order, be it taken or not; nil begins at the front.
    func next(after name: EntryName?) -> EntryName? {
        var place = name.map { firstPlace(notBefore: $0) } ?? head
        while place < slots.count {
            if !slots[place].isGone, slots[place].name != name { return slots[place].name }
            place += 1
        }
        return nil
    }

    /// True when a name waits.
    func contains(_ name: EntryName) -> Bool {
        let place = firstPlace(notBefore: name)
        return place < slots.count && slots[place].name == name && !slots[place].isGone
    }

    /// Adds a name; false when it waits already.
    @discardableResult
    mutating func insert(_ name: EntryName) -> Bool {
        // Claims are counted upwards, so that nearly every entry goes to the end or next to it.
        var place = slots.count
        while place > 0, slots[place - 1].name > name, slots.count - place < 64 { place -= 1 }
        if place > 0, slots[place - 1].name >= name { place = firstPlace(notBefore: name) }
        if place < slots.count, slots[place].name == name {
            guard slots[place].isGone else { return false }
            slots[place].isGone = false
        } else {
            slots.insert(Slot(name: name), at: place)
        }
        head = min(head, place)
        count += 1
        return true
    }

    /// Removes a name; false when it does not wait.
    @discardableResult
    mutating func remove(_ name: EntryName) -> Bool {
        let place = firstPlace(notBefore: name)
        guard place < slots.count, slots[place].name == name, !slots[place].isGone else { return false }
        slots[place].isGone = true
        count -= 1
        trim()
        return true
    }

    private mutating func trim() {
        while let last = slots.last, last.isGone { slots.removeLast() }
        while head < slots.count, slots[head].isGone { head += 1 }
        guard slots.count > 2 * count + 64 || slots.isEmpty else { return }
        slots.removeAll { $0.isGone }
        head = 0
    }

    private func firstPlace(notBefore name: EntryName) -> Int {
        var (low, high) = (0, slots.count)
        while low < high {
            let middle = (low + high) / 2
            if slots[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
