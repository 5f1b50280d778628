internal import Billing
internal import Metering
internal import Tariffs
internal import VEE
internal import Values

/// How a load profile divided an advance between two readings: which profile, and what part of its weights falls on which days. It is
/// told from the pieces of the bill, so that a reader can compute the quantity again.
struct DividedPiece {
    /// `H0`, `Gradtagszahlen`.
    let label: String
    let isDegreeDays: Bool
    /// The days between the two readings.
    let between: DayRange
    /// What was counted between them, 10^-6 of the register's unit, after the factor.
    let advance: Measure
    /// Weights of the piece's days and of all days between the readings, in parts of `unit`.
    let part: Int64
    let whole: Int64
    /// What weights are told in, and the places of a weight behind the point.
    let unit: Label
    private let scale: (divisor: Int64, places: Int)

    /// A weight in `unit`, rounded.
    func readable(_ weight: Int64) -> String {
        let rounded = Rounding.halfAwayFromZero.divide(Int128(weight), by: Int128(scale.divisor))
        return DecimalText.format(Int64(clamping: rounded), scale: scale.places)
    }
    /// The part in hundredths of a percent of the whole.
    var percent: String {
        let rounded = Rounding.halfAwayFromZero.divide(Int128(part) * 10_000, by: Int128(whole))
        return DecimalText.format(Int64(clamping: rounded), scale: 2, minimumPlaces: 2)
    }

    /// - Parameter pieces: of the bill, among them those that follow each other from reading to reading.
    /// - Returns: nil where no profile divided, or a reading on one side lies beyond the bill.
    init?(_ piece: UsagePiece, _ supply: Supply, among pieces: [UsagePiece]) {
        guard piece.division == .profile, let profile = supply.dividingProfile else { return nil }
        var chain: [UsagePiece] = []
        let own = pieces.filter { $0.serial == piece.serial && $0.obis == piece.obis }.sorted { $0.range.from < $1.range.from }
        for next in own where next.range.from != chain.last?.range.from { chain.append(next) }
        guard let place = chain.firstIndex(where: { $0.range == piece.range }) else { return nil }
        func isReading(_ end: ReadingRef?) -> Bool { end?.isRead == true }
        func follows(_ later: Int) -> Bool { chain[later - 1].range.until == chain[later].range.from }
        var (first, last) = (place, place)
        while !isReading(chain[first].begin), first > 0, follows(first) { first -= 1 }
        while !isReading(chain[last].end), last + 1 < chain.count, follows(last + 1) { last += 1 }
        guard isReading(chain[first].begin), isReading(chain[last].end), let until = chain[last].range.until else { return nil }
        between = DayRange(from: chain[first].range.from, until: until)
        var (part, whole, micro): (Int64, Int64, Int64) = (0, 0, 0)
        for day in between.days {
            guard let weight = profile.dayWeight(day), weight >= 0 else { return nil }
            whole &+= weight
            if piece.range.contains(day) { part &+= weight }
        }
        for piece in chain[first...last] { micro &+= piece.quantity.micro }
        guard whole > 0, part >= 0 else { return nil }
        advance = Measure(micro: micro, unit: piece.quantity.unit)
        label = profile.label
        isDegreeDays = profile is DegreeDays
        self.part = part
        self.whole = whole
        switch profile {
        // 10^-6 of a third of a thousandth of the year.
        case let days as DegreeDays where days.rule == .monthly:
            unit = Label(de: "‰ des Jahres", en: "‰ of the year")
            scale = (30_000, 2)
        // 10^-4 K on a day.
        case is DegreeDays:
            unit = Label(de: "K·d", en: "K·d")
            scale = (1_000, 1)
        // 10^-9.
        case is GasProfile:
            unit = Label(de: "Tageswerte", en: "daily values")
            scale = (10_000_000, 2)
        default:
            unit = Label(de: "kWh des Profils", en: "kWh of the profile")
            scale = (10_000_000, 2)
        }
    }
}

extension Supply {
    /// The profile that divides its advances; nil: equal days.
    var dividingProfile: (any ConsumptionProfile)? {
        guard let rules, let name = DividingProfile.name(rules, contract.tariff.commodity, attributes: contract.attributes) else {
            return nil
        }
        return DividingProfile.profile(
            name, contract.tariff.commodity, holidays: HolidayCalendar(code: contract.attributes[DividingProfile.stateAttribute]))
    }
}
