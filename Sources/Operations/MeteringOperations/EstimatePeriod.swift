internal import Metering
public import Postgres
internal import VEE
public import Values

/// Runs validation and estimation again for a period: after rules, capacities or master data changed, and to fill gaps for
/// which nothing came any more.
public struct EstimatePeriod: Sendable {
    /// What was done.
    public struct Report: Hashable, Sendable {
        public var channels = 0
        /// Slots that became rejected by today's rules.
        public var rejected = 0
        /// Slots that were estimated, or estimated anew with another result.
        public var estimated = 0
        /// Findings that were not open before.
        public var findings = 0
    }

    let pool: Pool
    let directory: MeterDirectory

    /// - Parameter directory: shared with all that ingests in this process, so that both keep out of each other's way.
    public init(pool: Pool, directory: MeterDirectory = MeterDirectory()) {
        self.pool = pool
        self.directory = directory
    }

    /// A page of meters is a transaction: what is done stays done.
    ///
    /// - Parameters:
    ///   - period: has an end; what lies after the local day of `now` is left out.
    ///   - progress: meters done and in all.
    public func callAsFunction(
        _ period: DayRange, now: Instant, progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> Report {
        let today = LocalTime.berlin.day(of: now)
        guard let span = DayRange(checked: period.from, until: min(period.until ?? today, today)) else { return Report() }
        let meters = try await pool.with { connection in
            try connection.query(
                """
                SELECT DISTINCT m.id, m.serial FROM installation i JOIN meter m ON m.id = i.meter_id JOIN register r ON r.meter_id = m.id
                WHERE r.resolution_seconds IS NOT NULL AND i.valid && \(span) ORDER BY m.id
                """
            ).map { (id: try $0.get(0, as: Identifier<Meter>.self), serial: try $0.get(1, as: String.self)) }
        }
        var report = Report()
        var done = 0
        while done < meters.count {
            let page = Array(meters[done..<min(done + 50, meters.count)])
            // Deliveries of these meters wait, as they wait for each other: neither may miss what the other writes.
            let part = try await directory.gate.pass(Set(page.map(\.serial))) {
                try await pool.transaction(retries: VersionCollision.retries) { connection in
                    try VersionCollision.asSerializationFailure {
                        try EstimatePeriod.run(page.map(\.id), span, now: now, in: connection)
                    }
                }
            }
            report.channels += part.channels
            report.rejected += part.rejected
            report.estimated += part.estimated
            report.findings += part.findings
            done += page.count
            progress?(done, meters.count)
        }
        return report
    }

    private static func run(
        _ meters: [Identifier<Meter>], _ span: DayRange, now: Instant, in connection: Connection
    ) throws -> Report {
        var report = Report()
        guard let until = span.until else { return report }
        for meter in try connection.meterEntries(meters) {
            for entry in meter.registers where entry.register.resolution == nil {
                report.rejected += try reconsider(entry, span, now: now, in: connection, findings: &report.findings)
            }
            for entry in meter.registers where entry.register.resolution != nil {
                report.channels += 1
                report.rejected += try revalidate(entry, span, now: now, in: connection)
                let last = until.adding(days: -1)
                if FlowSettlement.concerns(entry.register) {
                    report.findings += try FlowSettlement(entry: entry, now: now, cause: cause).run(
                        from: span.from, through: last, in: connection)
                }
                let batch = try SettlementBatch([.init(entry: entry, first: span.from, last: last)], now: now, in: connection)
                let settlement = ChannelSettlement(
                    entry: entry, cause: cause, fillsOpenEnds: true)
                let outcome = try settlement.run(from: span.from, through: last, in: batch)
                try batch.flush()
                report.estimated += outcome.estimated
                report.findings += outcome.opened
            }
        }
        return report
    }

    private static let settledApart = Set([Rules.gap.text.name] + Validation.flowRules.map(\.text.name))

    /// Today's rules over what is stored: slots that fail become rejected, as a version of their own.
    private static func revalidate(
        _ entry: RegisterEntry, _ span: DayRange, now: Instant, in connection: Connection
    ) throws -> Int {
        guard let resolution = entry.register.resolution, let until = span.until else { return 0 }
        let stored = try connection.dayBlocks([(entry.id, span.from, until)])[entry.id] ?? ChannelDays()
        var blocks: [NewBlock] = []
        var found: [Finding] = []
        var count = 0
        for day in stored.days.keys.sorted() {
            guard let fold = stored.fold(day, resolution: resolution) else { continue }
            // Only what somebody claims to have measured is judged, and only where it stands today; what a person accepted is.
            let measured = zip(fold.statuses, fold.reasons).map { status, reason in
                (status == ValueStatus.measured.rawValue || status == ValueStatus.provisional.rawValue)
                    && reason != EstimationReason.person.rawValue ? status : ValueStatus.absent.rawValue
            }
            let verdict = Validation.check(
                IntervalPiece(
                    register: entry.register, day: day, firstSlot: 0, values: fold.values[...], statuses: measured[...], now: now),
                parameters: entry.parameters(on: day))
            // What flows on over midnight is one flow, and gaps go on as well: their own settlements follow.
            found += verdict.findings.filter { !settledApart.contains($0.rule) }
            let fallen = (0..<fold.count).filter { measured[$0] != ValueStatus.absent.rawValue && verdict.rejects($0) }
            guard let first = fallen.first, let last = fallen.last else { continue }
            count += fallen.count
            let rejected = Mark(status: .rejected, reason: EstimationReason.failedValidation.rawValue)
            let marks = MarkRun.runs(of: (first...last).map { fallen.contains($0) ? rejected : .absent })
            blocks.append(
                NewBlock(
                    register: entry.id, day: day, version: stored.lastVersion(day) + 1, firstSlot: first, slots: last - first + 1,
                    values: DayBlock.pack(fold.values[first...last]), marks: DayBlock.pack(marks: marks), delivery: nil,
                    author: Machine.rules))
        }
        try connection.insert(blocks, knownSince: now)
        // What a person has settled is not opened again.
        let open = try OpenFindings(entry: entry, now: now, cause: cause).unsettled(found, in: connection)
        try connection.insert(
            open.map { FindingDraft(finding: $0, register: entry.register.id, point: entry.point(at: $0.from), message: nil) }, now: now)
        return count
    }

    /// Today's rules over the readings of a register: one that contradicts the others becomes rejected, one that a rule rejected and
    /// that passes now is measured again. What a person or the sender withdrew stays withdrawn.
    private static func reconsider(
        _ entry: RegisterEntry, _ span: DayRange, now: Instant, in connection: Connection, findings: inout Int
    ) throws -> Int {
        guard let until = span.until else { return 0 }
        let time = LocalTime.berlin
        let moments = try connection.query(
            """
            SELECT DISTINCT at FROM register_reading WHERE register_id = \(entry.id)
            AND at >= \(time.start(of: span.from)) AND at < \(time.start(of: until)) ORDER BY at
            """
        ).map { try $0.get(0, as: Instant.self) }
        guard let first = moments.first, let last = moments.last else { return 0 }
        let outcome = try RegisterSettlement(entry: entry, now: now, cause: cause).run(from: first, through: last, in: connection)
        findings += outcome.opened
        if let total = entry.total {
            findings += try TariffSettlement(total: total, now: now, cause: cause).run(from: first, through: last, in: connection)
        }
        return outcome.rejected
    }

    /// What a finding that closes says of it.
    private static let cause = "Nach erneuter Prüfung des Zeitraums nicht mehr zutreffend"
}
