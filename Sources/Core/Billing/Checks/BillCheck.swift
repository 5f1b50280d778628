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

/// What a supply was expected to use in the days of its bill.
public struct ExpectedConsumption: Hashable, Sendable {
    public enum Basis: Hashable, Sendable {
        /// The yearly consumption that contract or metering point name.
        case forecast
        /// Bills over other days, at most a year back.
        case billed(DayRange)
    }
    /// In the unit of the bill, for exactly its days.
    public let consumption: Measure
    public let basis: Basis
    public init(_ consumption: Measure, basis: Basis) {
        self.consumption = consumption
        self.basis = basis
    }
}

/// A bill as the checks see it.
public struct CheckedBill: Sendable {
    public let draft: InvoiceDraft
    /// The day on which it would be issued.
    public let issuedOn: Day
    public let parameters: CheckParameters
    /// Of its supplies, one by one; empty: the same for all.
    public let ofSupplies: [CheckParameters]
    /// What was to be expected of a supply (by its place on the bill) where no comparable days of the year before are billed.
    public let expected: [Int: ExpectedConsumption]

    public init(
        _ draft: InvoiceDraft, issuedOn: Day, parameters: CheckParameters = .standard, ofSupplies: [CheckParameters] = [],
        expected: [Int: ExpectedConsumption] = [:]
    ) {
        self.ofSupplies = ofSupplies
        self.expected = expected
        self.draft = draft
        self.issuedOn = issuedOn
        self.parameters = parameters
    }

    /// What the supply at this place on the bill is checked by.
    func parameters(ofSupply place: Int) -> CheckParameters { ofSupplies.indices.contains(place) ? ofSupplies[place] : parameters }

    /// All checks, what holds before what is only to be known.
    public var results: [CheckResult] {
        let checks: [any BillCheck] = [
            AddingUp(), NegativeConsumption(), JudgedApart(), UnusualConsumption(), EstimatedShare(), UnusualAmount(),
            MandatoryStatements(),
            Deadline(),
        ]
        return CheckedBill.ordered(checks.flatMap { $0.results(self) })
    }

    /// What is to be said of a correction before it is issued: of the bill as it will be right, and of the sums of the difference. That
    /// the right bill comes late is not its fault.
    public static func results(
        ofCorrection difference: InvoiceDraft, to right: InvoiceDraft, issuedOn: Day, parameters: CheckParameters,
        ofSupplies: [CheckParameters] = []
    ) -> [CheckResult] {
        let bill = CheckedBill(right, issuedOn: issuedOn, parameters: parameters, ofSupplies: ofSupplies)
        let checks: [any BillCheck] = [
            AddingUp(), NegativeConsumption(), JudgedApart(), UnusualConsumption(), EstimatedShare(), UnusualAmount(),
            MandatoryStatements(),
        ]
        return ordered(
            checks.flatMap { $0.results(bill) } + AddingUp().results(CheckedBill(difference, issuedOn: issuedOn, parameters: parameters)))
    }

    private static func ordered(_ found: [CheckResult]) -> [CheckResult] {
        return found.filter { $0.weight == .hold } + found.filter { $0.weight == .notice }
    }
}

/// One thing that is looked at before a bill is issued. Pure.
protocol BillCheck: Sendable {
    func results(_ bill: CheckedBill) -> [CheckResult]
}
