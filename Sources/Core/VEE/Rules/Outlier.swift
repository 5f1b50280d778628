public import Metering
public import Values

/// A piece of a day beside the same slots of earlier like days.
public struct LikeDayHistory: RuleSubject {
    public var piece: IntervalPiece
    /// For each earlier like day the values of its slots; nil where nothing was measured. Days of another length are of no use.
    public var days: [[Int64?]]
    public var register: Register { piece.register }

    public init(piece: IntervalPiece, days: [[Int64?]]) {
        self.piece = piece
        self.days = days
    }
    /// From folded days: the nearest earlier days of the same load weekday or of one that stands in for it, of the same length,
    /// as far as they were measured; at most `parameters.outlierDays`.
    public init(
        piece: IntervalPiece, folded: [Day: DaySlots], holidays: HolidayCalendar = HolidayCalendar(state: nil),
        parameters: ValidationParameters = .init()
    ) {
        let kinds = LikeDays.preference[holidays.loadWeekday(piece.day)] ?? []
        let length = piece.resolution.slots(of: piece.day)
        let earlier = folded.filter { $0.key < piece.day && $0.value.count == length && kinds.contains(holidays.loadWeekday($0.key)) }
        self.piece = piece
        days = earlier.sorted { $0.key > $1.key }.prefix(max(0, parameters.outlierDays)).map { entry in
            entry.value.values.indices.map { entry.value.status($0) == .measured ? entry.value.values[$0] : nil }
        }
    }
}

extension Rules {
    /// B7: |x − median| > t × 1.4826 × MAD against the same slot of earlier like days (Hampel), the MAD at least half the median
    /// of the day. Neighbours would be the wrong crowd: they flag 3 to 9 % of all intervals of a home (reference 2.7).
    public static let outlier = Rule<LikeDayHistory>(
        RuleText(
            "outlier", "B7", .warning, .keeps, german: "Wert liegt weit außerhalb des Üblichen für diese Tageszeit",
            english: "A value far from what is usual at this time of day",
            action: "Bitte den Verlauf ansehen; der Wert bleibt gültig.")
    ) { subject, parameters in
        let piece = subject.piece
        guard let multiple = parameters.outlierMultiple, subject.days.count >= parameters.outlierLeastDays else { return [] }
        let all = subject.days.flatMap { $0.compactMap(\.self) }
        guard let dayMedian = Median.twice(all) else { return [] }
        // Everything in quarters of 10^-6: a median of an even number of values lies between two, and the MAD does so again.
        let floor = max(
            Rounding.halfAwayFromZero.divide(2 * Int128(max(0, dayMedian)) * Int128(parameters.outlierFloor.millionths), by: 1_000_000),
            4 * Int128(piece.register.parameters(on: piece.day).leastDigitMicro))
        return zip(piece.values, piece.statuses).enumerated().compactMap { offset, entry in
            let (value, status) = entry
            let slot = piece.firstSlot + offset
            guard status != ValueStatus.absent.rawValue else { return nil }
            let history = subject.days.compactMap { $0.indices.contains(slot) ? $0[slot] : nil }
            guard history.count >= parameters.outlierLeastDays, let median = Median.twice(history),
                let spread = Median.twice(history.map { Int64(clamping: (2 * Int128($0) - Int128(median)).magnitude) })
            else { return nil }
            let distance = Int128((2 * Int128(value) - Int128(median)).magnitude) * 2
            let limit = Int128(multiple) * 14_826 * max(Int128(spread), floor)
            guard distance * 10_000 > limit else { return nil }
            let unit = piece.register.unit
            let centre = Int64(clamping: median / 2)
            let allowed = Int64(clamping: limit / 40_000)
            return Hit(
                from: piece.instant(offset), until: piece.instant(offset + 1), slots: slot..<slot + 1,
                inputs: [
                    .init("value", Measure(micro: value, unit: unit).description),
                    .init("median", Measure(micro: centre, unit: unit).description),
                    .init("spread (MAD)", Measure(micro: Int64(clamping: spread / 4), unit: unit).description),
                    .init("like days", String(history.count)),
                ],
                threshold: "|x − median| ≤ \(Measure(micro: allowed, unit: unit)) (\(multiple) × 1.4826 × MAD)",
                explanation: "\(Wording.slot(piece.resolution)) \(Wording.amount(value, unit)) ab \(Wording.time(piece.instant(offset))); "
                    + "üblich sind um diese Zeit \(Wording.amount(centre, unit)) ± \(Wording.amount(allowed, unit)) "
                    + "(\(history.count) Vergleichstage).")
        }
    }
}

/// The middle of whole numbers, without fractions.
enum Median {
    /// Twice the median, so that the middle between two values is whole; nil of nothing.
    static func twice(_ values: [Int64]) -> Int64? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        let low = sorted.count.isMultiple(of: 2) ? sorted[middle - 1] : sorted[middle]
        return Int64(clamping: Int128(low) + Int128(sorted[middle]))
    }
}
