import Metering
import Values

extension Estimation {
    /// The estimates in the making, beside the grid they belong to.
    struct Draft {
        let grid: SlotGrid
        // One element per slot of the grid: a gap of a week has more slots than a dictionary bears at this place.
        private var values: [Int64]
        /// nil: nothing stands in for the slot.
        private var methods: [EstimationMethod?]
        /// In a gap that is to be filled.
        private var wanted: [Bool]

        init(grid: SlotGrid) {
            self.grid = grid
            values = Array(repeating: 0, count: grid.count)
            methods = Array(repeating: nil, count: grid.count)
            wanted = Array(repeating: false, count: grid.count)
        }

        /// The first method of the cascade that applies, before scaling.
        mutating func firstPass(_ gap: Range<Int>, likeDays: LikeDays, aided: inout AidedSlots, parameters: EstimationParameters) {
            for slot in gap { wanted[slot] = true }
            if parameters.allows(.linear), linear(gap, parameters: parameters) { return }
            if parameters.isState { return hold(gap) }
            let edge = GapEdge(gap, grid: grid, halfSeconds: parameters.edgeHalfSeconds)
            let days = grid.dayIndex(of: gap.upperBound - 1) - grid.dayIndex(of: gap.lowerBound) + 1
            let weatherFirst = parameters.allows(.temperatureScaled) && aided.followsTemperature && days >= parameters.temperatureFirstDays
            var slot = gap.lowerBound
            while slot < gap.upperBound {
                let index = grid.dayIndex(of: slot)
                let end = min(gap.upperBound, grid.offsets[index + 1])
                let day = grid.day(index)
                let references = parameters.allows(.likeDay) ? likeDays.references(for: day) : []
                let neighbours = references.isEmpty ? [] : likeDays.neighbours(of: day)
                let wider = references.isEmpty && parameters.allows(.likeDay) ? likeDays.widerReferences(for: day) : []
                if weatherFirst, carry(slot..<end, in: gap, likeDays: likeDays, references: references, aided: &aided) {
                    slot = end
                    continue
                }
                for target in slot..<end {
                    if weatherFirst, let carried = aided.temperatureScaled(target, in: gap) {
                        set(target, carried, .temperatureScaled)
                    } else if let usual = likeDays.usual(of: target, over: references, beside: neighbours) {
                        set(target, edge?.blended(usual, at: target) ?? usual, .likeDay)
                    } else if parameters.allows(.previousWeek), let week = likeDays.previousWeek(of: target) {
                        set(target, week, .previousWeek)
                    } else if let mean = likeDays.mean(of: target, over: wider) {
                        set(target, mean, .likeDay)
                    } else if !aided.isEmpty {
                        fallBack(target, in: gap, aided: &aided, parameters: parameters)
                    }
                }
                slot = end
            }
        }

        /// The slots of one day by temperature: it knows how much the day took, like days know when. False where one of both is missing.
        private mutating func carry(
            _ slots: Range<Int>, in gap: Range<Int>, likeDays: LikeDays, references: [Day], aided: inout AidedSlots
        ) -> Bool {
            var weights: [Int128] = []
            var total: Int128 = 0
            for slot in slots {
                guard let carried = aided.temperatureScaled(slot, in: gap), carried >= 0,
                    let usual = likeDays.mean(of: slot, over: references),
                    usual >= 0
                else { return false }
                total += Int128(carried)
                // The profile's own shape is kept: it may step at 06:00, where the gas day changes.
                weights.append(Int128(carried) * Int128(usual))
            }
            let sum = weights.reduce(0, +)
            guard sum > 0, sum < 1 << 100 else { return false }
            for (slot, weight) in zip(slots, weights) {
                let (product, over) = total.multipliedReportingOverflow(by: weight)
                guard !over else { return false }
                set(slot, Int64(clamping: Rounding.halfAwayFromZero.divide(product, by: sum)), .temperatureScaled)
            }
            return true
        }

        /// The methods behind like days and the previous week, in the order of the reference.
        private mutating func fallBack(_ slot: Int, in gap: Range<Int>, aided: inout AidedSlots, parameters: EstimationParameters) {
            if parameters.allows(.loadProfile), let share = aided.loadProfile(slot) {
                set(slot, share, .loadProfile)
            } else if parameters.allows(.temperatureScaled), let carried = aided.temperatureScaled(slot, in: gap) {
                set(slot, carried, .temperatureScaled)
            } else if parameters.allows(.previousYear), let then = aided.previousYear(slot, gap: gap) {
                set(slot, then, .previousYear)
            } else if parameters.allows(.classAverage), let mean = aided.classAverage(slot) {
                set(slot, mean, .classAverage)
            }
        }

        /// Method 10: the value before, as long as the gap lasts.
        private mutating func hold(_ gap: Range<Int>) {
            guard gap.lowerBound > 0, grid.kinds[gap.lowerBound - 1] == .fixed else { return }
            let held = Estimation.held(grid.values[gap.lowerBound - 1], count: gap.count)
            for (slot, value) in zip(gap, held) { set(slot, value, .held) }
        }

