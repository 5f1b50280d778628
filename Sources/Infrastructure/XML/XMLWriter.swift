/// Writes XML as bytes. Tags are the program's own words and must be names; text and attribute values are data and come out escaped.
public struct XMLWriter: Sendable {
    /// What is written so far.
    public private(set) var bytes: [UInt8] = []
    private var open: [StaticString] = []

    /// A writer; with `declaration` it begins with the XML declaration.
    public init(declaration: Bool = true, reservingCapacity capacity: Int = 1024) {
        bytes.reserveCapacity(capacity)
        if declaration { bytes.append(contentsOf: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8) }
    }

    /// What is written so far, as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A start tag.
    public mutating func begin(_ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:]) {
        startTag(tag, attributes)
        bytes.append(0x3E)
        open.append(tag)
    }

    /// The end tag of the element that was begun last.
    public mutating func end() {
        guard let tag = open.popLast() else { preconditionFailure("an element ends that never began") }
        endTag(tag)
    }

    /// An element with children written by the closure.
    public mutating func element<Failure: Error>(
        _ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ body: (inout XMLWriter) throws(Failure) -> Void
    ) throws(Failure) {
        begin(tag, attributes)
        try body(&self)
        end()
    }

    /// An element with text.
    public mutating func element(_ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String>, _ text: String) {
        startTag(tag, attributes)
        bytes.append(0x3E)
        XMLEscape.append(text, to: &bytes)
        endTag(tag)
    }

    /// An element with text.
    public mutating func element(_ tag: StaticString, _ text: String) { element(tag, [:], text) }

    /// An element with a whole number.
    public mutating func element(_ tag: StaticString, _ number: some BinaryInteger) { element(tag, String(number)) }

    /// An element without content.
    public mutating func empty(_ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:]) {
        startTag(tag, attributes)
        bytes.append(contentsOf: "/>".utf8)
    }

    /// An element with text, or nothing at all when there is none.
    public mutating func optional(_ tag: StaticString, _ text: String?) {
        if let text { element(tag, text) }
    }

    /// Text within the element at hand.
    public mutating func text(_ data: String) { XMLEscape.append(data, to: &bytes) }

    /// Markup that is known to be well-formed.
    public mutating func raw(_ markup: XMLText) { bytes.append(contentsOf: markup.text.utf8) }

    /// Markup that is known to be well-formed.
    public mutating func raw(_ markup: [UInt8]) { bytes.append(contentsOf: markup) }

    private mutating func startTag(_ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        bytes.append(0x3C)
        append(tag)
        for (name, value) in attributes {
            bytes.append(0x20)
            append(name)
            bytes.append(contentsOf: "=\"".utf8)
            XMLEscape.append(value, to: &bytes)
            bytes.append(0x22)
        }
    }

    private mutating func endTag(_ tag: StaticString) {
        bytes.append(contentsOf: "</".utf8)
        append(tag)
        bytes.append(0x3E)
    }

    private mutating func append(_ word: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
}
