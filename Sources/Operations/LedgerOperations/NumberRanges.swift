/// A set of numbers as ranges: what PostgreSQL calls `int8multirange`.
struct NumberRanges: Hashable, Sendable {
    /// Half open, ascending, apart from each other.
    private(set) var ranges: [Range<Int64>] = []

    init() {}
    /// - Precondition: ascending, each number once.
    init(ascending numbers: some Sequence<Int64>) {
        for number in numbers {
            if let last = ranges.last, last.upperBound == number {
                ranges[ranges.count - 1] = last.lowerBound..<(number + 1)
            } else {
                ranges.append(number..<(number + 1))
            }
        }
    }
    init(_ range: Range<Int64>) { if !range.isEmpty { ranges = [range] } }

    /// PostgreSQL's text: `{[1,5),[7,8)}`.
    init?(_ text: String) {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
        let bounds = text.dropFirst().dropLast().split { $0 == "," || $0 == "[" || $0 == ")" }.map { Int64($0) }
        guard bounds.count.isMultiple(of: 2) else { return nil }
        for index in stride(from: 0, to: bounds.count, by: 2) {
            guard let low = bounds[index], let high = bounds[index + 1], low < high else { return nil }
            ranges.append(low..<high)
        }
    }
    var text: String { "{" + ranges.map { "[\($0.lowerBound),\($0.upperBound))" }.joined(separator: ",") + "}" }

    var isEmpty: Bool { ranges.isEmpty }
    var numbers: some Sequence<Int64> { ranges.lazy.joined() }

    func contains(_ number: Int64) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= number { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(number)
    }

    func union(_ other: NumberRanges) -> NumberRanges {
        var merged = NumberRanges()
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.ranges.last, last.upperBound >= range.lowerBound {
                merged.ranges[merged.ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.ranges.append(range)
            }
        }
        return merged
    }

    func subtracting(_ other: NumberRanges) -> NumberRanges {
        var rest = NumberRanges()
        var index = 0
        for range in ranges {
            var low = range.lowerBound
            while index < other.ranges.count, other.ranges[index].upperBound <= low { index += 1 }
            var scan = index
            while scan < other.ranges.count, other.ranges[scan].lowerBound < range.upperBound {
                let taken = other.ranges[scan]
                if low < taken.lowerBound { rest.ranges.append(low..<taken.lowerBound) }
                low = max(low, taken.upperBound)
                scan += 1
            }
            if low < range.upperBound { rest.ranges.append(low..<range.upperBound) }
        }
        return rest
    }
}
