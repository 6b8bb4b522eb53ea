import JSON
import SystemCalls
import SystemPackage
import Trials

/// What lies in the directory of the experiment `sample`.
extension LocalStore {
    var folder: FilePath { directory.appending("sample") }
    var journal: FilePath { folder.appending("trialwatch").appending("trials.jsonl") }
    var pickle: FilePath { folder.appending("sample.pkl") }

    func bytes(_ path: FilePath) throws -> [UInt8] {
        try OwnedDescriptor(opening: path, .readOnly).readToEnd(limit: 1 << 30)
    }

    /// The journal's lines, without their newlines.
    func lines() throws -> [[UInt8]] { try bytes(journal).split(separator: 0x0A).map { Array($0) } }

    /// Lines of the journal that are no JSON.
    func tornLines() throws -> Int { try lines().count { (try? JSON(parsing: $0)) == nil } }

    /// Files of daskperiment's layout that a trial of ``BackendTesting/FiledInSteps`` has to have.
    func files(of number: Int) -> [FilePath] {
        let documents = ["platform", "device", "cpu", "python", "git"].map { "\($0)_sample_\(number).json" }
        let texts = ["numpy", "scipy", "pandas", "conda", "requirements"].map { "\($0)_sample_\(number).txt" }
        return [folder.appending("code").appending("sample_\(number).py")]
            + [folder.appending("persist").appending("sample_features_\(number).pkl")]
            + (documents + texts).map { folder.appending("environment").appending($0) }
    }

    /// Those that are not there, or are empty.
    func missingFiles(of numbers: [Int]) throws -> [FilePath] {
        try numbers.flatMap { files(of: $0) }.filter { try FileStatus.ifPresent($0).map { $0.size == 0 } ?? true }
    }
}
