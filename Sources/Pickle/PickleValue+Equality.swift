extension PickleValue: Equatable {
    /// Whether both trees say the same. It takes no stack, however deep they are.
    public static func == (left: PickleValue, right: PickleValue) -> Bool {
        var waiting = [(left, right)]
        while let (left, right) = waiting.popLast() {
            guard left.isAlike(right) else { return false }
            if left.isLeaf, right.isLeaf { continue }
            let (ours, theirs) = (left.children, right.children)
            guard ours.count == theirs.count else { return false }
            for index in ours.indices { waiting.append((ours[index], theirs[index])) }
        }
        return true
    }

    /// Whether both are of one kind and say the same apart from their children.
    private func isAlike(_ other: PickleValue) -> Bool {
        switch (self, other) {
        case (.none, .none), (.tuple, .tuple), (.list, .list), (.dictionary, .dictionary), (.set, .set),
            (.frozenset, .frozenset), (.persistent, .persistent), (.reduce, .reduce), (.newObject, .newObject),
            (.newObjectWithKeywords, .newObjectWithKeywords), (.instance, .instance), (.build, .build),
            (.appended, .appended), (.updated, .updated), (.added, .added):
            true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.long(let left), .long(let right)): left == right
        case (.float(let left), .float(let right)): left.bitPattern == right.bitPattern
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.surrogateString(let left), .surrogateString(let right)): left == right
        case (.python2String(let left), .python2String(let right)): left == right
        case (.bytes(let left), .bytes(let right)): left == right
        case (.bytearray(let left), .bytearray(let right)): left == right
        case (.global(let module, let name), .global(let otherModule, let otherName)):
            module.utf8.elementsEqual(otherModule.utf8) && name.utf8.elementsEqual(otherName.utf8)
        case (.extensionCode(let left), .extensionCode(let right)): left == right
        case (.sequence(_, let left), .sequence(_, let right)): left == right
        case (.labelled(let left, _), .labelled(let right, _)): left == right
        case (.reference(let left), .reference(let right)): left == right
        default: false
        }
    }
}
