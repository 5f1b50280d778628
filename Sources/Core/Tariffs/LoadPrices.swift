public import Values

/// A price for the highest average of a quarter hour (Leistungspreis).
public struct DemandPrice: Hashable, Sendable {
    /// Of which time the highest value counts, and what the price is per.
    public enum Period: String, Hashable, Sendable, CaseIterable { case month, year }
    public let price: UnitPrice<Kilowatt>
    public let period: Period

    public init(price: UnitPrice<Kilowatt>, period: Period) {
        self.price = price
        self.period = period
    }
    /// Per kW and month or year.
    public var perTime: Price { Price(price, time: period == .month ? .month : .year) }
    /// The time whose average load counts: the law measures gas by the hour, electricity by the quarter of it.
    public static func seconds(for commodity: Commodity) -> Int32 { commodity == .gas ? 3_600 : 900 }
}

/// The highest average of a market time unit.
public struct PeakLoad: Hashable, Sendable {
    /// 10^-6 kW.
    public let micro: Int64
    /// When its quarter hour began; nil where only its size is known, as in an example.
    public let at: Instant?
    public init(micro: Int64, at: Instant?) {
        self.micro = micro
        self.at = at
    }
}

/// A price for reactive energy that goes beyond a share of the active energy of the same days.
public struct ReactivePrice: Hashable, Sendable {
    /// 10^-8 EUR per kvarh.
    public let hundredMillionths: Int64
    /// Of the active energy, such as 0.5.
    public let freeShare: Ratio
    public init(hundredMillionths: Int64, freeShare: Ratio) {
        self.hundredMillionths = hundredMillionths
        self.freeShare = freeShare
    }
}

/// The spot price of each market time unit and a markup (EnWG § 41a). There is no price in place of a missing one.
public struct DynamicPrice: Hashable, Sendable {
    public let series: SeriesKey
    /// 10^-8 EUR per kWh, added to each spot price: procurement, levies, network.
    public let markup: Int64
    /// The most and the least a unit's spot price counts with, before the markup; 10^-8 EUR per kWh.
    public let cap: Int64?
    public let floor: Int64?
    public init(series: SeriesKey, markup: Int64, cap: Int64? = nil, floor: Int64? = nil) {
        self.series = series
        self.markup = markup
        self.cap = cap
        self.floor = floor
    }
}

/// Something off what other components came to.
public enum Discount: Hashable, Sendable {
    /// A share of their amounts.
    case percent(Ratio)
    /// So much per time.
    case amount(Price)
    /// So much per unit of their quantity, 10^-8 EUR.
    case price(Int64, UnitCode)
    /// So much of their quantity a year is free, at the price their quantity cost on average; 10^-6 of the unit.
    case quantity(Int64, UnitCode)
}

/// A bonus: when it falls due and how much it is.
public struct Bonus: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Soon after the supply began.
        case instant
        /// After the first year, as a rule.
        case newCustomer = "new_customer"
        /// For staying, again and again.
        case loyalty
    }
    public let kind: Kind
    /// Whole months of the contract after which it is due; 0: on the first day.
    public let afterMonths: Int
    /// Due again every so many months; nil: once.
    public let everyMonths: Int?
    /// So many cents, net of tax as all prices of the tariff; nil: a share.
    public let amount: Money?
    /// Of what the components `of` came to in the bill in which it is due.
    public let percent: Ratio?
    public let of: [String]

    public init(kind: Kind, afterMonths: Int, everyMonths: Int? = nil, amount: Money? = nil, percent: Ratio? = nil, of: [String] = []) {
        self.kind = kind
        self.afterMonths = afterMonths
        self.everyMonths = everyMonths
        self.amount = amount
        self.percent = percent
        self.of = of
    }

    /// How often it falls due within `span`, the contract having begun on `start`. Due is the last day of the month that is to be
    /// complete: the bill of the first year pays the bonus for it.
    public func occurrences(in span: DayRange, contractStart start: Day) -> Int {
        guard let until = span.until else { return 0 }
        var count = 0
        var months = afterMonths
        // A contract of a century is beyond any that will be billed.
        while months <= 1_200 {
            let due = months == 0 ? start : start.adding(months: months).adding(days: -1)
            if due >= until { break }
            if span.contains(due) { count += 1 }
            guard let everyMonths, everyMonths > 0 else { break }
            months += everyMonths
        }
        return count
    }
}
