import Metering
public import Values

/// Which gaps are estimated together, and between which readings.
///
/// A gap is seen whole: its edges are values that somebody measured, sent or decided, never an estimate, so that the same
/// knowledge gives the same stand-ins whatever stood there before and in whichever order it came. Filled are the gaps that
/// touch the target, and the other holes of the spans between readings that those lie in: what a span leaves for its slots
/// depends on all of its estimates.
public struct EstimationPlan {
    private let window: EstimationWindow
    private let grid: SlotGrid
    private let parameters: EstimationParameters
    private let thresholds: (Instant) -> ValidationParameters
    /// Of the whole grid.
    private let spans: [RegisterSpan]
    /// The slots of the target.
    private let target: Range<Int>
    /// Holes that touch the target, as far as they reach.
    private let holes: [Range<Int>]
    /// Of those the parts that are closed on both sides: what is filled.
    private let gaps: [Range<Int>]
    /// Those that are scaled or judged.
    private let judged: [RegisterSpan]
    /// The gaps, and those of the spans.
    private let wanted: [Range<Int>]
    private let likeDays: LikeDays

    /// - Parameter thresholds: by which a span that begins at a moment is judged.
    /// - Precondition: the channel has a resolution and the target an end.
    /// - Throws: `Overflow`.
    public init(
        _ window: EstimationWindow, parameters: EstimationParameters, holidays: HolidayCalendar, time: LocalTime = .berlin,
        thresholds: @escaping (Instant) -> ValidationParameters
    ) throws(Overflow) {
        guard let resolution = window.channel.resolution, let end = window.target.until else {
            preconditionFailure("estimation is of a channel over days with an end")
        }
        let grid = SlotGrid(window, resolution: resolution, time: time)
        let lower = window.time.flatMap { grid.slot(at: $0.lowerBound) } ?? grid.range(of: window.target.from)?.lowerBound ?? 0
        let upper = window.time.flatMap { grid.slot(at: $0.upperBound) } ?? grid.range(of: end.adding(days: -1))?.upperBound ?? lower
        let target = lower..<max(lower, upper)
        let spans = try RegisterSpan.all(window, grid: grid, thresholds: thresholds)
        let all = grid.holes(in: 0..<grid.count)
        let closed = all.flatMap { EstimationPlan.closed($0, target: target, window: window, grid: grid, spans: spans) }
        let holes = all.filter { $0.overlaps(target) }
        let gaps = closed.filter { gap in holes.contains { $0.overlaps(gap) } }
        let judged = spans.filter { span in span.slots.overlaps(target) || gaps.contains { $0.overlaps(span.slots) } }
        wanted = closed.filter { gap in gaps.contains(gap) || judged.contains { $0.slots.overlaps(gap) } }
        likeDays = LikeDays(grid, parameters: parameters, holidays: holidays)
        self.window = window
        self.grid = grid
        self.parameters = parameters
        self.thresholds = thresholds
        self.spans = spans
        self.target = target
        self.holes = holes
        self.gaps = gaps
        self.judged = judged
    }

    /// Whether there is a gap that neither its ends nor like days tell: only then it is worth asking what else is known.
    public var asksForAids: Bool {
        wanted.contains { gap in
            if parameters.allows(.linear), grid.isBridged(gap, within: parameters.linearLimitSeconds) { return false }
            let days = grid.dayIndex(of: gap.lowerBound)...grid.dayIndex(of: gap.upperBound - 1)
            // A long gap may follow the weather, and an hour that other days do not have is like nothing.
            return !parameters.allows(.likeDay) || days.count >= parameters.temperatureFirstDays
                || days.contains { grid.changesClock[$0] || likeDays.references(for: grid.day($0)).isEmpty }
        }
    }

    /// The parts of a hole to be filled: what is closed on both sides, by a value or by a reading, and what somebody asked for.
    private static func closed(
        _ hole: Range<Int>, target: Range<Int>, window: EstimationWindow, grid: SlotGrid, spans: [RegisterSpan]
    ) -> [Range<Int>] {
        let isOpenBelow = hole.lowerBound == 0 || grid.kinds[hole.lowerBound - 1] != .fixed
        let isLast = window.removal.map { grid.instant(hole.upperBound) == $0 } ?? false
        let isOpenAbove = !isLast && (hole.upperBound == grid.count || grid.kinds[hole.upperBound] != .fixed)
        guard isOpenBelow || isOpenAbove else { return [hole] }
        let within = spans.filter { $0.slots.overlaps(hole) && (window.closesSilence || $0.complete.usable > 0) }
        let low = isOpenBelow ? within.map(\.slots.lowerBound).min() : hole.lowerBound
        let high = isOpenAbove ? within.map(\.slots.upperBound).max() : hole.upperBound
        var parts: [Range<Int>] = []
        if let low, let high, low < high { parts.append((low..<high).clamped(to: hole)) }
        // Somebody asks for a time, not for all that is silent around it.
        if window.fillsOpenEnds { parts.append(target.clamped(to: hole)) }
        parts.removeAll(where: \.isEmpty)
        guard parts.count == 2, parts[0].lowerBound <= parts[1].upperBound, parts[1].lowerBound <= parts[0].upperBound else { return parts }
        return [min(parts[0].lowerBound, parts[1].lowerBound)..<max(parts[0].upperBound, parts[1].upperBound)]
    }

    /// - Throws: `Overflow`.
    public func fill(_ aids: EstimationAids) throws(Overflow) -> Estimation.Result {
        var draft = Estimation.Draft(grid: grid)
        if !wanted.isEmpty {
            var aided = AidedSlots(grid, aids: aids, spans: spans, parameters: parameters)
            for gap in wanted { draft.firstPass(gap, likeDays: likeDays, aided: &aided, parameters: parameters) }
        }
        var result = Estimation.Result()
        for span in judged { result.findings += try draft.scale(span, window: window, validation: thresholds(span.first.at)) }
        for gap in gaps {
            let unfilled = draft.unfilled(in: gap, channel: window.channel)
            let time = grid.instant(gap.lowerBound)..<grid.instant(gap.upperBound)
            result.findings += unfilled
            if unfilled.isEmpty { result.filled.append(time) } else { result.unfilled.append(time) }
        }
        let slots = made
        result.estimates = draft.changes(in: slots)
        for slot in slots where !draft.stands(slot) && grid.standing[slot].mark.isReplaceable {
            let index = grid.dayIndex(of: slot)
            result.unsupported[grid.day(index), default: []].append(slot - grid.offsets[index])
        }
        return result
    }

    /// The holes of which is decided here what stands in them: those that touch the target, and those of the spans.
    private var made: [Int] {
        var isMade = Array(repeating: false, count: grid.count)
        for hole in holes { for slot in hole { isMade[slot] = true } }
        for span in judged { for slot in span.slots where grid.kinds[slot] == .hole { isMade[slot] = true } }
        return isMade.indices.filter { isMade[$0] }
    }
}
