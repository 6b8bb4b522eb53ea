// The single instructions.
extension PickleWriter {
    mutating func emit(_ opcode: Opcode) {
        bytes.append(opcode.rawValue)
    }

    mutating func append(littleEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(bigEndian value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func integer(_ value: Int) {
        if let byte = UInt8(exactly: value) {
            emit(.binint1)
            bytes.append(byte)
        } else if let short = UInt16(exactly: value) {
            emit(.binint2)
            append(littleEndian: short)
        } else if let word = Int32(exactly: value) {
            emit(.binint)
            append(littleEndian: word)
        } else {
            integer(PickleInteger(value))
        }
    }

    mutating func integer(_ value: PickleInteger) {
        let digits = value.littleEndian
        if let count = UInt8(exactly: digits.count) {
            emit(.long1)
            bytes.append(count)
        } else {
            emit(.long4)
            append(littleEndian: Int32(clamping: digits.count))
        }
        bytes.append(contentsOf: digits)
    }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: $0) }
    }

    mutating func string(utf8 text: some Collection<UInt8>) {
        // Beyond 4 GiB only the instruction of protocol 4 has room; readers take it whatever the header says.
        if let count = UInt32(exactly: text.count) {
            emit(.binunicode)
            append(littleEndian: count)
        } else {
            emit(.binunicode8)
            append(littleEndian: UInt64(text.count))
        }
        bytes.append(contentsOf: text)
    }

    mutating func python2String(_ data: [UInt8]) {
        if let count = UInt8(exactly: data.count) {
            emit(.shortBinstring)
            bytes.append(count)
        } else {
            emit(.binstring)
            append(littleEndian: Int32(clamping: data.count))
        }
        bytes.append(contentsOf: data)
    }

    mutating func byteString(_ data: [UInt8]) {
        if let count = UInt8(exactly: data.count) {
            emit(.shortBinbytes)
            bytes.append(count)
        } else if let count = UInt32(exactly: data.count) {
            emit(.binbytes)
            append(littleEndian: count)
        } else {
            emit(.binbytes8)
            append(littleEndian: UInt64(data.count))
        }
        bytes.append(contentsOf: data)
    }

    mutating func global(module: String, name: String) {
        // Python resolves dots in a name from protocol 4 on only; the number may change within a pickle.
        let isNested = name.utf8.contains(UInt8(ascii: "."))
        if isNested { version(4) }
        if module.utf8.contains(UInt8(ascii: "\n")) || name.utf8.contains(UInt8(ascii: "\n")) {
            string(module)
            string(name)
            emit(.stackGlobal)
        } else {
            emit(.global)
            bytes.append(contentsOf: module.utf8)
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: name.utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        if isNested { version(3) }
    }

    mutating func version(_ number: UInt8) {
        emit(.proto)
        bytes.append(number)
    }

    mutating func extensionCode(_ code: Int) {
        if let byte = UInt8(exactly: code) {
            emit(.ext1)
            bytes.append(byte)
        } else if let short = UInt16(exactly: code) {
            emit(.ext2)
            append(littleEndian: short)
        } else {
            emit(.ext4)
            append(littleEndian: Int32(clamping: code))
        }
    }

    mutating func remember(_ label: PickleLabel) {
        if let short = UInt8(exactly: label.rawValue) {
            emit(.binput)
            bytes.append(short)
        } else {
            emit(.longBinput)
            append(littleEndian: label.rawValue)
        }
    }

    mutating func recall(_ label: PickleLabel) {
        if let short = UInt8(exactly: label.rawValue) {
            emit(.binget)
            bytes.append(short)
        } else {
            emit(.longBinget)
            append(littleEndian: label.rawValue)
        }
    }
}
