public import Values

/// A price whose unit is known only at run time, as it stands on a line: what it is per, and whether it is per time, too.
public struct Price: Hashable, Sendable {
    /// The time that a price buys.
    public enum Time: String, Sendable, Hashable, Codable, CaseIterable { case year, month, day }

    /// 10^-8 EUR per unit.
    public let hundredMillionths: Int64
    /// nil: per nothing but time (a base price).
    public let unit: UnitCode?
    /// nil: not per time (an energy price).
    public let time: Time?

    public init(hundredMillionths: Int64, unit: UnitCode? = nil, time: Time? = nil) {
        self.hundredMillionths = hundredMillionths
        self.unit = unit
        self.time = time
    }
    public init<Unit: MeasureUnit>(_ price: UnitPrice<Unit>, time: Time? = nil) {
        self.init(hundredMillionths: price.hundredMillionths, unit: Unit.code, time: time)
    }

    /// Energy prices are spoken of in cents.
    public var isInCents: Bool { unit == .kilowattHour }
    /// The plain decimal in the unit of `unitText`: `31.2374` for ct/kWh.
    public var number: String {
        isInCents
            ? DecimalText.format(hundredMillionths, scale: 6, minimumPlaces: 2)
            : DecimalText.format(hundredMillionths, scale: 8, minimumPlaces: 2)
    }
    /// Euros per unit as a plain decimal.
    public var euros: String { DecimalText.format(hundredMillionths, scale: 8, minimumPlaces: 2) }
    /// `ct/kWh`, `€/m³`, `€/a`, `€/(kW·a)`.
    public var unitText: String {
        // Each row of a bill says one of these.
        if unit == .kilowattHour, time == nil { return "ct/kWh" }
        if unit == nil, time == .year { return "€/a" }
        let head = isInCents ? "ct" : "€"
        let years: String? =
            switch time {
            case .year: "a"
            case .month: "Monat"
            case .day: "Tag"
            case nil: nil
            }
        switch (unit?.symbol, years) {
        case (let unit?, let time?): return "\(head)/(\(unit)·\(time))"
        case (let unit?, nil): return "\(head)/\(unit)"
        case (nil, let time?): return "\(head)/\(time)"
        case (nil, nil): return head
        }
    }

    /// price × quantity × share, in one product of 128 bits and one rounding to the cent.
    ///
    /// - Parameter micro: the quantity in 10^-6 of `unit`; 1,000,000 where the price is per time only.
    /// - Throws: `Overflow`.
    public func times(micro: Int64, share: Fraction = .one, rounding: Rounding) throws(Overflow) -> Money {
        let (product, over) = (Int128(hundredMillionths) * Int128(micro)).multipliedReportingOverflow(by: Int128(share.numerator))
        let (divisor, wide) = Int128(1_000_000_000_000).multipliedReportingOverflow(by: Int128(share.denominator))
        if over || wide { throw Overflow() }
        // 10^-8 EUR × 10^-6 units = 10^-14 EUR = 10^-12 cents.
        return Money(cents: try Overflow.checked(rounding.divide(product, by: divisor)))
    }

    /// The same rounded to `places` of its printed unit (ct/kWh, €), 0…6.
    public func rounded(to places: Int, _ rounding: Rounding = .halfAwayFromZero) -> Price {
        let step = Int128(DecimalText.power((isInCents ? 6 : 8) - places))
        let value = rounding.divide(Int128(hundredMillionths), by: step) * step
        // Rounding may leave Int64 only at its very end, where no price lies.
        return Price(hundredMillionths: Int64(clamping: value), unit: self.unit, time: time)
    }

    /// What a price sheet prints with the tax: 32.625 ct net give 38.82 ct, and 38.83 where the net price is rounded to two places
    /// first. Both are lawful, so the places of the net price are a parameter.
    public func gross(_ rate: TaxRate, netPlaces: Int? = nil, places: Int = 2) throws(Overflow) -> Price {
        let net = netPlaces.map { rounded(to: $0) } ?? self
        let product = Rounding.halfAwayFromZero.divide(Int128(net.hundredMillionths) * Int128(10_000 + Int64(rate.basisPoints)), by: 10_000)
        return Price(hundredMillionths: try Overflow.checked(product), unit: unit, time: time).rounded(to: places)
    }

    /// The price without the tax that it contains; to eight places of a euro.
    public func net(of rate: TaxRate) -> Price {
        let divisor = Int128(10_000 + Int64(rate.basisPoints))
        let value = Rounding.halfAwayFromZero.divide(Int128(hundredMillionths) * 10_000, by: divisor)
        return Price(hundredMillionths: Int64(clamping: value), unit: unit, time: time)
    }
}
