internal import CLinux
internal import Glibc
public import SystemPackage

/// The machine and its kernel (uname(2)).
public struct Machine: Hashable, Sendable {
    /// The host's name.
    public var hostName: String
    /// The kernel's name, `Linux`.
    public var system: String
    /// The kernel's release, such as `6.1.0-18-amd64`.
    public var release: String
    /// The kernel's version, such as `#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1`.
    public var version: String
    /// The architecture, such as `x86_64`.
    public var architecture: String

    /// The machine that this process runs on.
    public init() throws(SystemCallError) {
        var raw = utsname()
        try checked("uname") { uname(&raw) }
        hostName = text(raw.nodename)
        system = text(raw.sysname)
        release = text(raw.release)
        version = text(raw.version)
        architecture = text(raw.machine)
    }
}

extension Machine {
    /// The number of this process (getpid(2)).
    public static var processIdentifier: Int32 { getpid() }
}

/// A user of this machine (getpwuid_r(3)).
public struct User: Hashable, Sendable {
    /// The user id.
    public var identifier: UInt32
    /// The log-in name.
    public var name: String
    /// The home directory.
    public var home: FilePath

    /// The user that this process acts as.
    public static var currentIdentifier: UInt32 { geteuid() }

    /// Looks a user up; nil when nobody has this id, as it happens in containers.
    public init?(_ identifier: UInt32 = User.currentIdentifier) throws(SystemCallError) {
        let found = try User.find("getpwuid_r", "\(identifier)") { getpwuid_r(identifier, $0, $1, $2, $3) }
        guard let found else { return nil }
        self = found
    }

    /// Looks a user up by log-in name; nil when nobody is called so.
    public init?(named name: String) throws(SystemCallError) {
        let found = try User.find("getpwnam_r", name) { getpwnam_r(name, $0, $1, $2, $3) }
        guard let found else { return nil }
        self = found
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CInterop.PlatformChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func find(_ call: String, _ subject: String, _ lookup: Lookup) throws(SystemCallError) -> User? {
        var capacity = 4096
        while true {
            let found = try withTemporaryBuffer(capacity) { (buffer) throws(SystemCallError) -> User?? in
                var entry = passwd()
                var result: UnsafeMutablePointer<passwd>?
                let strings = buffer.assumingMemoryBound(to: CInterop.PlatformChar.self)
                guard let start = strings.baseAddress else { return nil }
                let code = lookup(&entry, start, strings.count, &result)
                if code == ERANGE { return nil }
                guard code == 0 || code == ENOENT else {
                    throw SystemCallError(call: call, subject: subject, errno: Errno(rawValue: code))
                }
                guard result != nil, let name = entry.pw_name, let home = entry.pw_dir else { return .some(nil) }
                return User(entry.pw_uid, String(cString: name), FilePath(platformString: home))
            }
            if let found { return found }
            capacity *= 2
        }
    }

    private init(_ identifier: UInt32, _ name: String, _ home: FilePath) {
        self.identifier = identifier
        self.name = name
        self.home = home
    }
}

/// The text in a fixed array of C characters.
private func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
