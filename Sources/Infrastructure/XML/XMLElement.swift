/// An element in memory, for headers and small requests. Bulk input is never read into one: a tree takes thirty times its text.
public struct XMLElement: Hashable, Sendable {
    /// One attribute.
    public struct Attribute: Hashable, Sendable {
        public var name: XMLName
        public var value: String
    }

    /// The name.
    public var name: XMLName
    /// The attributes in their order, namespace declarations not among them.
    public var attributes: [Attribute] = []
    /// The child elements in their order.
    public var children: [XMLElement] = []
    /// The text; empty when there are children.
    public var text = ""
    /// Line of the start tag from 1; 0 when it was not read from text.
    public var line = 0
    private var origin = Origin()
    /// Bytes before the start tag, where the reader knows.
    public var offset: Int? {
        get { origin.tag }
        set { origin.tag = newValue }
    }
    /// Bytes before the text, where the reader knows.
    public var textOffset: Int? {
        get { origin.text }
        set { origin.text = newValue }
    }

    /// Where an element was read: no part of what it says.
    private struct Origin: Hashable, Sendable {
        var tag: Int?
        var text: Int?
        static func == (left: Origin, right: Origin) -> Bool { true }
        func hash(into hasher: inout Hasher) {}
    }

    /// An element without content.
    public init(_ name: XMLName) { self.name = name }

    /// Reads a small text.
    public init(parsing bytes: [UInt8], limits: XMLLimits = .small) throws {
        let builder = XMLTreeBuilder()
        try XMLReader.read(bytes, limits: limits, builder)
        // A text that was read has a root.
        guard let root = builder.root else { throw XMLError(.empty, "no element") }
        self = root
    }

    /// Reads a small text.
    public init(parsing text: String, limits: XMLLimits = .small) throws {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// The first child of this local name, in whatever namespace: Perl's clients leave it away.
    public func child(_ local: String) -> XMLElement? { children.first { $0.name.local == local } }

    /// All children of this local name.
    public func children(_ local: String) -> [XMLElement] { children.filter { $0.name.local == local } }

    /// The value of the attribute.
    public func attribute(_ local: String, in namespace: String = "") -> String? {
        attributes.first { $0.name.local == local && $0.name.namespace == namespace }?.value
    }

    /// Whether `xsi:nil` says that there is no value.
    public var isNil: Bool {
        let said = attribute("nil", in: XMLName.instanceNamespace)
        return said == "true" || said == "1"
    }

    /// The text of the first child of this local name, without white space around it; nil when absent or nil.
    public func value(_ local: String) -> String? {
        guard let child = child(local), !child.isNil else { return nil }
        return child.trimmed
    }

    /// The text without white space around it.
    public var trimmed: String {
        let bytes = Array(text.utf8)
        let first = bytes.firstIndex { !isSpace($0) } ?? bytes.count
        let last = bytes.lastIndex { !isSpace($0) } ?? first - 1
        return String(decoding: bytes[first..<max(first, last + 1)], as: UTF8.self)
    }
}

/// Builds an ``XMLElement`` from what the reader says, as a handler of its own or for a part of a larger text by delegation.
public final class XMLTreeBuilder: XMLHandler {
    /// The element, once it has ended.
    public private(set) var root: XMLElement?
    private var open: [XMLElement] = []
    private var room: Int

    /// A builder for at most so many elements.
    public init(elements: Int = XMLLimits.small.elements) { room = elements }

    public var vocabulary: XMLVocabulary { .none }

    public func start(_ word: Int, _ element: borrowing XMLStart) throws {
        room -= 1
        guard room >= 0 else { throw XMLError(.elements, line: element.line, "too many elements") }
        var started = XMLElement(element.name)
        started.attributes = element.attributes.map { XMLElement.Attribute(name: $0.name, value: $0.value) }
        started.line = element.line
        started.offset = element.offset
        open.append(started)
    }

    public func end(_ word: Int, _ text: borrowing XMLCharacters) throws {
        guard var ended = open.popLast() else { return }
        if ended.children.isEmpty {
            ended.text = text.string
            ended.textOffset = text.trimmedOffset
        }
        if open.isEmpty {
            root = ended
        } else {
            open[open.count - 1].children.append(ended)
        }
    }
}
