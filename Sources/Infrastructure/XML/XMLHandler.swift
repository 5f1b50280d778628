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
    let localName: UnsafeBufferPointer<UInt8>
    let namespaceName: UnsafeBufferPointer<UInt8>
    let list: UnsafeBufferPointer<XMLAttributeBytes>
    // A line as a negative number, or an offset whose line is counted when somebody asks.
    let place: Int
    unowned(unsafe) let lines: XMLLineCounter

    /// How many attributes it has, namespace declarations not counted.
    public var attributeCount: Int { unsafe list.count }

    /// Bytes before the tag; nil from a parser that counts lines only.
    public var offset: Int? { place < 0 ? nil : place }

    /// Line of the tag, from 1.
    public var line: Int { place < 0 ? -place : unsafe lines.line(at: place) }

    /// The name.
    public var name: XMLName {
        unsafe XMLName(String(decoding: localName, as: UTF8.self), in: String(decoding: namespaceName, as: UTF8.self))
    }

    /// Whether the name lies in this namespace; "" is none.
    public func isIn(_ namespace: StaticString) -> Bool { unsafe same(namespaceName, namespace) }

    /// The value of the attribute; nil when it is absent. Without a namespace the attribute has no prefix.
    public func attribute(_ local: StaticString, in namespace: StaticString = "") -> String? {
        for index in 0..<attributeCount where unsafe same(list[index].local, local) && same(list[index].namespace, namespace) {
            return unsafe String(decoding: list[index].value, as: UTF8.self)
        }
        return nil
    }

    /// All attributes with their names.
    public var attributes: [(name: XMLName, value: String)] {
        (0..<attributeCount).map { index in
            let attribute = unsafe list[index]
            let name = unsafe XMLName(
                String(decoding: attribute.local, as: UTF8.self), in: String(decoding: attribute.namespace, as: UTF8.self))
            return unsafe (name, String(decoding: attribute.value, as: UTF8.self))
        }
    }

    /// Whether `xsi:nil` says that there is no value.
    public var isNil: Bool {
        guard attributeCount > 0 else { return false }
        let said = attribute("nil", in: "http://www.w3.org/2001/XMLSchema-instance")
        return said == "true" || said == "1"
    }

    private func same(_ text: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        guard text.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<text.count where unsafe text[index] != word.utf8Start[index] { return false }
        return true
    }
}

/// An attribute in the parser's memory.
@unsafe struct XMLAttributeBytes {
    var local: UnsafeBufferPointer<UInt8>
    var namespace: UnsafeBufferPointer<UInt8>
    var value: UnsafeBufferPointer<UInt8>
}

/// The text of an element. It borrows the reader's memory and cannot leave the call it is given to.
@safe public struct XMLCharacters: ~Copyable {
    let buffer: UnsafeRawBufferPointer
    /// Where the whole input lies.
    var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

    /// Bytes of the input before the text, white space around it left out; nil where it does not stand there in one piece, or from
    /// a parser that copies.
    public var trimmedOffset: Int? {
        guard let text = unsafe trimmedBytes.baseAddress, let base = unsafe input.baseAddress else { return nil }
        let offset = unsafe text - base
        return unsafe offset >= 0 && offset <= input.count ? offset : nil
    }

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
