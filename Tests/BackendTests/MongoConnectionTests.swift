import BackendTesting
import Mongo
import ProgramTesting
import Testing
import Trials

@testable import MongoBackend

/// What connections to a MongoDB promise, and what its errors mean.
@Suite(.enabled(if: MongoServer.isWanted, Comment(rawValue: MongoServer.advice)))
struct MongoConnectionTests {
    @Test func `a connection whose server was started anew fails from then on, as that may lack what was written last`()
        async throws
    {
        let server = try MongoServer()
        var connection = try MongoConnection(try MongoAddress(server.address(ofDatabase: "lab")))
        _ = try connection.run(["insert": "a", "documents": [["x": 1]], "writeConcern": ["w": 1, "j": false]])
        try server.kill()
        try server.restart()
        // libmongoc looks after a stream that has rested for a second, and would make another one.
        try await Task.sleep(for: .milliseconds(1100))
        for _ in 0..<3 {
            do throws(MongoError) {
                _ = try connection.run(["ping": 1])
                Issue.record("another server answered")
            } catch { #expect(error.kind == .broken, "\(error)") }
        }
    }

    @Test(arguments: [
        "?tls=true&tlsCAFile=/nowhere.pem", "?tls=true&tlsCertificateKeyFile=/nowhere.pem", "?compressors=snappy",
    ])
    func `no trial is at fault for what hinders connecting`(_ options: String) async throws {
        let server = try MongoServer.shared.get()
        let address = try MongoAddress(server.address(ofDatabase: "lab", options))
        let backend = MongoBackend(MongoSettings(address: address)) { SampleRun.time(100) }
        do throws(StoreError) { _ = try await backend.file([SampleRun(1).filing()]) } catch {
            #expect(error.kind != .refused && error.isTransient, "\(error)")
        }
    }

    private static let codes: [(Int, Bool, StoreError.Kind, isTransient: Bool)] = [
        (10107, false, .unavailable, true), (64, false, .unavailable, true), (79, false, .unavailable, true),
        (133, false, .unavailable, true), (211, false, .unavailable, true), (365, false, .unavailable, true),
        (8000, false, .unavailable, true), (13, false, .misconfigured, true), (18, false, .misconfigured, true),
        (10334, false, .refused, false), (99999, false, .refused, false), (99999, true, .unavailable, true),
    ]

    @Test(arguments: codes)
    func `an error of the server sets a trial aside only when the trial is at fault`(
        code: Int, isRetryable: Bool, kind: StoreError.Kind, isTransient: Bool
    ) {
        let error = StoreError("filing", "lab", code: code, "said", isRetryable: isRetryable)
        #expect(error.kind == kind && error.isTransient == isTransient, "\(error)")
    }
}
