/// Asks until the answer is yes; false when it still is no after `patience`.
///
/// For what a program or a server comes to by itself, and for which it has no signal.
public func eventually(
    within patience: Duration = .seconds(20), every pause: Duration = .milliseconds(50),
    _ isTrue: () async throws -> Bool
) async throws -> Bool {
    let end = ContinuousClock.now + patience
    while ContinuousClock.now < end {
        if try await isTrue() { return true }
        try await ContinuousClock().sleep(for: pause)
    }
    return try await isTrue()
}
