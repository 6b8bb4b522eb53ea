/// The names that Python 2 had for what Python 3 keeps elsewhere (Python's `_compat_pickle`): pickles up to protocol 2 say
/// the old ones.
enum Python2Names {
    /// The module and name by which Python 3 knows it.
    static func current(_ module: String, _ name: String) -> (module: String, name: String) {
        if module == "exceptions", !name.hasPrefix("_") { return ("builtins", name) }
        if let moved = names[module]?[name] { return moved }
        return (modules[module] ?? module, name)
    }

    private static let modules: [String: String] = [
        "BaseHTTPServer": "http.server", "CGIHTTPServer": "http.server", "ConfigParser": "configparser",
        "Cookie": "http.cookies", "Dialog": "tkinter.dialog", "DocXMLRPCServer": "xmlrpc.server",
        "FileDialog": "tkinter.filedialog", "HTMLParser": "html.parser", "Queue": "queue",
        "ScrolledText": "tkinter.scrolledtext", "SimpleDialog": "tkinter.simpledialog",
        "SimpleHTTPServer": "http.server", "SimpleXMLRPCServer": "xmlrpc.server", "SocketServer": "socketserver",
        "StringIO": "io", "Tkconstants": "tkinter.constants", "Tkdnd": "tkinter.dnd", "Tkinter": "tkinter",
        "UserDict": "collections", "UserList": "collections", "UserString": "collections", "__builtin__": "builtins",
        "_abcoll": "collections.abc", "_elementtree": "xml.etree.ElementTree", "_winreg": "winreg", "anydbm": "dbm",
        "cPickle": "pickle", "cStringIO": "io", "commands": "subprocess", "cookielib": "http.cookiejar",
        "copy_reg": "copyreg", "dbhash": "dbm.bsd", "dbm": "dbm.ndbm", "dumbdbm": "dbm.dumb",
        "dummy_thread": "_dummy_thread", "gdbm": "dbm.gnu", "htmlentitydefs": "html.entities",
        "httplib": "http.client", "markupbase": "_markupbase", "repr": "reprlib",
        "robotparser": "urllib.robotparser", "test.test_support": "test.support", "thread": "_thread",
        "tkColorChooser": "tkinter.colorchooser", "tkCommonDialog": "tkinter.commondialog",
        "tkFileDialog": "tkinter.filedialog", "tkFont": "tkinter.font", "tkMessageBox": "tkinter.messagebox",
        "tkSimpleDialog": "tkinter.simpledialog", "ttk": "tkinter.ttk", "urllib2": "urllib.request",
        "urlparse": "urllib.parse", "whichdb": "dbm", "xmlrpclib": "xmlrpc.client",
    ]

    private static let names: [String: [String: (module: String, name: String)]] = [
        "UserDict": [
            "IterableUserDict": ("collections", "UserDict"), "UserDict": ("collections", "UserDict"),
        ],
        "UserList": [
            "UserList": ("collections", "UserList")
        ],
        "UserString": [
            "UserString": ("collections", "UserString")
        ],
        "__builtin__": [
            "xrange": ("builtins", "range"), "reduce": ("functools", "reduce"), "intern": ("sys", "intern"),
            "unichr": ("builtins", "chr"), "unicode": ("builtins", "str"), "long": ("builtins", "int"),
            "basestring": ("builtins", "str"),
        ],
        "_multiprocessing": [
            "Connection": ("multiprocessing.connection", "Connection")
        ],
        "_socket": [
            "fromfd": ("socket", "fromfd")
        ],
        "itertools": [
            "izip": ("builtins", "zip"), "imap": ("builtins", "map"), "ifilter": ("builtins", "filter"),
            "ifilterfalse": ("itertools", "filterfalse"), "izip_longest": ("itertools", "zip_longest"),
        ],
        "multiprocessing": [
            "AuthenticationError": ("multiprocessing.context", "AuthenticationError"),
            "BufferTooShort": ("multiprocessing.context", "BufferTooShort"),
            "ProcessError": ("multiprocessing.context", "ProcessError"),
            "TimeoutError": ("multiprocessing.context", "TimeoutError"),
        ],
        "multiprocessing.forking": [
            "Popen": ("multiprocessing.popen_fork", "Popen")
        ],
        "multiprocessing.process": [
            "Process": ("multiprocessing.context", "Process")
        ],
        "socket": [
            "_socketobject": ("socket", "SocketType")
        ],
        "urllib": [
            "ContentTooShortError": ("urllib.error", "ContentTooShortError"),
            "getproxies": ("urllib.request", "getproxies"), "pathname2url": ("urllib.request", "pathname2url"),
            "quote_plus": ("urllib.parse", "quote_plus"), "quote": ("urllib.parse", "quote"),
            "unquote_plus": ("urllib.parse", "unquote_plus"), "unquote": ("urllib.parse", "unquote"),
            "url2pathname": ("urllib.request", "url2pathname"), "urlcleanup": ("urllib.request", "urlcleanup"),
            "urlencode": ("urllib.parse", "urlencode"), "urlopen": ("urllib.request", "urlopen"),
            "urlretrieve": ("urllib.request", "urlretrieve"),
        ],
        "urllib2": [
            "HTTPError": ("urllib.error", "HTTPError"), "URLError": ("urllib.error", "URLError"),
        ],
        "whichdb": [
            "whichdb": ("dbm", "whichdb")
        ],
    ]
}
