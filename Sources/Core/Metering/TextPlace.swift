/// A place in a text, exact to the byte. Of a text that came compressed it is a place of what was unpacked.
public struct TextPlace: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Bytes before it.
    public var offset: Int
    /// From 1; a column is a byte, too.
    public var line: Int
    public var column: Int

    public init(offset: Int, line: Int, column: Int) {
        self.offset = offset
        self.line = line
        self.column = column
    }

    public var description: String { "line \(line), column \(column), byte \(offset)" }
}

/// Where the lines of a text begin: looked for once, when something is wrong in it.
public struct TextLines: Sendable {
    private let starts: [Int]

    public init(_ bytes: [UInt8]) {
        var starts = [0]
        for (place, byte) in bytes.enumerated() where byte == 0x0A { starts.append(place + 1) }
        self.starts = starts
    }

    /// The place that has so many bytes before it.
    public func place(of offset: Int) -> TextPlace {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return TextPlace(offset: offset, line: low + 1, column: offset - starts[low] + 1)
    }
}
