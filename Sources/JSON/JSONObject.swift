extension JSON {
    /// The members of a JSON object, in the order they were written, each key once.
    public struct Object: Sendable {
        /// A key and its value.
        public struct Member: Sendable, Equatable {
            /// The key.
            public let key: String
            /// Its value.
            public internal(set) var value: JSON
        }

        /// The members in order.
        public private(set) var members: [Member] = []

        /// Where each key is; kept only above `scanned` members, because comparing a few short keys is faster.
        private var places: [String: Int]?

        private static let scanned = 16

        /// An object without members.
        public init() {}

        /// The pairs in order; the last of equal keys wins and keeps the first one's place.
        public init(_ pairs: some Sequence<(String, JSON)>) {
            for (key, value) in pairs { self[key] = value }
        }

        /// The keys in order.
        public var keys: [String] { members.map(\.key) }

        /// How many members there are.
        public var count: Int { members.count }

        /// Whether there are none.
        public var isEmpty: Bool { members.isEmpty }

        /// The value of a key; a new key goes to the end, and nil removes one.
        public subscript(_ key: String) -> JSON? {
            get { place(of: key).map { members[$0].value } }
            set {
                guard let newValue else { return remove(key) }
                if let place = place(of: key) {
                    members[place].value = newValue
                } else {
                    add(key, newValue)
                }
            }
        }

        /// Adds a member unless its key is there already; says whether it did.
        @discardableResult
        mutating func insert(_ key: String, _ value: JSON) -> Bool {
            guard place(of: key) == nil else { return false }
            add(key, value)
            return true
        }

        /// Gives the member at a place another value.
        mutating func replace(at place: Int, by value: JSON) { members[place].value = value }

        /// Puts the members into the order of their keys' code points.
        mutating func sortKeys() {
            members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            index()
        }

        func place(of key: String) -> Int? {
            if let places { return places[key] }
            return members.firstIndex { $0.key == key }
        }

        private mutating func add(_ key: String, _ value: JSON) {
            members.append(Member(key: key, value: value))
            if places != nil {
                places?[key] = members.count - 1
            } else if members.count > Object.scanned {
                index()
            }
        }

        private mutating func remove(_ key: String) {
            guard let place = place(of: key) else { return }
            members.remove(at: place)
            index()
        }

        private mutating func index() {
            guard members.count > Object.scanned else {
                places = nil
                return
            }
            places = Dictionary(members.enumerated().map { ($1.key, $0) }) { first, _ in first }
        }
    }
}

extension JSON.Object: Equatable {
    /// Whether both have the same members in the same order.
    public static func == (left: Self, right: Self) -> Bool { left.members == right.members }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
    /// The pairs in order; the last of equal keys wins.
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}

extension JSON.Object: Sequence {
    /// Goes through the members in order.
    public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}
