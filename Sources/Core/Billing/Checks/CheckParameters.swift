public import Values

/// Thresholds of the checks before issue. A utility may draw them tighter; it cannot switch off what adds up.
public struct CheckParameters: Hashable, Sendable {
    /// Consumption may be so many times of what was to be expected, in percent (§ 17(1) StromGVV: beyond twice the customer may
    /// withhold payment).
    public var consumptionPercent: Int64 = 200
    /// Below so many kWh or m³ a year nothing is compared: small numbers double easily. In 10^-6. Of water a household uses some forty
    /// m³ a head, of energy thousands of kWh: ``standard(for:)``.
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
    /// What holds where nothing else is set. Water is billed in m³: from 20 a year on it is compared.
    public static func standard(for commodity: Commodity) -> CheckParameters {
        var parameters = CheckParameters()
        if commodity == .water { parameters.consumptionFloor = 20_000_000 }
        return parameters
    }
}

/// One threshold as people and interfaces name it: how it is written and what it means.
public struct CheckSetting: Sendable {
    /// As in ``CheckParameters``.
    public let name: String
    /// The check that goes by it: the code of its results.
    public let check: String
    public let german: String
    public let english: String
    let read: @Sendable (CheckParameters) -> String
    let write: @Sendable (inout CheckParameters, String) -> Bool

    public func value(in parameters: CheckParameters) -> String { read(parameters) }
    /// - Returns: false if the text is no such value.
    public func set(_ text: String, in parameters: inout CheckParameters) -> Bool { write(&parameters, text) }

    public static let all: [CheckSetting] = [
        whole(
            "consumptionPercent", "unusual-consumption", "höchstens so viel vom erwarteten Verbrauch, in Prozent",
            "at most so much of the expected consumption, in percent", \.consumptionPercent, in: 100...10_000),
        CheckSetting(
            name: "consumptionFloor", check: "unusual-consumption", german: "verglichen wird ab so viel im Jahr, in kWh oder m³",
            english: "compared from so much a year on, in kWh or m³", read: { DecimalText.format($0.consumptionFloor, scale: 6) },
            write: { parameters, text in
                guard let micro = DecimalText.parse(text, scale: 6), (0...1_000_000_000_000_000).contains(micro) else { return false }
                parameters.consumptionFloor = micro
                return true
            }),
        whole(
            "estimatedPercent", "estimated-share", "geschätzter Anteil der Menge höchstens, in Prozent; 100 hält nichts an",
            "estimated share of the quantity at most, in percent; 100 holds nothing", \.estimatedPercent, in: 0...100),
        CheckSetting(
            name: "hugeAmount", check: "huge-amount", german: "Bruttobetrag eines Jahres höchstens, in Euro",
            english: "gross amount of a year at most, in euros", read: { $0.hugeAmount.description },
            write: { parameters, text in
                guard let amount = Money(text), amount > .zero, amount < Money(cents: 100_000_000_000) else { return false }
                parameters.hugeAmount = amount
                return true
            }),
        whole(
            "deadlineDays", "deadline-missed", "Frist für die Rechnung nach dem Ende des Zeitraums, in Tagen (§ 40c EnWG: 42)",
            "days until a bill is due after its period (§ 40c EnWG: 42)", \.deadlineDays, in: 1...42),
        whole(
            "monthlyDeadlineDays", "deadline-missed", "dieselbe Frist für Monatsrechnungen über Strom (§ 40c EnWG: 21)",
            "the same for monthly bills of electricity (§ 40c EnWG: 21)", \.monthlyDeadlineDays, in: 1...21),
        CheckSetting(
            name: "missedDeadline", check: "deadline-missed",
            german: "eine versäumte Frist ist ein Hinweis (notice) oder hält die Rechnung an (hold)",
            english: "a missed deadline is a notice, or holds the bill (hold)", read: { $0.missedDeadline.rawValue },
            write: { parameters, text in
                guard let weight = CheckResult.Weight(rawValue: text) else { return false }
                parameters.missedDeadline = weight
                return true
            }),
    ]
    public static func named(_ name: String) -> CheckSetting? { all.first { $0.name == name } }

    private static func whole(
        _ name: String, _ check: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<CheckParameters, Int64> & Sendable, in range: ClosedRange<Int64>
    ) -> CheckSetting {
        CheckSetting(name: name, check: check, german: german, english: english, read: { String($0[keyPath: path]) }) {
            guard let number = Int64($1), range.contains(number) else { return false }
            $0[keyPath: path] = number
            return true
        }
    }
}

/// Which thresholds hold for whom and when, as an operator set them. What is not set is the standard.
public struct CheckBook: Sendable {
    /// Whose bills: by the contract's `usage`.
    public enum Customers: String, Sendable, Hashable, CaseIterable {
        case household, commercial, industrial
        init(_ contract: BilledContract) {
            switch contract.attributes["usage"] {
            case "household", nil: self = .household
            case "industrial": self = .industrial
            default: self = .commercial
            }
        }
    }
    public struct Key: Hashable, Sendable {
        public let commodity: Commodity
        public let customers: Customers
        public init(_ commodity: Commodity, _ customers: Customers) {
            self.commodity = commodity
            self.customers = customers
        }
    }
    /// Some thresholds for some days.
    public struct Change: Hashable, Sendable {
        public var key: Key
        public var valid: DayRange
        /// By name of ``CheckSetting``. Names nobody knows any more are passed over.
        public var values: [String: String]
        public init(_ key: Key, valid: DayRange, values: [String: String]) {
            self.key = key
            self.valid = valid
            self.values = values
        }
    }
    private var changes: [Key: [Change]] = [:]

    /// - Parameter changes: in the order in which they were set: of two that hold on a day the later wins, threshold by threshold.
    public init(_ changes: [Change] = []) { self.changes = Dictionary(grouping: changes, by: \.key) }

    /// What holds on a day.
    public func parameters(for key: Key, on day: Day) -> CheckParameters {
        var parameters = CheckParameters.standard(for: key.commodity)
        for change in changes[key] ?? [] where change.valid.contains(day) {
            for (name, text) in change.values { _ = CheckSetting.named(name)?.set(text, in: &parameters) }
        }
        return parameters
    }
    /// What a bill that is issued on `day` is checked by: its first contract says whose it is.
    public func parameters(of draft: InvoiceDraft, on day: Day) -> CheckParameters {
        changes.isEmpty ? .standard(for: draft.commodity) : parameters(for: Key(draft.commodity, Customers(draft.contract)), on: day)
    }
}
