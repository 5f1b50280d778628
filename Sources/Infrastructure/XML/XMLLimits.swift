/// What an XML text may cost, whatever its size. The size itself is bounded by who reads the body.
public struct XMLLimits: Hashable, Sendable {
    /// Attributes of one tag, namespace declarations included.
    public var attributes = 64
    /// Namespace declarations of one tag.
    public var namespacesPerTag = 32
    /// Namespace declarations in scope.
    public var namespacesInScope = 64
    /// Bytes of one tag.
    public var tagLength = 64 << 10
    /// Bytes of one name.
    public var nameLength = 256
    /// Elements within each other. At most 64: the reader keeps a bit for each.
    public var depth = 64
    /// Bytes of the text of one element.
    public var textLength = 1 << 20
    /// Elements of the text. A body of 16 MiB cannot hold more than this.
    public var elements = 4 << 20

    /// For messages.
    public static let standard = XMLLimits()

    /// For what becomes an ``XMLElement`` in memory.
    public static let small: XMLLimits = {
        var limits = XMLLimits()
        limits.elements = 20_000
        return limits
    }()

    /// The standard limits, to be changed.
    public init() {}
}
