internal import Glibc

/// Names of a directory as bytes, for walks over very many of them.
extension OwnedDescriptor {
    /// Opens a directory in this one by the name that begins at a place among names with a zero behind each; a link is not
    /// followed.
    public borrowing func openDirectory(_ names: [UInt8], at place: Int) throws(SystemCallError) -> OwnedDescriptor {
        let number = number
        return OwnedDescriptor(
            owning: try checked("openat", shown(names, place)) {
                withName(names, place) {
                    openat(number, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)
                }
            })
    }

    /// What a symbolic link in this directory says, byte for byte.
    public borrowing func target(ofLink names: [UInt8], at place: Int) throws(SystemCallError) -> [UInt8] {
        let number = number
        // symlink(2): a target has at most PATH_MAX bytes, the final zero included.
        return try [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { (buffer, count) throws(SystemCallError) in
            guard let room = UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self) else {
                return
            }
            count = try checked("readlinkat", shown(names, place)) {
                withName(names, place) { readlinkat(number, $0, room, Int(PATH_MAX)) }
            }
        }
    }

    /// Makes now the time at which the file was last changed and read (futimens(2)).
    public borrowing func touch() throws(SystemCallError) {
        let number = number
        try checked("futimens") { futimens(number, nil) }
    }
}

/// Lends the name that begins at a place among names with a zero behind each.
func withName<Value>(_ names: [UInt8], _ place: Int, _ body: (UnsafePointer<CChar>) -> Value) -> Value {
    names.withUnsafeBytes { names in
        guard let start = names.baseAddress, names[place...].contains(0) else {
            preconditionFailure("a name has a zero behind it")
        }
        return body((start + place).assumingMemoryBound(to: CChar.self))
    }
}

func shown(_ names: [UInt8], _ place: Int) -> String {
    withName(names, place) { escaped(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
}
