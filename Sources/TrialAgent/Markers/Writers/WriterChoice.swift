import SystemPackage
import Trials

/// Which of a project's processes wrote a marker that names none: processes in, one of them out, or why it is none. No I/O.
enum WriterChoice {
    /// What it came to.
    enum Answer: Sendable {
        case inferred(WriterCandidate, InferredProcess.Sign)
        /// Nothing tells which of these it was.
        case ambiguous([WriterCandidate])
        /// None of those that are there can have been it.
        case none
    }

    /// A process's start and a marker's time are told in parts of a second.
    private static let rounding: Int64 = 10_000_000

    /// The choice among processes that have to do with the marker's project.
    ///
    /// Only one of the marker's owner counts that began before the marker was written. The one with the surest sign is it, a
    /// shell only where there is nothing else. Of several that started one another it is the innermost; copies of one process
    /// count as the first of them.
    static func among(
        _ candidates: [WriterCandidate], marker: FilePath, writtenBy owner: UInt32, at changed: Int
    ) -> Answer {
        let able = candidates.filter {
            $0.trade != .onlooker && $0.owner == owner && $0.started <= Int64(changed) + rounding
        }
        let signs = able.map { $0.sign(of: marker) }
        var pool = zip(able, signs).filter { $1 == .hasMarkerOpen }.map(\.0)
        if pool.isEmpty { pool = able }
        let programs = pool.filter { $0.trade == .program }
        if !programs.isEmpty { pool = programs }
        guard
            let sign = InferredProcess.Sign.allCases.first(where: { sign in
                pool.contains { $0.sign(of: marker) == sign }
            })
        else { return .none }
        // A kernel stays when its notebook rests: what works beside it is as likely.
        let kernels = sign == .runsNotebook ? pool.filter { $0.sign(of: marker) == sign } : []
        pool = pool.filter { one in
            one.sign(of: marker) == sign || !kernels.isEmpty && kernels.allSatisfy { !$0.isRelated(to: one) }
        }
        let copies = pool.filter { one in
            pool.contains { one.ancestors.contains($0.number) && $0.process.command == one.process.command }
        }.map(\.number)
        pool.removeAll { copies.contains($0.number) }
        let outer = Set(pool.flatMap(\.ancestors))
        pool.removeAll { outer.contains($0.number) }
        return pool.count == 1 ? .inferred(pool[0], sign) : .ambiguous(pool)
    }
}

extension WriterCandidate {
    /// Whether one of them has started the other, or what started that.
    fileprivate func isRelated(to other: WriterCandidate) -> Bool {
        ancestors.contains(other.number) || other.ancestors.contains(number)
    }
}
