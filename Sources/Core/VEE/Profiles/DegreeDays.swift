public import Values

/// How a heating's consumption is spread over the year, by how cold it was or usually is.
public struct DegreeDays: ConsumptionProfile, Hashable {
    /// Which rule makes a temperature a weight.
    public enum Rule: String, Hashable, Sendable, Codable, CaseIterable {
        /// Gradtagszahlen of VDI 2067 and DIN 4713: fixed thousandths of the year per month.
        case monthly
        /// Gradtagzahl 20/15: 20 °C − T on days below 15 °C.
        case gtz20
        /// Heating degree days: 15 °C − T on days below 15 °C.
        case hdd15
    }
    public let rule: Rule
    /// Daily means; not used by the monthly table.
    public let temperatures: [Day: Temperature]

    /// The monthly table.
    public init() {
        rule = .monthly
        temperatures = [:]
    }
    public init(_ rule: Rule, temperatures: [Day: Temperature]) {
        self.rule = rule
        self.temperatures = temperatures
    }

    public var label: String {
        switch rule {
        case .monthly: "Gradtagszahlen nach VDI 2067"
        case .gtz20: "Gradtagzahl 20/15"
        case .hdd15: "Heizgradtage 15 °C"
        }
    }
    public var dependsOnTemperature: Bool { rule != .monthly }

    /// A third of a thousandth of the year: in thirds the forty of the summer fall on June, July and August without a fraction.
    static let thirds: [Int64] = [510, 450, 390, 240, 120, 40, 40, 40, 90, 240, 360, 480]

    /// The weight of a month in thirds of a thousandth of the year; the twelve make 3,000.
    /// - Precondition: `month` is 1…12.
    public static func monthWeight(_ month: Int) -> Int64 { thirds[month - 1] }

    /// By the table: 10^-6 of a third of a thousandth, and the days of a month add up to it exactly. By temperature: 10^-4 K.
    public func dayWeight(_ day: Day) -> Int64? {
        switch rule {
        case .monthly:
            let (year, month, number) = day.components
            let days = Int128(Day.length(ofMonth: month, year: year))
            let total = Int128(DegreeDays.thirds[month - 1]) * 1_000_000
            func until(_ number: Int) -> Int128 { Rounding.halfAwayFromZero.divide(total * Int128(number), by: days) }
            return Int64(clamping: until(number) - until(number - 1))
        case .gtz20, .hdd15:
            guard let mean = temperatures[day] else { return nil }
            guard mean.tenThousandths < 150_000 else { return 0 }
            return Int64(rule == .gtz20 ? 200_000 : 150_000) - Int64(mean.tenThousandths)
        }
    }
}
