internal import SystemCalls
internal import SystemPackage

/// Whether this machine lets programs make user and mount namespaces of their own.
public let hasNamespaces: Bool = {
    guard
        var child = try? ChildProcess(
            "/usr/bin/unshare", arguments: ["unshare", "-U", "-r", "-m", "true"], environment: [], directory: nil)
    else { return false }
    return (try? child.end()) == .exited(0)
}()
