internal import CLinux
internal import Glibc
internal import SystemPackage

/// Starts a program and takes hold of it; each pair of descriptors is ours and what the child has it as.
func spawn(
    _ executable: FilePath, _ arguments: [String], _ environment: [String], _ directory: FilePath?,
    _ limits: [ChildProcess.Limit], _ descriptors: [(ours: Int32, childs: Int32)]
) throws(SystemCallError) -> ProcessDescriptor {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for pair in descriptors { posix_spawn_file_actions_adddup2(&actions, pair.ours, pair.childs) }
    // Whoever started us may have left descriptors open that are none of this child's business; a child with our own
    // streams, though, stands in our place, and keeps what was meant for it (make's job server).
    if !descriptors.isEmpty { posix_spawn_file_actions_addclosefrom_np(&actions, 3) }
    directory?.withPlatformString { _ = posix_spawn_file_actions_addchdir_np(&actions, $0) }

    // A blocked or ignored signal would be inherited through exec: the child begins with none.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var process: pid_t = 0
    // posix_spawn(3) answers its error number; it leaves errno alone.
    let code = withCStrings(arguments.map { Array($0.utf8) }) { arguments in
        withCStrings(environment.map { Array($0.utf8) }) { environment in
            executable.withPlatformString {
                posix_spawn(&process, $0, &actions, &attributes, arguments, environment)
            }
        }
    }
    guard code == 0 else {
        throw SystemCallError(call: "posix_spawn", subject: executable.shown, errno: Errno(rawValue: code))
    }
    do throws(SystemCallError) {
        for limit in limits { try limit.put(on: process) }
        return try ProcessDescriptor(process)
    } catch {
        // Nobody could end or await this child any more.
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        throw error
    }
}

/// Lends strings as C has them in `argv` and `environ`: pointers, and a null pointer as the last.
func withCStrings<Value>(
    _ strings: [[UInt8]], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
) -> Value {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    defer {
        for index in strings.indices { pointers[index]?.deallocate() }
        pointers.deallocate()
    }
    for (index, string) in strings.enumerated() {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
        for (place, byte) in string.enumerated() { (copy + place).initialize(to: CChar(bitPattern: byte)) }
        (copy + string.count).initialize(to: 0)
        (pointers + index).initialize(to: copy)
    }
    (pointers + strings.count).initialize(to: nil)
    return body(pointers)
}
