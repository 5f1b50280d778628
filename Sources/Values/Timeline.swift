/// What holds when: values over half-open ranges of days that never overlap. Tariff versions, contracts, devices,
/// factors and tax rates are all of this one shape.
public struct Timeline<Value: Sendable>: Sendable {
    public struct Entry: Sendable {
        public let range: DayRange
        public let value: Value
        public init(_ range: DayRange, _ value: Value) {
            self.range = range
            self.value = value
        }
    }

    /// Two entries hold on the same day.
    public struct Overlap: Error, Hashable, Sendable {
        public let first: DayRange
        public let second: DayRange
        public init(first: DayRange, second: DayRange) {
            self.first = first
            self.second = second
        }
    }

    /// In order of days.
    public let entries: [Entry]

    public init() { entries = [] }

    /// - Throws: `Overlap` with the first two ranges that share a day.
    public init(_ entries: [Entry]) throws(Overlap) {
        let sorted = entries.sorted { $0.range.from < $1.range.from }
        for (earlier, later) in zip(sorted, sorted.dropFirst()) where earlier.range.overlaps(later.range) {
            throw Overlap(first: earlier.range, second: later.range)
        }
        self.entries = sorted
    }

    private init(trusted entries: [Entry]) { self.entries = entries }

    /// A value that holds always.
    public init(constant value: Value) { entries = [Entry(DayRange(from: Day(1, 1, 1)), value)] }

    /// Values that each hold from their day until the next begins: price series, tariff versions. Of two with the same day
    /// the later in the list holds.
    public init(steps: [(from: Day, value: Value)]) {
        var byDay: [Day: Value] = [:]
        for step in steps { byDay[step.from] = step.value }
        let starts = byDay.keys.sorted()
        entries = starts.enumerated().compactMap { index, day in
            byDay[day].map { Entry(DayRange(from: day, until: index + 1 < starts.count ? starts[index + 1] : nil), $0) }
        }
    }

    public subscript(day: Day) -> Value? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].range.from <= day { low = middle + 1 } else { high = middle }
        }
        guard low > 0, entries[low - 1].range.contains(day) else { return nil }
        return entries[low - 1].value
    }

    /// The entries cut to `range`.
    public func pieces(in range: DayRange) -> [Entry] {
        var pieces: [Entry] = []
        for entry in entries[firstPlace(reaching: range.from)...] {
            if let until = range.until, until <= entry.range.from { break }
            if let common = entry.range.intersection(range) { pieces.append(Entry(common, entry.value)) }
        }
        return pieces
    }

    /// The days of `range` on which nothing holds.
    public func gaps(in range: DayRange) -> [DayRange] {
        var gaps: [DayRange] = []
        var next: Day? = range.from
        for piece in pieces(in: range) {
            if let start = next, start < piece.range.from { gaps.append(DayRange(from: start, until: piece.range.from)) }
            next = piece.range.until
        }
        if let start = next, range.until.map({ start < $0 }) ?? true { gaps.append(DayRange(from: start, until: range.until)) }
        return gaps
    }

    /// The first days of its entries inside `range`, and the ends that no entry follows: where something changes.
    public func changes(in range: DayRange) -> [Day] {
        var days: [Day] = []
        // Entries are in order and disjoint, so their bounds ascend; an end may be the next one's begin.
        func add(_ day: Day) { if day != range.from, range.contains(day), days.last != day { days.append(day) } }
        for entry in entries[firstPlace(reaching: range.from)...] {
            if let until = range.until, until <= entry.range.from { break }
            add(entry.range.from)
            if let end = entry.range.until { add(end) }
        }
        return days
    }

    /// The first place whose entry does not end before `day`.
    private func firstPlace(reaching day: Day) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if let until = entries[middle].range.until, until < day { low = middle + 1 } else { high = middle }
        }
        return low
    }

    public func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows -> Timeline<Other> {
        Timeline<Other>(trusted: try entries.map { .init($0.range, try transform($0.value)) })
    }
}

extension Timeline.Entry: Equatable where Value: Equatable {}
extension Timeline.Entry: Hashable where Value: Hashable {}
extension Timeline: Equatable where Value: Equatable {}
extension Timeline: Hashable where Value: Hashable {}

/// The spans in which neither timeline changes, where both hold something.
public func zip<A, B>(_ a: Timeline<A>, _ b: Timeline<B>) -> Timeline<(A, B)> {
    let entries = a.entries.flatMap { left in b.pieces(in: left.range).map { Timeline<(A, B)>.Entry($0.range, (left.value, $0.value)) } }
    // Pieces of disjoint ranges are disjoint.
    return (try? Timeline<(A, B)>(entries)) ?? Timeline<(A, B)>()
}

/// The spans in which none of three timelines changes, where all hold something.
public func zip<A, B, C>(_ a: Timeline<A>, _ b: Timeline<B>, _ c: Timeline<C>) -> Timeline<(A, B, C)> {
    zip(zip(a, b), c).map { ($0.0, $0.1, $1) }
}
