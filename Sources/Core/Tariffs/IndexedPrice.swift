public import Values

/// A price that follows indices (Preisgleitklausel; AVBFernwärmeV § 24(4)): AP = AP₀ · Σ wᵢ · Iᵢ ÷ Iᵢ₀, or any formula of the closed
/// grammar. In it `P0` is the price of the contract, `X` the value of the index X for the day, `X0` its base.
public struct IndexedPrice: Hashable, Sendable {
    /// What the price is per.
    public enum Basis: Hashable, Sendable {
        case energy(MeasuredRegister)
        /// Per time alone.
        case time(Price.Time)
        /// Per kW of connected load and time.
        case load(AttributeRule, Price.Time)

        var register: MeasuredRegister? { if case .energy(let register) = self { register } else { nil } }
    }
    /// One index of the formula.
    public struct Index: Hashable, Sendable {
        /// What it stands for; the law asks for cost and market, and for the fuel's share of a change by itself.
        public enum Kind: String, Hashable, Sendable, CaseIterable { case cost, market, fuel }
        /// An older edition of the index, and what brings it to this one's base (Verkettungsfaktor).
        public struct Link: Hashable, Sendable {
            public let series: SeriesKey
            /// It speaks for the months before this day.
            public let until: Day
            public let factor: Ratio
            public init(series: SeriesKey, until: Day, factor: Ratio) {
                self.series = series
                self.until = until
                self.factor = factor
            }
        }
        public let name: String
        public let series: SeriesKey
        public let kind: Kind
        /// I₀, 10^-6.
        public let base: Int64
        /// Averaged over so many months, the last of which lies `lag` months before the month of the price.
        public let months: Int
        public let lag: Int
        /// Places of the average.
        public let places: Int
        public let links: [Link]

        public init(
            name: String, series: SeriesKey, kind: Kind, base: Int64, months: Int, lag: Int, places: Int, links: [Link] = []
        ) {
            self.name = name
            self.series = series
            self.kind = kind
            self.base = base
            self.months = months
            self.lag = lag
            self.places = places
            self.links = links
        }
    }
    public let basis: Basis
    /// P₀, with its unit and time.
    public let price: Price
    public let formula: Formula
    public let indices: [Index]
    /// Months 1…12 with whose first day the price is set anew; between them it stands.
    public let adjustedIn: [Int]
    /// Places of the result in the unit that is printed (ct/kWh, €).
    public let places: Int

    public init(basis: Basis, price: Price, formula: Formula, indices: [Index], adjustedIn: [Int], places: Int) {
        self.basis = basis
        self.price = price
        self.formula = formula
        self.indices = indices
        self.adjustedIn = adjustedIn
        self.places = places
    }

    /// The day on which the price that holds on `day` was set.
    func setOn(_ day: Day) -> Day {
        var month = day.startOfMonth
        for _ in 0..<12 {
            if adjustedIn.contains(month.month) { return month }
            month = month.adding(months: -1)
        }
        return day.startOfMonth
    }
    /// The days inside `range` on which it is set anew.
    func changes(in range: DayRange) -> [Day] {
        guard let until = range.until else { return [] }
        var days: [Day] = []
        var month = range.from.startOfMonth.adding(months: 1)
        while month < until {
            if adjustedIn.contains(month.month) { days.append(month) }
            month = month.adding(months: 1)
        }
        return days
    }

    /// The price of a day and how it came about.
    ///
    /// - Parameter since: the first day on which this clause was charged; nil: what was charged before is not told.
    /// - Throws: `RatingProblem`.
    public func indexation(
        on day: Day, component: String, prices: PriceCatalog, since: Day? = nil
    ) throws(RatingProblem) -> Indexation {
        let names = IndexNames(indexed: self, prices: prices, month: setOn(day).startOfMonth, frozen: [], at: nil)
        let fuels = Set(indices.filter { $0.kind == .fuel }.map(\.name))
        do {
            let now = try price(names)
            // The share of the fuel: what the price would be if only the fuel still cost what it did.
            let without = fuels.isEmpty ? nil : try price(names.freezing(fuels, at: nil))
            var values: [Indexation.Value] = []
            for index in indices {
                values.append(
                    .init(
                        name: index.name, kind: index.kind, base: index.base, value: try names.current(index),
                        months: try names.months(index)))
            }
            return Indexation(
                formula: formula.text, base: price, price: now, setOn: names.month, values: values,
                fuelChange: without.map { now.hundredMillionths &- $0.hundredMillionths }, earlier: earlier(names, now, fuels, since))
        } catch {
            switch error {
            case .unknownName(let name): throw .badFormula(component: component, name)
            case .divisionByZero: throw .badFormula(component: component, "÷ 0")
            case .overflow: throw .overflow(component: component)
            case .missing(let key, let month): throw .missingPrice(key, month)
            }
        }
    }

    /// What was charged before the price was set anew: nothing where the clause itself is newer, or where the indices of then are not
    /// known any more. It is told and decides nothing.
    private func earlier(_ names: IndexNames, _ now: Price, _ fuels: Set<String>, _ since: Day?) -> Indexation.Earlier? {
        let last = names.month.adding(days: -1)
        guard let since, since <= last else { return nil }
        let month = setOn(last).startOfMonth
        guard let then = try? price(IndexNames(indexed: self, prices: names.prices, month: month, frozen: [], at: nil)) else { return nil }
        let without = fuels.isEmpty ? nil : try? price(names.freezing(fuels, at: month))
        return Indexation.Earlier(
            setOn: month, price: then, fuelChange: without.map { now.hundredMillionths &- $0.hundredMillionths })
    }

