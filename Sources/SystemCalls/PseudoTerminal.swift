internal import CLinux
internal import Glibc
public import SystemPackage

/// A terminal whose keys its owner presses and whose screen its owner reads (pty(7)).
public struct PseudoTerminal: ~Copyable, Sendable {
    /// What the keys are written to and the screen is read from.
    public let descriptor: OwnedDescriptor
    /// The terminal as programs open it.
    public let path: FilePath

    /// Makes a terminal of 24 lines and 80 columns.
    public init() throws(SystemCallError) {
        let descriptor = try OwnedDescriptor(opening: "/dev/ptmx", .readWrite)
        let number = descriptor.number
        var (locked, name) = (Int32(0), Int32(0))
        try checked("ioctl(TIOCSPTLCK)") { ioctl(number, Self.setLock, &locked) }
        try checked("ioctl(TIOCGPTN)") { ioctl(number, Self.getNumber, &name) }
        try setSize(number, lines: 24, columns: 80)
        path = FilePath("/dev/pts/\(name)")
        self.descriptor = descriptor
    }

    /// Gives the terminal another size, which is told to the programs in its foreground.
    public borrowing func resize(lines: UInt16, columns: UInt16) throws(SystemCallError) {
        try setSize(descriptor.number, lines: lines, columns: columns)
    }

    /// TIOCSPTLCK and TIOCGPTN, which Glibc's module lacks (ioctl_tty(2)).
    private static let (setLock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
}

private func setSize(_ terminal: Int32, lines: UInt16, columns: UInt16) throws(SystemCallError) {
    var size = winsize(ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try checked("ioctl(TIOCSWINSZ)") { ioctl(terminal, UInt(TIOCSWINSZ), &size) }
}
