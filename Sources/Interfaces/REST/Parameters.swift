internal import LedgerOperations
internal import Values
internal import Web

// Query parameters as values; what is none of its kind is a problem that names the parameter and the form it must have.
extension WebRequest {
    func day(_ name: String) throws(Problem) -> Day? {
        guard let text = query.filled(name) else { return nil }
        guard let day = Day(entered: text) else {
            throw Problem(.badRequest, "\(name) must be \(Day.expectation), not “\(text.prefix(40))”")
        }
        return day
    }

    func instant(_ name: String) throws(Problem) -> Instant? {
        guard let sent = query.filled(name) else { return nil }
        // A form's blank before the offset was a plus that nobody encoded: no time has a blank there.
        let text = sent.contains("T") ? sent.replacing(" ", with: "+") : sent
        do { return try Instant(text) } catch {
            throw Problem(
                .badRequest,
                "\(name) must be a time with offset such as 2026-01-01T00:00:00+01:00 (encode + as %2B), not “\(text.prefix(40))”")
        }
    }

    /// A moment, or a day meaning its local midnight.
    func moment(_ name: String) throws(Problem) -> Instant? {
        if let text = query.filled(name), let day = Day(entered: text) { return LocalTime.berlin.start(of: day) }
        return try instant(name)
    }

    /// `as_of` of values: a moment, or a day with all that was known by its end.
    func knownAt() throws(Problem) -> Instant? {
        if let text = query.filled("as_of"), let day = Day(entered: text) { return LocalTime.berlin.start(of: day.adding(days: 1)) }
        return try instant("as_of")
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = query.filled(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(.badRequest, "\(name) must be a number from \(range.lowerBound) to \(range.upperBound), not “\(text.prefix(40))”")
        }
        return number
    }

    func limit(_ usual: Int = 100, most: Int = 1_000) throws(Problem) -> Int { try integer("limit", in: 1...most) ?? usual }

    func word<Word: RawRepresentable & CaseIterable>(_ name: String, as _: Word.Type) throws(Problem) -> Word?
    where Word.RawValue == String {
        guard let text = query.filled(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw Problem(
                .badRequest, "\(name) must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", ")), not “\(text.prefix(40))”")
        }
        return word
    }

    /// `as_of`: a day asks what was booked up to and with it, a time what was known then; `known` says the latter beside a day.
    func asOf() throws(Problem) -> AsOf {
        guard let text = query.filled("as_of") else { return AsOf(known: try instant("known")) }
        if Day(text) != nil { return AsOf(day: try day("as_of"), known: try instant("known")) }
        return AsOf(known: try instant("as_of"))
    }
}
