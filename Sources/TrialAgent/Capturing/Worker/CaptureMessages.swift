import Trials

/// What the agent asks of the capture worker.
struct CaptureRequest: Codable, Sendable, Hashable {
    /// What the capture is about.
    var subject: CaptureSubject
    /// The names of the capturers that are to run, in this order.
    var capturers: [String]
}

/// What the capture worker says while it serves a request: for each capturer that it began to run, any number of beats, and
/// what it found; at the end that all is done.
enum CaptureReply: Codable, Sendable, Hashable {
    case began(capturer: String)
    case goesOn(beats: Int)
    case found(CapturerAnswer)
    case done
}

/// What came of one capturer.
struct CapturerAnswer: Codable, Sendable, Hashable {
    /// What it took; nil when it did not run to its end.
    var timing: CaptureTiming?
    /// What it found; a capturer that failed has found nothing but a problem.
    var part: CapturedPart
    /// Whether it failed: the part has only the reason then.
    var hasFailed = false
    /// The capturer's name.
    var capturer: String

    /// A capturer that failed, with the reason as a sentence.
    static func failed(_ capturer: String, _ reason: String, _ timing: CaptureTiming? = nil) -> CapturerAnswer {
        var part = CapturedPart()
        part.problems = [reason.hasPrefix("\(capturer): ") ? reason : "\(capturer): \(reason)"]
        return CapturerAnswer(timing: timing, part: part, hasFailed: true, capturer: capturer)
    }
}

extension Capturer {
    /// Runs the capturer and takes its time; what it throws becomes its answer.
    func answer(_ subject: CaptureSubject, _ pulse: CapturePulse) -> CapturerAnswer {
        let began = Timestamp.now
        let clock = ContinuousClock()
        let start = clock.now
        var failure: AgentError?
        var part = CapturedPart()
        do throws(AgentError) {
            part = try capture(subject, pulse: pulse)
        } catch {
            failure = error
        }
        let timing = CaptureTiming(
            capturer: Self.name, began: began, microseconds: Int((clock.now - start) / .microseconds(1)))
        if let failure { return .failed(Self.name, failure.description, timing) }
        return CapturerAnswer(timing: timing, part: part, capturer: Self.name)
    }
}
