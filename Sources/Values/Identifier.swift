/// The number of a row, typed by what it names, so that a meter's number is no account's.
public struct Identifier<Entity>: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let number: Int64
    @inlinable public init(_ number: Int64) { self.number = number }
    @inlinable public static func < (left: Identifier, right: Identifier) -> Bool { left.number < right.number }
    public var description: String { String(number) }

    public init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(Int64.self) }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}
