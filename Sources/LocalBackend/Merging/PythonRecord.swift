internal import Bytes
internal import JSON
internal import Pickle
internal import Trials

/// What the journal keeps of a Python process's trial beside our own record: the pickled values themselves, so that what
/// daskperiment reads of it stays exactly what Python wrote.
struct PythonRecord {
    /// The number that the process took.
    var number: Int
    /// What the trial is known by under the number that it has here.
    var print: RunKey
    var parameters: [UInt8]
    var result: [UInt8]?
    /// Series of values that are no numbers, by metric: each a list of records.
    var series: [(key: String, records: [UInt8])] = []

    /// The instructions of values that were taken over, without header and STOP; their labels are those that
    /// ``PickleProgram`` leaves for them.
    init(_ trial: PythonTrial, as number: Int, unsaid: [PythonTrial.Series]) {
        self.number = trial.number
        print = trial.print.key(number)
        parameters = PickleProgram.embedded(trial.parameters)
        result = trial.result.map { PickleProgram.embedded($0) }
        series = unsaid.map { ($0.key, PickleProgram.embedded(.list($0.records))) }
    }

    /// Nil for JSON that is none.
    init?(_ json: JSON?) {
        guard let json, let number = json["number"]?.int, let print = json["print"]?.string.flatMap({ RunKey($0) }),
            let parameters = json["parameters"]?.string.flatMap({ Base64.bytes($0) })
        else { return nil }
        self.number = number
        self.print = print
        self.parameters = parameters
        if let text = json["result"]?.string {
            guard let bytes = Base64.bytes(text) else { return nil }
            result = bytes
        }
        for member in json["series"]?.object ?? [:] {
            guard let bytes = member.value.string.flatMap({ Base64.bytes($0) }) else { return nil }
            series.append((member.key, bytes))
        }
    }

    var json: JSON {
        var object: JSON.Object = [
            "number": JSON(number), "print": .string(print.text), "parameters": .string(Base64.text(parameters)),
        ]
        if let result { object["result"] = .string(Base64.text(result)) }
        if !series.isEmpty {
            object["series"] = .object(JSON.Object(series.map { ($0.key, .string(Base64.text($0.records))) }))
        }
        return .object(object)
    }
}
