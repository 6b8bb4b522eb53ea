internal import CLinux
internal import Glibc

/// What a terminal says of itself.
public enum Terminal {
    /// Whether a descriptor of this process is a terminal (isatty(3)).
    public static func isTerminal(_ number: Int32) -> Bool {
        isatty(number) == 1
    }

    /// How many columns a terminal has; nil when the descriptor is no terminal or it does not say (ioctl_tty(2)).
    public static func width(_ number: Int32) -> Int? {
        var size = winsize()
        guard ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
