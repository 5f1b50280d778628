import Metering
public import Values

/// Stand-ins for missing and rejected slots: the first method of the cascade that applies, then scaled to what the register
/// counted (reference 2.1, 2.2).
public enum Estimation {
    public struct Result: Hashable, Sendable {
        /// What differs from what is stored; empty if nothing is to be written.
        public var estimates: [Estimate] = []
        public var findings: [Finding] = []
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
    /// the same values.
    /// - Precondition: the channel has a resolution and the target an end.
    /// - Throws: `Overflow`.
    public static func fill(
        _ window: EstimationWindow, holidays: HolidayCalendar = HolidayCalendar(state: .schleswigHolstein),
        parameters: EstimationParameters = .init(),
        validation: ValidationParameters = .init(), time: LocalTime = .berlin
    ) throws(Overflow) -> Result {
        guard let resolution = window.channel.resolution, let end = window.target.until else {
            preconditionFailure("estimation is of a channel over days with an end")
        }
        let grid = SlotGrid(window, resolution: resolution, time: time)
        let spans = try RegisterSpan.all(window, grid: grid, validation: validation)
        guard let lower = grid.range(of: window.target.from)?.lowerBound, let upper = grid.range(of: end.adding(days: -1))?.upperBound
        else { return Result() }
        let gaps = grid.holes(in: reach(of: lower..<upper, grid: grid, spans: spans)).compactMap {
            closed($0, window: window, grid: grid, spans: spans)
        }

        var draft = Draft(grid: grid)
        if !gaps.isEmpty {
            let likeDays = LikeDays(grid, parameters: parameters, holidays: holidays)
            var aided = AidedSlots(grid, aids: window.aids, spans: spans, parameters: parameters)
            for gap in gaps { draft.firstPass(gap, likeDays: likeDays, aided: &aided, parameters: parameters) }
        }
        var result = Result()
        for span in spans { result.findings += try draft.scale(span, window: window, validation: validation) }
        for gap in gaps { result.findings += draft.unfilled(in: gap, channel: window.channel) }
        for gap in gaps { result.estimates += draft.changes(in: gap) }
        return result
    }

    /// The target, grown by the spans between readings in which it has a gap: what they leave for its slots depends on the other
    /// estimates of the span, so all of them are made anew together.
    private static func reach(of target: Range<Int>, grid: SlotGrid, spans: [RegisterSpan]) -> Range<Int> {
        var reach = target
        while true {
            let gaps = grid.holes(in: reach)
            var grown = reach
            for span in spans where gaps.contains(where: { $0.overlaps(span.slots) }) {
                grown = min(grown.lowerBound, span.slots.lowerBound)..<max(grown.upperBound, span.slots.upperBound)
            }
            if grown == reach { return reach }
            reach = grown
        }
    }

    /// The part of a gap that is closed on both sides, by a value or by a reading; all of it if open ends are filled as well.
    private static func closed(_ gap: Range<Int>, window: EstimationWindow, grid: SlotGrid, spans: [RegisterSpan]) -> Range<Int>? {
        if window.fillsOpenEnds { return gap }
        var (low, high) = (gap.lowerBound, gap.upperBound)
        let within = spans.filter { $0.slots.overlaps(gap) }
        if low == 0 || grid.kinds[low - 1] != .fixed {
            guard let first = within.map(\.slots.lowerBound).min() else { return nil }
            low = max(low, first)
        }
        if high == grid.count || grid.kinds[high] != .fixed {
            guard let last = within.map(\.slots.upperBound).max() else { return nil }
            high = min(high, last)
        }
        return low < high ? low..<high : nil
    }
}
