internal import Metering
internal import VEE
internal import Values

extension ChannelSettlement {
    /// What is wrong with the channel as it stands, of the rules that speak of its state: gaps, sums, values no rule lets pass.
    ///
    /// - Parameter estimated: what the estimation found.
    /// - Returns: a function from what is open to what shall be: declared gaps are remembered only by their findings.
    func findings(_ view: ChannelView, _ estimated: Estimation.Result, now: Instant) -> (_ open: [OpenFindings.Known]) -> [OpenFindings
        .Wanted]
    {
        { open in
            var wanted = estimated.findings.map(OpenFindings.Wanted.holds)
            wanted += gaps(view, estimated, open)
            wanted += rejections(view, open, now: now)
            return wanted
        }
    }

    /// A6: the slots that senders declared to be without a value, and of which none has come since, and those that nobody sent and
    /// something stands in for. One run, one finding.
    private func gaps(_ view: ChannelView, _ estimated: Estimation.Result, _ open: [OpenFindings.Known]) -> [OpenFindings.Wanted] {
        let filled = estimated.filled
        let declared = open.filter { $0.rule == Rules.gap.text.name }
        guard let from = (declared.map(\.from) + filled.map(\.lowerBound)).min(),
            let until = (declared.map(\.until) + filled.map(\.upperBound)).max()
        else { return [] }
        var runs: [(from: Instant, until: Instant, count: Int)] = []
        var day = Self.time.day(of: from)
        while Self.time.start(of: day) < until {
            let received = DayBlock.fold(
                (view.stored.days[day] ?? []).filter(\.isDelivered).map(\.overlay), slots: view.resolution.slots(of: day))
            let known = view.known[day]
            for slot in 0..<received.count {
                let start = view.resolution.start(of: slot, of: day)
                // What is cancelled is missing again; what a person said of a slot fills it, and of a declared one waits for the others.
                let isMissing = known.map { $0.status(slot) == .absent } ?? true
                guard isMissing || received.status(slot) == .absent else { continue }
                // Of a gap that nothing stands in for another finding says more.
                if estimated.unfilled.contains(where: { $0.contains(start) }) { continue }
                guard
                    declared.contains(where: { $0.from <= start && start < $0.until })
                        || isMissing && filled.contains(where: { $0.contains(start) })
                else { continue }
                let end = view.resolution.start(of: slot + 1, of: day)
                if let last = runs.last, last.until == start {
                    runs[runs.count - 1] = (last.from, end, last.count + 1)
                } else {
                    runs.append((start, end, 1))
                }
            }
            day = day.adding(days: 1)
        }
        return runs.map { .holds(Rules.missing(of: channel, $0.count, from: $0.from, until: $0.until)) }
    }

    /// What rules reject slot by slot stays open for as long as the slot stays rejected, and is told anew of the whole day: a run of
    /// bad values may have come in pieces.
    private func rejections(_ view: ChannelView, _ open: [OpenFindings.Known], now: Instant) -> [OpenFindings.Wanted] {
        let known = open.filter { OpenFindings.ofSlots.contains($0.rule) }
        guard !known.isEmpty else { return [] }
        var wanted: [OpenFindings.Wanted] = []
        func rejected(_ day: Day) -> [Int] {
            guard let slots = view.known[day] else { return [] }
            return (0..<slots.count).filter {
                slots.status($0) == .rejected && slots.reasons[$0] == EstimationReason.failedValidation.rawValue
            }
        }
        wanted += contradictions(view, known.filter { $0.rule == Rules.overlap.text.name }, rejected)
        let recomputed = [Rules.negative.text.name, Rules.physicalCeiling.text.name]
        for finding in known where finding.rule == Rules.collapsedHour.text.name {
            let day = Self.time.day(of: finding.from)
            let holds = rejected(day).contains { slot in
                let start = view.resolution.start(of: slot, of: day)
                return finding.from <= start && start < finding.until
            }
            if holds { wanted.append(.stays(finding.id)) }
        }
        for day in Set(known.filter { recomputed.contains($0.rule) }.map { Self.time.day(of: $0.from) }) {
            let bad = Set(rejected(day))
            guard !bad.isEmpty, let slots = view.known[day] else { continue }
            let statuses = (0..<slots.count).map { bad.contains($0) ? ValueStatus.measured.rawValue : ValueStatus.absent.rawValue }
            let piece = IntervalPiece(
                register: channel, day: day, firstSlot: 0, values: slots.values[...], statuses: statuses[...], now: now)
            wanted += Validation.check(piece, parameters: entry.parameters(on: day)).findings.filter { recomputed.contains($0.rule) }.map(
                OpenFindings.Wanted.holds)
        }
        return wanted
    }

    /// A7: what a delivery contradicted itself about, as far as it still stands rejected. One run, one finding, wherever the file was cut.
    private func contradictions(
        _ view: ChannelView, _ known: [OpenFindings.Known], _ rejected: (Day) -> [Int]
    ) -> [OpenFindings.Wanted] {
        guard let from = known.map(\.from).min(), let until = known.map(\.until).max() else { return [] }
        var runs: [(from: Instant, until: Instant, count: Int)] = []
        for day in DayRange(from: Self.time.day(of: from), until: Self.time.day(of: until).adding(days: 1)).days {
            for slot in rejected(day) {
                let (start, end) = (view.resolution.start(of: slot, of: day), view.resolution.start(of: slot + 1, of: day))
                guard known.contains(where: { $0.from <= start && start < $0.until }) else { continue }
                if let last = runs.last, last.until == start {
                    runs[runs.count - 1] = (last.from, end, last.count + 1)
                } else {
                    runs.append((start, end, 1))
                }
            }
        }
        return runs.map { run in
            // What names the two values of a single slot keeps them.
            known.first { $0.from == run.from && $0.until == run.until }.map { .stays($0.id) }
                ?? .holds(Rules.contradiction(of: channel, run.count, from: run.from, until: run.until))
        }
    }
}
