internal import Glibc

/// From libxml2's name pointers to a vocabulary's numbers. Its dictionary gives one pointer for one name during a parse, so a name is
/// compared once and found by its address afterwards.
struct XMLWordTable {
    private let vocabulary: XMLVocabulary
    private var addresses: [UInt]
    private var numbers: [Int]
    private var used = 0

    private static let size = 256

    init(_ vocabulary: XMLVocabulary) {
        self.vocabulary = vocabulary
        addresses = Array(repeating: 0, count: XMLWordTable.size)
        numbers = Array(repeating: XMLVocabulary.unknown, count: XMLWordTable.size)
    }

    mutating func number(of name: UnsafePointer<UInt8>) -> Int {
        let address = UInt(bitPattern: name)
        var slot = Int(truncatingIfNeeded: (address &* 0x9E37_79B9_7F4A_7C15) &>> 56)
        while addresses[slot] != 0 {
            if addresses[slot] == address { return numbers[slot] }
            slot = (slot &+ 1) & (XMLWordTable.size - 1)
        }
        let number = unsafe compared(name)
        // A sender of thousands of different names gets them compared each time; the table stays small.
        if used < XMLWordTable.size / 2 {
            addresses[slot] = address
            numbers[slot] = number
            used += 1
        }
        return number
    }

    private func compared(_ name: UnsafePointer<UInt8>) -> Int {
        let length = unsafe strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
        let bytes = unsafe UnsafeBufferPointer(start: name, count: length)
        return vocabulary.words.firstIndex { unsafe $0.elementsEqual(bytes) } ?? XMLVocabulary.unknown
    }
}

/// The text of the element at hand, gathered from pieces. One allocation serves all elements; the check before the parser bounds it.
@safe final class TextBuffer {
    private var storage: UnsafeMutableRawBufferPointer
    private var count = 0

    init() { unsafe storage = .allocate(byteCount: 512, alignment: 1) }

    deinit { unsafe storage.deallocate() }

    var isEmpty: Bool { count == 0 }

    var isBlank: Bool { unsafe bytes.allSatisfy { isSpace($0) } }

    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: storage[0..<count]) }

    func clear() { count = 0 }

    func append(_ characters: UnsafePointer<UInt8>, _ length: Int) {
        let needed = count + length
        if unsafe needed > storage.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: unsafe max(needed, storage.count * 2), alignment: 1)
            unsafe larger.copyMemory(from: bytes)
            unsafe storage.deallocate()
            unsafe storage = larger
        }
        unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count..<needed])
            .copyMemory(from: UnsafeRawBufferPointer(start: characters, count: length))
        count = needed
    }
}
