internal import SystemCalls
internal import SystemPackage
internal import Trials

/// How a file of the index is opened.
enum IndexAccess {
    /// By a user who may only read.
    case reading
    /// As it is, or empty where there is none.
    case writing
    /// Empty.
    case anew

    func open(_ path: FilePath) throws(StoreError) -> OwnedDescriptor {
        try attempt("opening the index", path) { () throws(SystemCallError) in
            switch self {
            case .reading: try OwnedDescriptor(opening: path, .readOnly)
            case .writing: try OwnedDescriptor(opening: path, .readWrite, options: .create)
            case .anew: try OwnedDescriptor(opening: path, .readWrite, options: [.create, .truncate])
            }
        }
    }
}
