internal import Tariffs
public import Values

/// Thresholds of the checks before issue. A utility may draw them tighter; it cannot switch off what adds up.
public struct CheckParameters: Hashable, Sendable {
    /// Consumption may be so many times of what was to be expected, in percent (§ 17(1) StromGVV: beyond twice the customer may
    /// withhold payment).
    public var consumptionPercent: Int64 = 200
    /// Below so many kWh or m³ a year nothing is compared: small numbers double easily. In 10^-6. Of water a household uses some forty
    /// m³ a head, of energy thousands of kWh: ``defaults(for:of:)``.
    public var consumptionFloor: Int64 = 200_000_000
    /// The greatest share of the quantity that may rest on estimates, in percent.
    public var estimatedPercent: Int64 = 50
    /// Gross amount beyond which somebody looks, per year of the period.
    public var hugeAmount = Money(cents: 10_000_000)
    /// Days after the end of the period or contract within which a bill is to be issued (§ 40c(2) EnWG).
    public var deadlineDays: Int64 = 42
    /// The same for a monthly bill of electricity; those of other commodities have six weeks like every bill.
    public var monthlyDeadlineDays: Int64 = 21
    /// What a missed deadline does. A late bill does not get better by waiting, so as a rule it is said and goes out; a utility that
    /// wants to see each before may hold it.
    public var missedDeadline = CheckResult.Weight.notice

    public init() {}
    public static let standard = CheckParameters()
}

extension CheckParameters: Thresholds {
    /// The same for all customers. Water is billed in m³: from 20 a year on it is compared.
    public static func defaults(for commodity: Commodity, of customer: CustomerClass) -> CheckParameters {
        var parameters = CheckParameters()
        if commodity == .water { parameters.consumptionFloor = 20_000_000 }
        return parameters
    }

    /// All of them; `reference` is the code of the results of the check that goes by it. None can be switched off.
    public static let settings: [ThresholdSetting<CheckParameters>] = [
        .whole(
            "consumptionPercent", "unusual-consumption", "höchstens so viel vom erwarteten Verbrauch, in Prozent",
            "at most so much of the expected consumption, in percent", \.consumptionPercent, in: 100...10_000),
        .required(
            "consumptionFloor", "unusual-consumption", "verglichen wird ab so viel im Jahr, in kWh oder m³",
            "compared from so much a year on, in kWh or m³", \.consumptionFloor, text: { DecimalText.format($0, scale: 6) },
            parse: { DecimalText.parse($0, scale: 6).flatMap { (0...1_000_000_000_000_000).contains($0) ? $0 : nil } }),
        .whole(
            "estimatedPercent", "estimated-share", "geschätzter Anteil der Menge höchstens, in Prozent; 100 hält nichts an",
            "estimated share of the quantity at most, in percent; 100 holds nothing", \.estimatedPercent, in: 0...100),
        .required(
            "hugeAmount", "huge-amount", "Bruttobetrag eines Jahres höchstens, in Euro", "gross amount of a year at most, in euros",
            \.hugeAmount, text: \.description,
            parse: { Money($0).flatMap { $0 > .zero && $0 < Money(cents: 100_000_000_000) ? $0 : nil } }),
        .whole(
            "deadlineDays", "deadline-missed", "Frist für die Rechnung nach dem Ende des Zeitraums, in Tagen (§ 40c EnWG: 42)",
            "days until a bill is due after its period (§ 40c EnWG: 42)", \.deadlineDays, in: 1...42),
        .whole(
            "monthlyDeadlineDays", "deadline-missed", "dieselbe Frist für Monatsrechnungen über Strom (§ 40c EnWG: 21)",
            "the same for monthly bills of electricity (§ 40c EnWG: 21)", \.monthlyDeadlineDays, in: 1...21),
        .required(
            "missedDeadline", "deadline-missed", "eine versäumte Frist ist ein Hinweis (notice) oder hält die Rechnung an (hold)",
            "a missed deadline is a notice, or holds the bill (hold)", \.missedDeadline, isNumeric: false, text: \.rawValue,
            parse: { CheckResult.Weight(rawValue: $0) }),
    ]
}

extension ThresholdBook<CheckParameters> {
    /// What a bill that is issued on `day` is checked by as a whole: its first contract's `usage` says whose it is.
    public func parameters(of draft: InvoiceDraft, on day: Day) -> CheckParameters {
        self[ThresholdKey(draft.commodity, CustomerClass(draft.contract)), day]
    }
    /// What each of its supplies is checked by: 200 kWh are little, 200 m³ of water are not.
    public func parametersOfSupplies(of draft: InvoiceDraft, on day: Day) -> [CheckParameters] {
        draft.supplies.map { self[ThresholdKey($0.contract.tariff.commodity, CustomerClass($0.contract)), day] }
    }
}

extension CustomerClass {
    init(_ contract: BilledContract) {
        switch contract.attributes["usage"] {
        case "household", nil: self = .household
        case "industrial": self = .industrial
        default: self = .commercial
        }
    }
}
