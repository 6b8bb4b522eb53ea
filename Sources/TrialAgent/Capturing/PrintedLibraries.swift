internal import Bytes
internal import JSON
internal import Synchronization
internal import SystemCalls
internal import SystemPackage
internal import Trials

/// What Pythons printed of their libraries, kept in a folder by the interpreter and the versions of its packages: none is run
/// twice for the same answer.
final class PrintedLibraries: Sendable {
    private let printer: LibraryPrinter
    /// Those that failed, and why: they are not run again by this process.
    private let failures = Mutex<[String: LibraryPrinter.Failure]>([:])

    /// Asks by this printer what is not known.
    init(_ printer: LibraryPrinter = LibraryPrinter()) { self.printer = printer }

    /// What a Python prints of its libraries.
    func texts(
        of python: FilePath, _ installed: InstalledPackages, keptIn folder: FilePath, pulse: CapturePulse
    ) throws(LibraryPrinter.Failure) -> LibraryPrinter.Texts {
        let key = try key(of: python, installed)
        let file = folder.appending("\(key).json")
        if let bytes = try? OwnedDescriptor(opening: file, .readOnly, options: .noFollow).readToEnd(limit: 16 << 20),
            let kept = try? JSON(parsing: bytes).decode(LibraryPrinter.Texts.self)
        {
            return kept
        }
        if let failure = failures.withLock({ $0[key] }) { throw failure }
        do throws(LibraryPrinter.Failure) {
            let texts = try printer.texts(of: python, path: installed.ownPath, pulse: pulse)
            // Without a place for it, it is asked again.
            try? FileSystem.makeDirectories(folder)
            if let json = try? JSON.encode(texts) { try? DurableFile.write(json.bytes(), to: file) }
            return texts
        } catch {
            failures.withLock { $0[key] = error }
            throw error
        }
    }

    /// Another interpreter, even at the same path, is another key, and so is any other package, since pandas tells of many.
    private func key(
        of python: FilePath, _ installed: InstalledPackages
    ) throws(LibraryPrinter.Failure) -> String {
        let status: FileStatus
        do throws(SystemCallError) { status = try FileStatus(of: python, followingLinks: true) } catch {
            throw LibraryPrinter.Failure(description: "\(error)")
        }
        var parts = [python.string, "\(status.device)", "\(status.inode)", "\(status.size)", "\(status.modified)"]
        parts += installed.ownPath.map(\.string)
        parts += installed.packages.filter(installed.isOwn).map {
            "\($0.metadata.name)==\($0.metadata.version) in \($0.location)"
        }
        return SHA256.digest(of: parts.joined(separator: "\0")).hex
    }
}
