/// The version of this program, as records, `status` and `--version` name it.
enum Version {
    static let text = "0.1.0-dev"
}
