internal import Metering
public import Postgres
internal import VEE
public import Values

/// Looks over all metering points: who is silent, whose data have holes, what lasts too long, what flows where nothing should,
/// and what is out of the ordinary over many days. Ingest judges what arrives; a survey judges what does not, and what needs time.
public struct SurveyMeteringPoints: Sendable {
    /// How much is looked at.
    public enum Depth: Sendable, CaseIterable {
        /// Who delivers and who does not: seconds for a hundred thousand points.
        case deliveries
        /// The values of the last days, too, and the gaps among them.
        case values
    }

    /// What was found.
    public struct Report: Hashable, Sendable {
        public var channels = 0
        public var registers = 0
        /// Findings that hold now, by rule.
        public var found: [String: Int] = [:]
        /// Of those, not open before.
        public var opened = 0
        /// Findings whose cause is gone.
        public var closed = 0
        /// Slots that were estimated in gaps that nobody had looked at.
        public var estimated = 0
    }

    /// Days of which coverage is asked.
    static let coverageDays = 7
    /// How many days that are over are judged again each time: values come late.
    static let judgedDays = 3
    /// Registers of one meter are read together; one that was not read within so many days of the others was left out.
    static let siblingDays = 40

    let pool: Pool
    let directory: MeterDirectory

    /// - Parameter directory: shared with all that ingests in this process.
    public init(pool: Pool, directory: MeterDirectory = MeterDirectory()) {
        self.pool = pool
        self.directory = directory
    }

    /// A page of meters is a transaction: what is done stays done, and doing it again changes nothing.
    public func callAsFunction(
        _ depth: Depth = .values, now: Instant, progress: (@Sendable (Int, Int) -> Void)? = nil
    ) async throws -> Report {
        var report = Report()
        let survey = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { try DeliverySurvey(now: now, in: $0) }
        report.channels = survey.channels.count
        report.registers = survey.readRegisters
        let (findings, counts) = try await pool.transaction { connection in
            let findings = try survey.findings(in: connection)
            return (findings.drafts.map(\.finding.rule), try findings.settle(rules: DeliverySurvey.rules, now: now, in: connection))
        }
        for rule in findings { report.found[rule, default: 0] += 1 }
        report.opened += counts.opened
        report.closed += counts.closed
        guard depth == .values else { return report }

        let meters = try await pool.with { connection in
            try connection.query(
                "SELECT DISTINCT m.id, m.serial FROM installation i JOIN meter m ON m.id = i.meter_id WHERE i.valid @> \(survey.today.adding(days: -1)) ORDER BY m.id"
            ).map { (id: try $0.get(0, as: Identifier<Meter>.self), serial: try $0.get(1, as: String.self)) }
        }
        let (uneven, open) = (survey.metersWithHoles, survey.holes)
        var done = 0
        while done < meters.count {
            let page = Array(meters[done..<min(done + 100, meters.count)])
            let holes = page.filter { uneven.contains($0.id) }
            if !holes.isEmpty { report.estimated += try await close(holes, channels: open, survey.window, now: now) }
            let part = try await pool.transaction { connection in
                var values = ValueSurvey(today: survey.today, now: now)
                try values.judge(page.map(\.id), in: connection)
                let counts = try values.findings.settle(rules: ValueSurvey.rules, registers: values.registers, now: now, in: connection)
                return (rules: values.findings.drafts.map(\.finding.rule), counts: counts)
            }
            for rule in part.rules { report.found[rule, default: 0] += 1 }
            report.opened += part.counts.opened
            report.closed += part.counts.closed
            done += page.count
            progress?(done, meters.count)
        }
        return report
    }

    /// Gaps that lie between values although nobody has estimated them: two nodes took in both sides at once, and neither saw the other.
    private func close(
        _ meters: [(id: Identifier<Meter>, serial: String)], channels: Set<Int64>, _ window: DayRange, now: Instant
    ) async throws -> Int {
        try await directory.gate.pass(Set(meters.map(\.serial))) {
            try await pool.transaction(retries: VersionCollision.retries) { connection in
                try VersionCollision.asSerializationFailure {
                    var estimated = 0
                    for meter in try connection.meterEntries(meters.map(\.id)) {
                        for entry in meter.registers where channels.contains(entry.id) {
                            let last = window.lastDay ?? window.from
                            let batch = try SettlementBatch(
                                [.init(entry: entry, first: window.from, last: last)], now: now, in: connection)
                            let settlement = ChannelSettlement(
                                entry: entry, cause: "Nach der Durchsicht aller Messstellen nicht mehr zutreffend")
                            estimated += try settlement.run(from: window.from, through: last, in: batch).estimated
                            try batch.flush()
                        }
                    }
                    return estimated
                }
            }
        }
    }
}
