import JSON
import SystemCalls
import SystemPackage
import Trials

/// What came of a marker, told in a file beside it: `<marker>.trial.json`.
///
/// It is written when a store has acknowledged the trial, or the marker was rejected. A file of that name that is none of
/// ours is left alone.
struct Receipt: Sendable {
    private let content: JSON.Object

    /// A trial as a store holds it.
    init(_ run: FiledRun, problems: [String], at moment: Timestamp) {
        let state: String =
            switch run.standing {
            case .filed(let state): state.rawValue
            case .deleted: "deleted"
            }
        content = [
            "trialwatch": 1, "experiment": .string(run.reference.experiment.text),
            "trial_id": JSON(run.reference.number),
            "state": .string(state), "backend": .string(run.backend), "filed_at": .string(moment.description),
            "problems": .array((problems + run.notices.map(\.text)).map(JSON.string)),
        ]
    }

    /// A marker that is no trial.
    init(_ rejection: RejectedMarker) {
        content = [
            "trialwatch": 1, "error": .string(rejection.reason), "line": rejection.line.map { JSON($0) } ?? .null,
            "column": rejection.column.map { JSON($0) } ?? .null,
        ]
    }

    /// Writes it beside a marker, whole or not at all, following no link.
    func write(at marker: MarkerPlace) throws(AgentError) {
        guard let name = marker.path.lastComponent else { return }
        let receipt = FilePath("\(name.string).trial.json")
        do {
            let root = try OwnedDescriptor(directory: marker.project)
            let path = marker.path.removingLastComponent()
            let folder = try root.openBeneath(path.isEmpty ? "." : path, options: .directory)
            guard try isOurs(receipt, in: folder) else {
                throw AgentError(
                    .filing, "\(marker.shown).trial.json",
                    "a file of that name is there that is no receipt; it is left alone",
                    remedy: "give the file another name, or turn `receipts` off")
            }
            // No marker pattern and no receipt: nobody takes it for either, should it stay.
            let temporary = FilePath(".\(name.string).trial.json.\(UInt32.random(in: .min ... .max)).tmp")
            let file = try folder.open(
                temporary, .writeOnly, options: [.create, .exclusiveCreate, .noFollow],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            do {
                try file.write(JSON.object(content).bytes() + [0x0A])
                try folder.rename(temporary, to: receipt)
            } catch {
                try? folder.remove(temporary)
                throw error
            }
        } catch let error as AgentError {
            throw error
        } catch {
            throw AgentError(
                .filing, marker.shown, "writing its receipt: \(error)",
                remedy: "see that the agent may write there, or turn `receipts` off", cause: error)
        }
    }

    private func isOurs(_ receipt: FilePath, in folder: borrowing OwnedDescriptor) throws(SystemCallError) -> Bool {
        do throws(SystemCallError) {
            let file = try folder.openBeneath(receipt)
            guard try file.status().kind == .regular, let bytes = try? file.readToEnd(limit: 1 << 20) else {
                return false
            }
            return (try? JSON(parsing: bytes))?["trialwatch"]?.int != nil
        } catch {
            if error.errno == .noSuchFileOrDirectory { return true }
            if error.errno == .tooManySymbolicLinkLevels { return false }
            throw error
        }
    }
}
