/// What is wrong with an XML text, and where.
public struct XMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault, stable for programs that read answers.
    public enum Code: String, Hashable, Sendable {
        /// Nothing but white space.
        case empty = "xml-empty"
        /// Not UTF-8, or declared as something else.
        case encoding = "xml-encoding"
        /// NUL, another control character, or no character at all.
        case character = "xml-character"
        /// A document type, entity or other declaration.
        case documentType = "xml-doctype"
        /// A processing instruction.
        case processingInstruction = "xml-processing-instruction"
        /// Too many attributes on one tag.
        case attributes = "xml-attributes"
        /// Too many namespaces on one tag or in scope.
        case namespaces = "xml-namespaces"
        /// A tag that is too long.
        case tag = "xml-tag-length"
        /// A name that is too long.
        case name = "xml-name-length"
        /// Elements too deep within each other.
        case depth = "xml-depth"
        /// Too much text in one element.
        case text = "xml-text-length"
        /// Too many elements.
        case elements = "xml-elements"
        /// Text beside child elements, which no message of the trade has.
        case mixed = "xml-mixed-content"
        /// Not well-formed.
        case malformed = "xml-malformed"
        /// Not valid by the schema.
        case invalid = "xml-schema"
        /// The schema itself cannot be used.
        case schema = "xml-bad-schema"
    }

    /// The kind of fault.
    public var code: Code
    /// Bytes before the fault, where they are known.
    public var offset: Int?
    /// Line of the fault from 1, where it is known.
    public var line: Int?
    /// For people. Bounded, and repeats of the input no more than names.
    public var message: String

    /// A fault.
    public init(_ code: Code, offset: Int? = nil, line: Int? = nil, _ message: String) {
        self.code = code
        self.offset = offset
        self.line = line
        self.message = message
    }

    public var description: String { line.map { "line \($0): \(message)" } ?? message }
}
