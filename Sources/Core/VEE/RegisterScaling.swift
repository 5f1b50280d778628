public import Metering
public import Values

/// What the register counted between two of its readings, as the channel would have counted it.
struct RegisterSpan {
    var register: Register
    /// Of a tariff register: the slots it counts; nil: all of them.
    var times: TariffTimes?
    var first: RegisterReading
    var second: RegisterReading
    /// Slots of the grid between them; clipped to it.
    var slots: Range<Int>
    /// m × (R2 − R1), in 10^-6 of the channel's unit before the channel's factor.
    var target: Int64
    /// What is fixed between them, outside the grid included, in the same unit.
    var fixed: Int64
    /// Slots with a value that is fixed, and of all slots.
    var complete: DaySum

    /// The spans of neighbouring measured readings on the raster of which every day is known. A fall without rollover is no
    /// span: what it would scale to is not known.
    static func all(
        _ window: EstimationWindow, grid: SlotGrid, thresholds: (Instant) -> ValidationParameters
    ) throws(Overflow) -> [RegisterSpan] {
        guard !window.channel.obis.isNet, !window.channel.unit.isState else { return [] }
        var spans: [RegisterSpan] = []
        if let register = window.register {
            spans = try between(window.readings, of: register, counting: nil, window, grid: grid, thresholds: thresholds)
        }
        // Behind those of the total: what a customer pays by is right last. Only where all tariff registers were read at once:
        // the rest of one of them says nothing about the others.
        var parts: [[RegisterSpan]] = []
        for bucket in window.buckets {
            parts.append(
                try between(bucket.readings, of: bucket.register, counting: bucket.times, window, grid: grid, thresholds: thresholds))
        }
        for span in parts.flatMap(\.self)
        where parts.allSatisfy({ $0.contains { $0.first.at == span.first.at && $0.second.at == span.second.at } }) { spans.append(span) }
        return spans
    }

    private static func between(
        _ all: [RegisterReading], of register: Register, counting times: TariffTimes?, _ window: EstimationWindow, grid: SlotGrid,
        thresholds: (Instant) -> ValidationParameters
    ) throws(Overflow) -> [RegisterSpan] {
        var readings = all.filter { $0.status == .measured && onRaster($0.at, grid) }
        readings.sort { $0.at == $1.at ? $0.version > $1.version : $0.at < $1.at }
        var spans: [RegisterSpan] = []
        var last: RegisterReading?
        for reading in readings where reading.at != last?.at {
            defer { last = reading }
            guard let first = last,
                let span = try RegisterSpan(
                    first, reading, window: window, register: register, times: times, grid: grid, validation: thresholds(first.at))
            else { continue }
            spans.append(span)
        }
        return spans
    }

    /// Whether the register counts a slot.
    func counts(_ slot: Int, of grid: SlotGrid) -> Bool { times?.holds(grid.instant(slot), in: grid.time) ?? true }

    private static func onRaster(_ instant: Instant, _ grid: SlotGrid) -> Bool {
        grid.resolution.slot(at: instant, of: grid.time.day(of: instant), in: grid.time) != nil
    }

    private init?(
        _ first: RegisterReading, _ second: RegisterReading, window: EstimationWindow, register: Register, times: TariffTimes?,
        grid: SlotGrid, validation: ValidationParameters
    ) throws(Overflow) {
        let (time, channel) = (grid.time, window.channel)
        let from = time.day(of: first.at)
        guard register.countsThrough(from: first.at, until: second.at, time: time) else { return nil }
        let parameters = register.parameters(on: from)
        let capacity = register.ceiling(percent: validation.ceilingPercent)
        guard let advance = try Advance.between(first, second, parameters: parameters, capacity: capacity).micro,
            let consumed = try register.unit.convert(micro: try parameters.factor.times(micro: advance), to: channel.unit)
        else { return nil }
        let factor = channel.parameters(on: from).factor
        guard factor.millionths > 0 else { return nil }
        target = try Overflow.checked(Rounding.halfAwayFromZero.divide(Int128(consumed) * 1_000_000, by: Int128(factor.millionths)))

        var sum: Int128 = 0
        var (usable, expected): (Int32, Int32) = (0, 0)
        var begin: Int?
        var end = 0
        var day = from
        // A gas day begins with its raster, not with its name.
        func opens(_ day: Day) -> Instant { grid.resolution.start(of: 0, of: day, in: time) }
        while opens(day) < second.at {
            defer { day = day.adding(days: 1) }
            guard let range = grid.range(of: day), grid.kinds[range.lowerBound] != .unknown else { return nil }
            let low = max(range.lowerBound, grid.slot(at: first.at) ?? range.lowerBound)
            let high = min(range.upperBound, grid.slot(at: second.at) ?? range.upperBound)
            if begin == nil { begin = low }
            end = high
            for slot in low..<max(low, high) where times?.holds(grid.instant(slot), in: time) ?? true {
                expected += 1
                guard grid.kinds[slot] == .fixed else { continue }
                usable += 1
                sum += Int128(grid.values[slot])
            }
        }
        self.register = register
        self.times = times
        self.first = first
        self.second = second
        slots = (begin ?? 0)..<max(begin ?? 0, end)
        fixed = try Overflow.checked(sum)
        complete = DaySum(micro: fixed, usable: usable, expected: expected)
    }

    /// Estimates scaled so that fixed and estimated slots together are the advance, to the last millionth (2.2):
    /// x'ᵢ = xᵢ (m·dR − V) ÷ E, and equal shares where E is zero.
    ///
    /// - Parameter weights: the first-pass estimates, none negative, at least one.
    /// - Precondition: `residual` is not negative.
    /// - Throws: `Overflow`.
    static func scaled(_ weights: [Int64], to residual: Int64) throws(Overflow) -> [Int64] {
        let sum = weights.reduce(Int128(0)) { $0 + Int128($1) }
        // The shares multiply the two; beyond this they would leave 128 bits.
        guard sum < 1 << 62, residual < 1 << 62 else { throw Overflow() }
        return Shares.of(residual, by: sum == 0 ? Array(repeating: 1, count: weights.count) : weights)
    }
}

extension Register {
    /// Whether two readings at these moments are of one sequence, whose difference is what was counted: of one installation, without
    /// a reset between them. A factor that changes between two readings has a reading of its day, or the span cannot be judged.
    public func countsThrough(from first: Instant, until second: Instant, time: LocalTime = .berlin) -> Bool {
        let from = time.day(of: first)
        guard let home = installations.entries.first(where: { $0.range.contains(from) })?.range,
            home.until.map({ second <= time.start(of: $0) }) ?? true, !wasReset(between: first, and: second)
        else { return false }
        return !parameters.changes(in: DayRange(from: from, until: time.day(of: second).adding(days: 1))).contains {
            time.start(of: $0) < second
        }
    }
}