        /// Point to point, if both ends are there and the gap is short: interior fractions k ÷ (n + 1), not k ÷ n.
        private mutating func linear(_ gap: Range<Int>, parameters: EstimationParameters) -> Bool {
            guard grid.isBridged(gap, within: parameters.linearLimitSeconds) else { return false }
            let before = Int128(grid.values[gap.lowerBound - 1])
            let after = Int128(grid.values[gap.upperBound])
            for (index, slot) in gap.enumerated() {
                let step = Rounding.halfAwayFromZero.divide((after - before) * Int128(index + 1), by: Int128(gap.count + 1))
                // Between two Int64 lies an Int64.
                set(slot, Int64(clamping: before + step), .linear)
            }
            return true
        }

        private mutating func set(_ slot: Int, _ value: Int64, _ method: EstimationMethod) {
            values[slot] = value
            methods[slot] = method
        }

        /// Scales what lies between two readings to the advance, or says why not.
        mutating func scale(_ span: RegisterSpan, window: EstimationWindow, validation: ValidationParameters) throws(Overflow) -> [Finding]
        {
            let holes = span.slots.filter { grid.kinds[$0] == .hole && span.counts($0, of: grid) }
            guard holes.allSatisfy({ wanted[$0] }) else { return [] }
            let judged = ChannelSpan(
                register: span.register, channel: window.channel, first: span.first, second: span.second, intervals: span.complete)
            if holes.isEmpty {
                return span.first.at.seconds(until: span.second.at) < SumCheck.shortestSeconds
                    ? [] : Validation.check(judged, parameters: validation)
            }
            let residual = Int128(span.target) - Int128(span.fixed)
            if residual < 0 {
                guard let check = try SumCheck(judged, parameters: validation) else { return [] }
                if !check.holds { return [check.hit.finding(of: Rules.registerAgainstIntervals.text, window.channel)] }
            }
            let known = holes.filter(stands).map { max(0, values[$0]) }
            // A slot without an estimate of its own weighs as much as the mean of the others; if it is alone, all weigh the same.
            let mean = known.isEmpty ? 0 : Int64(clamping: known.reduce(Int128(0)) { $0 + Int128($1) } / Int128(known.count))
            let weights = holes.map { stands($0) ? max(0, values[$0]) : mean }
            let shares = try RegisterSpan.scaled(weights, to: try Overflow.checked(max(0, residual)))
            for (slot, share) in zip(holes, shares) { set(slot, share, methods[slot] ?? .flat) }
            return []
        }

        /// Whether something stands in for a slot.
        func stands(_ slot: Int) -> Bool { methods[slot] != nil }

        /// One finding for a gap of which no method reached all slots: from the first such slot to the last, however many there are
        /// between that something stands in for.
        func unfilled(in gap: Range<Int>, channel: Register) -> [Finding] {
            let empty = gap.filter { !stands($0) }
            guard let first = empty.first, let last = empty.last else { return [] }
            let (from, until) = (grid.instant(first), grid.instant(last + 1))
            return [
                Hit(
                    from: from, until: until, inputs: [.init("missing", String(empty.count))],
                    threshold: "two neighbours within 2 h, a like day, the week before, or a register advance",
                    explanation:
                        "\(empty.count) × \(Wording.slot(grid.resolution)) fehlt von \(Wording.time(from)) bis \(Wording.time(until)), und es gibt weder "
                        + "Vergleichstage noch Zählerstände, aus denen ein Ersatzwert zu bilden wäre. Bitte nachliefern lassen."
                ).finding(of: Estimation.withoutBasis, channel)
            ]
        }

        /// What differs from what is stored, in runs that do not cross midnight.
        func changes(in slots: [Int]) -> [Estimate] {
            let changed = slots.filter { slot in
                stands(slot) && (grid.standing[slot].value != values[slot] || grid.standing[slot].mark != mark(slot))
            }
            return runs(of: changed).flatMap { run in
                var estimates: [Estimate] = []
                var slot = run.lowerBound
                while slot < run.upperBound {
                    let index = grid.dayIndex(of: slot)
                    let end = min(run.upperBound, grid.offsets[index + 1])
                    estimates.append(
                        Estimate(
                            day: grid.day(index), firstSlot: slot - grid.offsets[index], values: Array(values[slot..<end]),
                            marks: MarkRun.runs(of: (slot..<end).map(mark))))
                    slot = end
                }
                return estimates
            }
        }

        private func mark(_ slot: Int) -> Mark {
            let old = grid.marks[slot]
            // An estimate made anew keeps the reason for which there is one.
            let reason: EstimationReason =
                switch old.status {
                case .rejected: old.isTakenBack ? .withdrawn : .failedValidation
                case .estimated: EstimationReason(rawValue: old.reason) ?? .gap
                default: .gap
                }
            return Mark(status: .estimated, method: (methods[slot] ?? .none).rawValue, reason: reason.rawValue)
        }

        private func runs(of slots: [Int]) -> [Range<Int>] {
            var runs: [Range<Int>] = []
            for slot in slots {
                if let last = runs.last, last.upperBound == slot {
                    runs[runs.count - 1] = last.lowerBound..<slot + 1
                } else {
                    runs.append(slot..<slot + 1)
                }
            }
            return runs
        }
    }
}
