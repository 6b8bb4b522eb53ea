/// Names for what is sent ahead, which nobody else gives.
final class UploadNames {
    private let prefix = String(UInt64.random(in: .min ... .max), radix: 36)
    private var count = 0

    func next() -> String {
        count += 1
        return RedisKeys.upload("\(prefix):\(count)")
    }
}
