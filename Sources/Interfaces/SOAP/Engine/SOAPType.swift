/// The type of an element, as far as our services need types.
public indirect enum SOAPType: Sendable, Hashable {
    case string
    /// A plain decimal; never through binary floating point.
    case decimal
    case integer
    case boolean
    /// A moment with its offset.
    case dateTime
    /// A local day.
    case date
    /// Elements of its own.
    case complex(SOAPComplexType)
    /// A wrapper around elements of one name, for lists of plain values: `<values><value>…`. Nil is a gap.
    case list(of: String, SOAPType)
    /// One of these words.
    case words(SOAPWords)
}

/// A complex type of a service. Two of one name must be the same.
public struct SOAPComplexType: Sendable, Hashable {
    public let name: String
    public let documentation: String
    public let fields: [SOAPField]
    /// Whether the element has text beside its attributes, and no elements.
    public let hasText: Bool

    public init(_ name: String, documentation: String, hasText: Bool = false, _ fields: [SOAPField]) {
        self.name = name
        self.documentation = documentation
        self.hasText = hasText
        self.fields = fields
    }
}

/// A closed set of words.
public struct SOAPWords: Sendable, Hashable {
    public let name: String
    public let words: [String]

    public init(_ name: String, _ words: [String]) {
        self.name = name
        self.words = words
    }
}

/// An element of a message.
public struct SOAPField: Sendable, Hashable {
    public enum Occurs: Sendable, Hashable {
        case once, optional, many
        /// An attribute of the element that holds it, not an element; may be absent. Of plain types only.
        case attribute
    }

    public let name: String
    public let type: SOAPType
    public let occurs: Occurs
    public let documentation: String

    public init(_ name: String, _ type: SOAPType, _ occurs: Occurs = .once, _ documentation: String = "") {
        self.name = name
        self.type = type
        self.occurs = occurs
        self.documentation = documentation
    }
}
