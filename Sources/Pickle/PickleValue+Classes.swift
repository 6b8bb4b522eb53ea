extension PickleValue {
    /// The value of calling a class or function by name.
    public static func call(_ module: String, _ name: String, _ arguments: PickleValue...) -> PickleValue {
        .reduce(.global(module: module, name: name), arguments: .tuple(arguments))
    }

    /// A `pandas.Timestamp` from ISO 8601 text.
    ///
    /// Text is the form that every pandas reads; the forms that pandas itself pickles differ between its versions.
    public static func timestamp(_ text: String) -> PickleValue {
        .call("pandas", "Timestamp", .string(text))
    }

    /// A `pandas.Timedelta` of whole nanoseconds.
    public static func timedelta(nanoseconds: Int) -> PickleValue {
        .call("pandas", "Timedelta", .int(nanoseconds))
    }

    /// A `pathlib.PosixPath` of these parts; an absolute path begins with the part `/`.
    public static func path(_ parts: [String]) -> PickleValue {
        .reduce(.global(module: "pathlib", name: "PosixPath"), arguments: .tuple(parts.map { .string($0) }))
    }
}
