import Metering
public import Values

/// Stand-ins for missing and rejected slots: the first method of the cascade that applies, then scaled to what the register
/// counted (reference 2.1, 2.2).
public enum Estimation {
    public struct Result: Hashable, Sendable {
        /// What differs from what is stored; empty if nothing is to be written.
        public var estimates: [Estimate] = []
        /// Slots that hold an earlier estimate which nothing supports any more.
        public var unsupported: [Day: [Int]] = [:]
        public var findings: [Finding] = []
        /// The gaps that something stands in for, as far as they reach, and those of which a finding says that nothing can.
        public var filled: [Range<Instant>] = []
        public var unfilled: [Range<Instant>] = []
        public init() {}
    }

    /// A6, after estimation: a gap for which nothing stands in.
    public static let withoutBasis = RuleText(
        "gap-without-basis", "A6", .failure, .keeps, german: "Lücke, für die sich kein Ersatzwert bilden lässt",
        english: "A gap that nothing can stand in for")

    /// Fills the gaps of the target, and with them those of the spans between readings that they lie in.
    ///
    /// 1. up to two hours between two values: linear, x_k = a + (b − a) k ÷ (n + 1);
    /// 2. the mean of the three nearest like days; 3. the slot of the week before; 4. less like days; 5. what the
    /// window's aids tell: a load profile between two readings, temperature, the previous year, the class; 6. an even share of
    /// the advance. Between two registers all of them are scaled to the advance. If the values that are there already exceed it
    /// beyond the tolerance of C1, nothing is scaled and C1 is reported; within the tolerance the gap is zero.
    /// Slots the cascade filled before are filled anew: whatever was not known then counts now, and the same knowledge gives
    /// the same values, whatever stood there before.
    /// - Precondition: the channel has a resolution and the target an end.
    /// - Throws: `Overflow`.
    public static func fill(
        _ window: EstimationWindow, holidays: HolidayCalendar = HolidayCalendar(state: .schleswigHolstein),
        parameters: EstimationParameters = .init(),
        validation: ValidationParameters = .init(), time: LocalTime = .berlin
    ) throws(Overflow) -> Result {
        try EstimationPlan(window, parameters: parameters, holidays: holidays, time: time) { _ in validation }.fill(window.aids)
    }
}
