@main
struct TrialwatchCommand {
    static func main() {}
}
