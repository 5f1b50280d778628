public import Values

/// What a check says about a bill that is about to be issued.
public struct CheckResult: Hashable, Sendable {
    /// Whether a person must look before the bill goes out, or only ought to know.
    public enum Weight: String, Sendable, Hashable, CaseIterable { case hold, notice }

    /// Stable word of the check.
    public let code: String
    public let weight: Weight
    /// For a clerk: what was found, and against which threshold.
    public let explanation: String

    public init(code: String, weight: Weight, explanation: String) {
        self.code = code
        self.weight = weight
        self.explanation = explanation
    }
}

/// Thresholds of the checks before issue. A utility may draw them tighter; it cannot switch off what adds up.
public struct CheckParameters: Hashable, Sendable {
    /// Consumption per day may be so many times that of the period before (§ 17(1) StromGVV: the customer may withhold payment
    /// beyond twice).
    public var consumptionFactor: Int64 = 2
    /// Below so many kWh or m³ a year nothing is compared: small numbers double easily. In 10^-6.
    public var consumptionFloor: Int64 = 200_000_000
    /// The greatest share of the quantity that may rest on estimates, in percent.
    public var estimatedPercent: Int64 = 50
    /// Gross amount beyond which somebody looks, per year of the period.
    public var hugeAmount = Money(cents: 10_000_000)
    /// Days after the end of the period or contract within which a bill is to be issued (§ 40c(2) EnWG).
    public var deadlineDays = 42
    /// The same for a monthly bill.
    public var monthlyDeadlineDays = 21

    public init() {}
    public static let standard = CheckParameters()
}

/// A bill as the checks see it.
public struct CheckedBill: Sendable {
    public let draft: InvoiceDraft
    /// The day on which it would be issued.
    public let issuedOn: Day
    public let parameters: CheckParameters

    public init(_ draft: InvoiceDraft, issuedOn: Day, parameters: CheckParameters = .standard) {
        self.draft = draft
        self.issuedOn = issuedOn
        self.parameters = parameters
    }

    /// All checks, what holds before what is only to be known.
    public var results: [CheckResult] {
        let checks: [any BillCheck] = [
            AddingUp(), NegativeConsumption(), UnusualConsumption(), EstimatedShare(), UnusualAmount(), MandatoryStatements(), Deadline(),
        ]
        let found = checks.flatMap { $0.results(self) }
        return found.filter { $0.weight == .hold } + found.filter { $0.weight == .notice }
    }
}

/// One thing that is looked at before a bill is issued. Pure.
protocol BillCheck: Sendable {
    func results(_ bill: CheckedBill) -> [CheckResult]
}