    private func price(_ names: IndexNames) throws(Formula.Failure) -> Price {
        let value = Formula.rounded(try formula.value(names), places: places)
        let scaled = value.raw / (price.isInCents ? 1_000_000 : 10_000)
        guard let number = Int64(exactly: scaled) else { throw .overflow }
        return Price(hundredMillionths: number, unit: price.unit, time: price.time)
    }
}

/// How an indexed price came about on a day.
public struct Indexation: Hashable, Sendable {
    public struct Value: Hashable, Sendable {
        public let name: String
        public let kind: IndexedPrice.Index.Kind
        /// 10^-6.
        public let base: Int64
        public let value: Int64
        /// What it is the mean of, the earliest month first.
        public let months: [Month]
    }
    /// An index as it was published for a month, brought to the base of the price.
    public struct Month: Hashable, Sendable {
        public let first: Day
        /// 10^-6.
        public let value: Int64
    }
    public let formula: String
    public let base: Price
    public let price: Price
    /// The first day of the month for which it was set.
    public let setOn: Day
    public let values: [Value]
    /// The part of `price − base` that is the fuel's, 10^-8 EUR; nil where the formula has no fuel.
    public let fuelChange: Int64?
    /// What was charged until then.
    public struct Earlier: Hashable, Sendable {
        /// The first day of the month for which it was set.
        public let setOn: Day
        public let price: Price
        /// The part of the change since that is the fuel's, 10^-8 EUR: what the price would be if only the fuel still cost what it did.
        public let fuelChange: Int64?
    }
    /// nil where this is the first price of its clause. Told beside the price and no part of it: two lines at one price are the same
    /// line, whatever was known of the time before.
    public let earlier: Earlier?

    public static func == (left: Indexation, right: Indexation) -> Bool {
        left.formula == right.formula && left.base == right.base && left.price == right.price && left.setOn == right.setOn
            && left.values == right.values && left.fuelChange == right.fuelChange
    }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(formula); hasher.combine(base); hasher.combine(price)
        hasher.combine(setOn); hasher.combine(values); hasher.combine(fuelChange)
    }
}

/// The names of a formula on a day.
private struct IndexNames: Formula.Names {
    let indexed: IndexedPrice
    let prices: PriceCatalog
    let month: Day
    /// Indices that still are what they were.
    let frozen: Set<String>
    /// In which month; nil: at their base.
    let at: Day?

    func freezing(_ names: Set<String>, at month: Day?) -> IndexNames {
        IndexNames(indexed: indexed, prices: prices, month: self.month, frozen: names, at: month)
    }
    /// Where the frozen ones are looked up.
    private var then: IndexNames? { at.map { IndexNames(indexed: indexed, prices: prices, month: $0, frozen: [], at: nil) } }

    func value(of name: String) throws(Formula.Failure) -> Formula.Number {
        if name == "P0" {
            let price = indexed.price
            return .init(raw: Int128(price.hundredMillionths) * (price.isInCents ? 1_000_000 : 10_000))
        }
        if let index = indexed.indices.first(where: { $0.name == name }) {
            guard frozen.contains(name) else { return .init(millionths: try current(index)) }
            guard let then else { return .init(millionths: index.base) }
            return .init(millionths: try then.current(index))
        }
        if let index = indexed.indices.first(where: { $0.name + "0" == name }) { return .init(millionths: index.base) }
        throw .unknownName(name)
    }

    func average(of name: String, months: Int, lag: Int) throws(Formula.Failure) -> Formula.Number {
        guard let index = indexed.indices.first(where: { $0.name == name }) else { throw .unknownName(name) }
        guard frozen.contains(name) else { return try mean(index, months: months, lag: lag) }
        guard let then else { return .init(millionths: index.base) }
        return try then.mean(index, months: months, lag: lag)
    }

    func current(_ index: IndexedPrice.Index) throws(Formula.Failure) -> Int64 {
        let mean = Formula.rounded(try mean(index, months: index.months, lag: index.lag), places: index.places)
        guard let value = Int64(exactly: mean.raw / 1_000_000) else { throw .overflow }
        return value
    }

    func months(_ index: IndexedPrice.Index) throws(Formula.Failure) -> [Indexation.Month] {
        var months: [Indexation.Month] = []
        for back in (0..<index.months).reversed() {
            let first = month.adding(months: -index.lag - back)
            let raw = Rounding.halfAwayFromZero.divide(try value(index, in: first), by: 1_000_000)
            guard let value = Int64(exactly: raw) else { throw .overflow }
            months.append(.init(first: first, value: value))
        }
        return months
    }

    private func mean(_ index: IndexedPrice.Index, months: Int, lag: Int) throws(Formula.Failure) -> Formula.Number {
        var sum: Int128 = 0
        for back in 0..<months {
            let first = month.adding(months: -lag - back)
            let (next, over) = sum.addingReportingOverflow(try value(index, in: first))
            if over { throw .overflow }
            sum = next
        }
        return .init(raw: Rounding.halfAwayFromZero.divide(sum, by: Int128(months)))
    }

    /// 10^-12.
    private func value(_ index: IndexedPrice.Index, in month: Day) throws(Formula.Failure) -> Int128 {
        if let link = index.links.first(where: { month < $0.until }) {
            return Int128(try published(link.series, month)) * Int128(link.factor.millionths)
        }
        return Int128(try published(index.series, month)) * 1_000_000
    }

    /// The next one is not published yet, and nothing takes its place.
    private func published(_ key: SeriesKey, _ month: Day) throws(Formula.Failure) -> Int64 {
        guard let value = prices.series[key]?.published(for: month) else { throw .missing(key, month) }
        return value.millionths
    }
}
