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
    do {
        let again = try PickleValue(pickled: written)
        if again != value || again.pickled() != written {
            // Only what is made and dropped within something may be made before it when it is written.
            guard "\(value)".contains(".sequence(") else { fatalError("what was written is read as something else") }
        } else if again.canonicalBytes != value.canonicalBytes {
            fatalError("what is equal has two canonical forms")
        }
    } catch {
        fatalError("what was written is not read: \(error)")
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
    /// Asks a value for everything that it may be known as.
    fileprivate func lookAtAll() {
        _ = (timestamp, timedelta, dateTime?.text, date?.text, time?.text, difference)
        _ = (decimalText, pathText, complex, numpyScalar, numpyArray?.values.count)
        _ = (className, globalName, text)
    }
}
