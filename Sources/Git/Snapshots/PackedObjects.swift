/// The objects of a pack in the making, each found by its id: a set would keep every id a second time.
struct PackedObjects {
    /// What a pack's index tells of an object.
    struct Object {
        let id: ObjectID
        let checksum: UInt32
        let offset: UInt64
    }

    private var all: [Object] = []
    /// Of each object its place in `all`, and one more, at the slot that its hash names or the next free one; 0 is a free slot.
    private var slots: [UInt32] = []

    private static let fewestSlots = 1 << 10

    var count: Int { all.count }

    var isEmpty: Bool { all.isEmpty }

    func contains(_ id: ObjectID) -> Bool { !slots.isEmpty && slots[slot(of: id)] > 0 }

    /// Adds an object that is not there.
    mutating func append(_ object: Object) {
        all.append(object)
        // A third stays free, so that a free one is near.
        if all.count * 3 > slots.count * 2 { return makeSlots() }
        slots[slot(of: object.id)] = UInt32(all.count)
    }

    /// Gives all, in the order of their ids, and has none any more.
    mutating func takeSorted() -> [Object] {
        var taken: [Object] = []
        swap(&taken, &all)
        slots = []
        taken.sort { $0.id < $1.id }
        return taken
    }

    private mutating func makeSlots() {
        slots = Array(repeating: 0, count: max(Self.fewestSlots, slots.count * 2))
        for (place, object) in all.enumerated() { slots[slot(of: object.id)] = UInt32(place + 1) }
    }

    /// The slot that an object has, or would have.
    private func slot(of id: ObjectID) -> Int {
        // There are as many as a power of two.
        var slot = id.hashValue & (slots.count - 1)
        while slots[slot] > 0, all[Int(slots[slot]) - 1].id != id { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }
}
