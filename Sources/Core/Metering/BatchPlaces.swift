/// Some of a message's values, by where they stand in it: readings by their index, values of intervals by their place in the
/// columns. The same bytes have the same places whenever they are read, whatever is known of meters then: by them a message
/// that comes again is told apart into what was taken and what was not.
public struct BatchPlaces: Hashable, Sendable {
    /// In order, none touching another. Not a `RangeSet`: that has no fixed layout, and every batch would be moved by hand.
    private var ranges: [Range<Int64>]

    /// Where the columns begin; before them lie the readings.
    private static let columns: Int64 = 1 << 32

    /// No place.
    public init() { ranges = [] }
    /// Every place of any message.
    public static let all = BatchPlaces(ranges: [0..<2 * columns])
    private init(ranges: [Range<Int64>]) { self.ranges = ranges }
    private static func reading(_ index: Int32) -> Range<Int64> { Int64(max(0, index))..<Int64(max(0, index)) + 1 }
    private static func stretch(_ slots: Range<Int>) -> Range<Int64> {
        columns + Int64(slots.lowerBound)..<columns + Int64(slots.upperBound)
    }

    public var isEmpty: Bool { ranges.isEmpty }

    /// Adds a register reading.
    public mutating func insert(reading index: Int32) { insert(BatchPlaces.reading(index)) }
    /// Adds values of intervals, by their places in the columns.
    public mutating func insert(slots: Range<Int>) { insert(BatchPlaces.stretch(slots)) }
    /// Takes values of intervals out again.
    public mutating func remove(slots: Range<Int>) { self = subtracting(BatchPlaces(ranges: [BatchPlaces.stretch(slots)])) }

    private mutating func insert(_ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        guard let last = ranges.last, range.lowerBound <= last.upperBound else { return ranges.append(range) }
        // Places come in their order, nearly always.
        if range.lowerBound >= last.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            return
        }
        // Those that it overlaps or touches become one with it.
        let low = range.lowerBound == .min ? 0 : index(behind: range.lowerBound - 1)
        let high = low + ranges[low...].prefix { $0.lowerBound <= range.upperBound }.count
        let (first, behind) = (ranges[low...].first, ranges[low..<high].last)
        let whole =
            low == high
            ? range
            : min(first?.lowerBound ?? range.lowerBound, range.lowerBound)..<max(behind?.upperBound ?? range.upperBound, range.upperBound)
        ranges.replaceSubrange(low..<high, with: CollectionOfOne(whole))
    }

    /// The first range that ends behind a place.
    private func index(behind place: Int64) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound > place { high = middle } else { low = middle + 1 }
        }
        return low
    }

    public func contains(reading index: Int32) -> Bool {
        let place = BatchPlaces.reading(index).lowerBound
        let range = self.index(behind: place)
        return range < ranges.count && ranges[range].contains(place)
    }
    /// The parts of a stretch of the columns that belong to it, in order.
    public func runs(of slots: Range<Int>) -> [Range<Int>] {
        let stretch = BatchPlaces.stretch(slots)
        return ranges[index(behind: stretch.lowerBound)...].prefix { $0.lowerBound < stretch.upperBound }.map { range in
            let part = range.clamped(to: stretch)
            return Int(part.lowerBound - BatchPlaces.columns)..<Int(part.upperBound - BatchPlaces.columns)
        }
    }

    public func union(_ other: BatchPlaces) -> BatchPlaces {
        var result = BatchPlaces()
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) { result.insert(range) }
        return result
    }

    public func subtracting(_ other: BatchPlaces) -> BatchPlaces {
        var result = BatchPlaces()
        for range in ranges {
            var low = range.lowerBound
            for hole in other.ranges[other.index(behind: low)...].prefix(while: { $0.lowerBound < range.upperBound }) {
                if low < hole.lowerBound { result.insert(low..<hole.lowerBound) }
                low = hole.upperBound
            }
            if low < range.upperBound { result.insert(low..<range.upperBound) }
        }
        return result
    }

    /// As PostgreSQL writes an `int8multirange`: `{[0,3),[4294967296,4294967299)}`.
    public var text: String { "{\(ranges.map { "[\($0.lowerBound),\($0.upperBound))" }.joined(separator: ","))}" }

    /// Reads what `text` writes; nil if it is something else.
    public init?(text: String) {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
        let numbers = text.dropFirst().dropLast().split { "[),".contains($0) }.map { Int64($0) }
        guard numbers.count.isMultiple(of: 2) else { return nil }
        ranges = []
        for place in stride(from: 0, to: numbers.count, by: 2) {
            guard let low = numbers[place], let high = numbers[place + 1], low < high else { return nil }
            insert(low..<high)
        }
    }
}
