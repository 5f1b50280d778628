/// The local names a handler knows, numbered from 0. The reader hands over numbers, so that no name of a bulk message becomes a String.
public struct XMLVocabulary: Sendable {
    /// What a handler is given for a name that is not in its vocabulary.
    public static let unknown = -1

    private let words: [[UInt8]]
    // Open addressing by length and first bytes; a few dozen words need one look.
    private let keys: [UInt64]
    private let numbers: [Int]
    private let mask: Int

    /// These names; the first is 0.
    public init(_ words: [String]) {
        self.words = words.map { Array($0.utf8) }
        var size = 16
        while size < words.count * 4 { size *= 2 }
        var keys = [UInt64](repeating: 0, count: size)
        var numbers = [Int](repeating: XMLVocabulary.unknown, count: size)
        for (number, word) in self.words.enumerated() {
            let key = unsafe word.withUnsafeBufferPointer { unsafe XMLVocabulary.key($0) }
            var slot = XMLVocabulary.slot(key, size - 1)
            while numbers[slot] != XMLVocabulary.unknown { slot = (slot + 1) & (size - 1) }
            keys[slot] = key
            numbers[slot] = number
        }
        self.keys = keys
        self.numbers = numbers
        mask = size - 1
    }

    /// No names: every element is `unknown` and read by its ``XMLStart/name``.
    public static let none = XMLVocabulary([])

    /// The number of the name, which is read during the call only.
    func number(of name: UnsafeBufferPointer<UInt8>) -> Int {
        let key = unsafe XMLVocabulary.key(name)
        var slot = XMLVocabulary.slot(key, mask)
        while numbers[slot] != XMLVocabulary.unknown {
            if keys[slot] == key, unsafe name.count <= 8 || words[numbers[slot]].elementsEqual(unsafe name) { return numbers[slot] }
            slot = (slot &+ 1) & mask
        }
        return XMLVocabulary.unknown
    }

    /// Up to eight bytes say everything about a short name: none of them is NUL. Longer ones are compared as well.
    private static func key(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var key: UInt64 = 0
        for index in 0..<min(8, name.count) { key = unsafe key << 8 | UInt64(name[index]) }
        return key
    }

    private static func slot(_ key: UInt64, _ mask: Int) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 40) & mask }
}
