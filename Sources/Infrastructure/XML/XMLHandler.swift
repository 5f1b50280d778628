/// A name: namespace URI (empty for none) and local part. The prefix is the sender's private affair.
public struct XMLName: Hashable, Sendable, CustomStringConvertible {
    public var namespace: String
    public var local: String

    /// A name.
    public init(_ local: String, in namespace: String = "") {
        self.local = local
        self.namespace = namespace
    }

    public var description: String { namespace.isEmpty ? local : "{\(namespace)}\(local)" }

    /// The namespace of `xsi:nil` and `xsi:type`.
    public static let instanceNamespace = "http://www.w3.org/2001/XMLSchema-instance"
}

/// The local names a handler knows, numbered from 0. The reader hands over numbers, so that no name of a bulk message becomes a String.
public struct XMLVocabulary: Sendable {
    /// What a handler is given for a name that is not in its vocabulary.
    public static let unknown = -1

    let words: [[UInt8]]

    /// These names; the first is 0.
    public init(_ words: [String]) { self.words = words.map { Array($0.utf8) } }

    /// No names: every element is `unknown` and read by its ``XMLStart/name``.
    public static let none = XMLVocabulary([])
}

/// Takes the elements of a text in their order.
///
/// An element has either children or text: text comes whole with the end, whether it stood there in pieces, as CDATA or as `&#48;`. White
/// space between children is dropped; other text between children is refused by the reader, because no message of the trade has it and
/// two readers might disagree about what it means.
public protocol XMLHandler: AnyObject {
    /// The names given to `start` and `end` as numbers.
    var vocabulary: XMLVocabulary { get }

    /// Another handler for this element and all within it; it gets this very start and the matching end. Nil to take it oneself.
    func delegate(_ word: Int, _ element: borrowing XMLStart) throws -> (any XMLHandler)?

    /// An element begins.
    func start(_ word: Int, _ element: borrowing XMLStart) throws

    /// The element ends. The text is empty when it had children.
    func end(_ word: Int, _ text: borrowing XMLCharacters) throws
}

extension XMLHandler {
    public func delegate(_ word: Int, _ element: borrowing XMLStart) throws -> (any XMLHandler)? { nil }
}

/// A start tag. It borrows the parser's memory and cannot leave the call it is given to: it is not copyable.
@safe public struct XMLStart: ~Copyable {
    let localName: UnsafePointer<UInt8>
    let namespaceURI: UnsafePointer<UInt8>?
    // Five pointers for each attribute: local name, prefix, URI, first and last of the value.
    let attributePointers: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
    /// How many attributes it has, namespace declarations not counted.
    public let attributeCount: Int
    /// Line of the tag, from 1.
    public let line: Int

    /// The name.
    public var name: XMLName {
        unsafe XMLName(String(cString: localName), in: namespaceURI.map { unsafe String(cString: $0) } ?? "")
    }

    /// Whether the name lies in this namespace; "" is none.
    public func isIn(_ namespace: StaticString) -> Bool {
        guard let uri = unsafe namespaceURI else { return namespace.utf8CodeUnitCount == 0 }
        return unsafe same(uri, namespace)
    }

    /// The value of the attribute; nil when it is absent. Without a namespace the attribute has no prefix.
    public func attribute(_ local: StaticString, in namespace: StaticString = "") -> String? {
        guard let pointers = unsafe attributePointers else { return nil }
        for index in 0..<attributeCount {
            guard let name = unsafe pointers[index * 5], unsafe same(name, local) else { continue }
            if let uri = unsafe pointers[index * 5 + 2] {
                guard unsafe same(uri, namespace) else { continue }
            } else if namespace.utf8CodeUnitCount > 0 {
                continue
            }
            return value(index)
        }
        return nil
    }

    /// All attributes with their names.
    public var attributes: [(name: XMLName, value: String)] {
        guard let pointers = unsafe attributePointers else { return [] }
        return (0..<attributeCount).map { index in
            let local = unsafe pointers[index * 5].map { unsafe String(cString: $0) } ?? ""
            let namespace = unsafe pointers[index * 5 + 2].map { unsafe String(cString: $0) } ?? ""
            return (XMLName(local, in: namespace), value(index))
        }
    }

    /// Whether `xsi:nil` says that there is no value.
    public var isNil: Bool {
        guard attributeCount > 0 else { return false }
        let said = attribute("nil", in: "http://www.w3.org/2001/XMLSchema-instance")
        return said == "true" || said == "1"
    }

    private func value(_ index: Int) -> String {
        guard let pointers = unsafe attributePointers, let first = unsafe pointers[index * 5 + 3],
            let last = unsafe pointers[index * 5 + 4]
        else { return "" }
        let text = unsafe String(decoding: UnsafeBufferPointer(start: first, count: last - first), as: UTF8.self)
        // Without entity substitution, which is never switched on, libxml2 hands over an ampersand as this, and only as this.
        guard text.utf8.contains(0x26) else { return text }
        return text.split(separator: "&#38;", omittingEmptySubsequences: false).joined(separator: "&")
    }

    private func same(_ text: UnsafePointer<UInt8>, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        // The text ends with NUL, which no word contains: the comparison stops there at the latest.
        for index in 0..<length where unsafe text[index] != word.utf8Start[index] { return false }
        return unsafe text[length] == 0
    }
}

/// The text of an element. It borrows the reader's memory and cannot leave the call it is given to.
@safe public struct XMLCharacters: ~Copyable {
    let buffer: UnsafeRawBufferPointer

    /// How many bytes of UTF-8.
    public var count: Int { unsafe buffer.count }

    /// The text.
    public var string: String { unsafe String(decoding: buffer, as: UTF8.self) }

    /// The text without white space around it, as XML Schema reads numbers, days and codes.
    public var trimmed: String { unsafe String(decoding: trimmedBytes, as: UTF8.self) }

    /// Whether there is nothing but white space.
    public var isBlank: Bool { unsafe trimmedBytes.isEmpty }

    /// The bytes, valid during the call only.
    @unsafe public var bytes: UnsafeRawBufferPointer { unsafe buffer }

    /// The bytes without white space around them, valid during the call only.
    @unsafe public var trimmedBytes: UnsafeRawBufferPointer {
        var first = 0
        var last = unsafe buffer.count
        while first < last, unsafe isSpace(buffer[first]) { first &+= 1 }
        while first < last, unsafe isSpace(buffer[last &- 1]) { last &-= 1 }
        return unsafe UnsafeRawBufferPointer(rebasing: buffer[first..<last])
    }
}

@inline(__always) func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
