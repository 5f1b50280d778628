internal import MasterDataFormat
internal import Values

/// The terms of a contract over days, and how a record changes them from its date on. Pure.
struct ContractStretches: Hashable {
    /// What holds over a range of days.
    struct Terms: Hashable {
        var account: Int64
        var point: Int64
        var tariff: String
        var cycle: String
        var attributes: [String: String]
    }
    /// One row.
    struct Stretch: Hashable {
        /// Nil for a row that is not written yet.
        var id: Int64?
        var valid: DayRange
        var terms: Terms
    }
    enum Conflict: Error, Hashable {
        /// The record would reach into terms that are known to begin later.
        case overlapsLater(Day)
        /// It would end before it begins.
        case endsBeforeItBegins
    }

    /// Ascending, without overlaps.
    private(set) var stretches: [Stretch]

    init(_ stretches: [Stretch]) { self.stretches = stretches.sorted { $0.valid.from < $1.valid.from } }

    /// The stretch whose terms a record of this day builds on: the one that holds then, else the one before, else the first.
    func basis(on day: Day) -> Terms? {
        (stretches.last { $0.valid.from <= day } ?? stretches.first)?.terms
    }

    /// From `from` on the terms are these. Terms before that day stay; an `until` of nil leaves the end as it is.
    mutating func apply(_ terms: Terms, from: Day, until: Day?) throws(Conflict) {
        if let until, until <= from { throw .endsBeforeItBegins }
        let next = stretches.firstIndex { $0.valid.from > from }
        let nextFrom = next.map { stretches[$0].valid.from }
        guard let place = stretches.lastIndex(where: { $0.valid.from <= from }) else {
            // Before everything known: the first stretch begins earlier, or a new one stands before it.
            if let first = stretches.first {
                if first.terms == terms, until == nil || until == first.valid.until {
                    stretches[0].valid = DayRange(from: from, until: first.valid.until)
                    return
                }
                guard until.map({ $0 <= first.valid.from }) ?? true else { throw .overlapsLater(first.valid.from) }
            }
            stretches.insert(Stretch(id: nil, valid: DayRange(from: from, until: until ?? nextFrom), terms: terms), at: 0)
            return
        }
        let holding = stretches[place]
        let end = until ?? (holding.valid.contains(from) ? holding.valid.until : nextFrom)
        if let nextFrom, end.map({ $0 > nextFrom }) ?? true { throw .overlapsLater(nextFrom) }
        if !holding.valid.contains(from) {
            // It had ended, and begins again.
            stretches.insert(Stretch(id: nil, valid: DayRange(from: from, until: end), terms: terms), at: place + 1)
        } else if holding.terms == terms || holding.valid.from == from {
            stretches[place].valid = DayRange(from: holding.valid.from, until: end)
            stretches[place].terms = terms
        } else {
            stretches[place].valid = DayRange(from: holding.valid.from, until: from)
            stretches.insert(Stretch(id: nil, valid: DayRange(from: from, until: end), terms: terms), at: place + 1)
        }
    }
}
