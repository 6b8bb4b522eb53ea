internal import Pickle

/// A trial as a Python process wrote it.
struct PythonTrial {
    /// A metric's records in their order.
    struct Series {
        var key: String
        var records: [PickleValue]
    }

    var number: Int
    var parameters: PickleValue
    var result: PickleValue?
    var series: [Series] = []

    var print: TrialPrint {
        var print = TrialPrint()
        print.parameters = TrialPrint.Half(parameters)
        print.result = result.map { TrialPrint.Half($0) }
        return print
    }
}
