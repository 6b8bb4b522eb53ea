/// The instructions of a pickle that this module writes (Python's `pickletools`).
enum Opcode: UInt8 {
    case proto = 0x80
    case stop = 0x2E  // .
    case mark = 0x28  // (
    case pop = 0x30  // 0
    case popMark = 0x31  // 1
    case none = 0x4E  // N
    case newTrue = 0x88
    case newFalse = 0x89
    case binint1 = 0x4B  // K
    case binint2 = 0x4D  // M
    case binint = 0x4A  // J
    case long1 = 0x8A
    case long4 = 0x8B
    case binfloat = 0x47  // G
    case binunicode = 0x58  // X
    case binunicode8 = 0x8D
    case shortBinbytes = 0x43  // C
    case binbytes = 0x42  // B
    case binbytes8 = 0x8E
    case emptyTuple = 0x29  // )
    case tuple = 0x74  // t
    case emptyList = 0x5D  // ]
    case appends = 0x65  // e
    case emptyDict = 0x7D  // }
    case setitems = 0x75  // u
    case global = 0x63  // c
    case reduce = 0x52  // R
    case newobj = 0x81
    case build = 0x62  // b
    case binput = 0x71  // q
    case longBinput = 0x72  // r
    case binget = 0x68  // h
    case longBinget = 0x6A  // j
}
