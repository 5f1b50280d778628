public import Values

/// A price formula as contracts print it: `+ − × ÷`, `round`, `min`, `max`, `avg` over months of an index. Nothing else: a script
/// cannot be proven, and scripts are where wrong bills come from.
///
/// Numbers are decimals of twelve places in 128 bits; each product and quotient is rounded there, half away from zero. Prices have
/// eight places, so that the four that are left over keep the rounding of the result from showing.
public struct Formula: Hashable, Sendable, CustomStringConvertible {
    /// 10^-12.
    public struct Number: Hashable, Sendable {
        public var raw: Int128
        public init(raw: Int128) { self.raw = raw }
        public init(millionths: Int64) { raw = Int128(millionths) * 1_000_000 }
        static let one: Int128 = 1_000_000_000_000
    }
    indirect enum Term: Hashable, Sendable {
        case number(Number)
        case name(String)
        case negated(Term)
        case sum(Term, Term)
        case difference(Term, Term)
        case product(Term, Term)
        case quotient(Term, Term)
        case round(Term, places: Int)
        case least([Term])
        case greatest([Term])
        /// An index averaged over `months`, the last of which lies `lag` months before the month of the price.
        case average(String, months: Int, lag: Int)
    }
    /// Why a formula has no value.
    public enum Failure: Error, Hashable, Sendable {
        case unknownName(String)
        case divisionByZero
        case overflow
        /// An index has no value for a month that begins here.
        case missing(SeriesKey, Day)
    }
    /// What names mean on a day.
    protocol Names {
        func value(of name: String) throws(Failure) -> Number
        func average(of name: String, months: Int, lag: Int) throws(Failure) -> Number
    }

    /// As it was written.
    public let text: String
    let term: Term
    public var description: String { text }

    /// The names it asks for, in order of appearance.
    public var names: [String] {
        var found: [String] = []
        Formula.collect(term, &found)
        return found
    }
    private static func collect(_ term: Term, _ found: inout [String]) {
        switch term {
        case .number: break
        case .name(let name), .average(let name, _, _): if !found.contains(name) { found.append(name) }
        case .negated(let inner), .round(let inner, _): collect(inner, &found)
        case .sum(let a, let b), .difference(let a, let b), .product(let a, let b), .quotient(let a, let b):
            collect(a, &found)
            collect(b, &found)
        case .least(let all), .greatest(let all): for inner in all { collect(inner, &found) }
        }
    }

    func value(_ names: any Names) throws(Failure) -> Number { try Formula.value(term, names) }

    private static func value(_ term: Term, _ names: any Names) throws(Failure) -> Number {
        switch term {
        case .number(let number): return number
        case .name(let name): return try names.value(of: name)
        case .average(let name, let months, let lag): return try names.average(of: name, months: months, lag: lag)
        case .negated(let inner): return try checked(Int128(0).subtractingReportingOverflow(try value(inner, names).raw))
        case .sum(let a, let b): return try checked(try value(a, names).raw.addingReportingOverflow(try value(b, names).raw))
        case .difference(let a, let b): return try checked(try value(a, names).raw.subtractingReportingOverflow(try value(b, names).raw))
        case .product(let a, let b):
            let product = try checked(try value(a, names).raw.multipliedReportingOverflow(by: try value(b, names).raw))
            return Number(raw: Rounding.halfAwayFromZero.divide(product.raw, by: Number.one))
        case .quotient(let a, let b):
            let divisor = try value(b, names).raw
            guard divisor != 0 else { throw .divisionByZero }
            let dividend = try checked(try value(a, names).raw.multipliedReportingOverflow(by: Number.one))
            // Twice a remainder must fit, too.
            guard divisor.magnitude < UInt128(1) << 125 else { throw .overflow }
            return Number(raw: Rounding.halfAwayFromZero.divide(dividend.raw, by: divisor))
        case .round(let inner, let places): return rounded(try value(inner, names), places: places)
        case .least(let all), .greatest(let all):
            var best: Number?
            let wantsLeast = if case .least = term { true } else { false }
            for inner in all {
                let next = try value(inner, names)
                if let known = best, wantsLeast ? known.raw <= next.raw : known.raw >= next.raw { continue }
                best = next
            }
            guard let best else { throw .overflow }
            return best
        }
    }

    /// To so many places, half away from zero.
    static func rounded(_ number: Number, places: Int) -> Number {
        let unit = Int128(DecimalText.power(12 - places))
        return Number(raw: Rounding.halfAwayFromZero.divide(number.raw, by: unit) * unit)
    }

    private static func checked(_ result: (partialValue: Int128, overflow: Bool)) throws(Failure) -> Number {
        if result.overflow { throw .overflow }
        return Number(raw: result.partialValue)
    }
}
