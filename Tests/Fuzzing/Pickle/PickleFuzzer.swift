import Pickle

/// Reads any bytes as a pickle: whatever they are, that ends soon, in little memory, in a value or an error; and what is
/// read is written so that it is read as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func readPickle(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var taking = TakesEverything()
    var reader = PickleReader(bytes)
    _ = try? reader.read(&taking)

    guard let value = try? PickleValue(pickled: bytes) else { return 0 }
    let written = value.pickled()
    do throws(PickleError) {
        let again = try PickleValue(pickled: written)
        if again != value || again.pickled() != written {
            guard value.makesAndDrops else { fatalError("what was written is read as something else") }
        } else if again.canonicalBytes != value.canonicalBytes {
            fatalError("what is equal has two canonical forms")
        }
    } catch {
        // Made earlier, it is deeper in what comes after it.
        guard case .limitExceeded(.depth, _) = error.reason, value.makesAndDrops else {
            fatalError("what was written is not read: \(error)")
        }
    }
    value.lookAtAll()
    return 0
}

/// Has every list and dict handed over that can be.
private struct TakesEverything: PickleVisitor {
    var longestPath: Int { 6 }
    func takes(_ container: PickleContainer) -> Bool { true }
    func take(entries: [PickleEntry], of container: PickleContainer) {
        for entry in entries { entry.value.lookAtAll() }
    }
    func take(items: [PickleValue], of container: PickleContainer) {
        for item in items { item.lookAtAll() }
    }
}

extension PickleValue {
    /// Whether something is made in it and dropped, which may be made earlier once it is written.
    fileprivate var makesAndDrops: Bool { "\(self)".contains(".sequence(") }

    /// Asks a value for everything that it may be known as.
    fileprivate func lookAtAll() {
        _ = (timestamp, timedelta, dateTime?.text, date?.text, time?.text, difference)
        _ = (decimalText, pathText, complex, numpyScalar, numpyArray?.values.count)
        _ = (className, globalName, text)
    }
}
