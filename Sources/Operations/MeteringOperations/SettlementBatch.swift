internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What the settlements of many channels read, and what they write: in a handful of statements for all instead of for each.
///
/// Everything is read as it stood when the batch was made: a channel is settled once per batch, and what it writes is stored by
/// ``flush()``. No settlement asks what another one estimated, only what was measured.
final class SettlementBatch {
    let connection: Connection
    let now: Instant
    private var loaded: [Int64: (range: DayRange, days: ChannelDays)] = [:]
    private var holidays: [Identifier<MeteringPoint>: HolidayCalendar] = [:]
    /// Points with a check meter or a place at a node.
    private var referenced: Set<Identifier<MeteringPoint>> = []
    private var findings: [Int64: [OpenFindings.Known]] = [:]
    private var blocks: [NewBlock] = []

    /// How many channels are unpacked at a time: some months of each are held.
    static let size = 50

    /// A channel with the days that were touched.
    struct Touched {
        let entry: RegisterEntry
        let first: Day
        let last: Day
    }

    init(_ channels: [Touched], now: Instant, in connection: Connection) throws {
        self.connection = connection
        self.now = now
        guard !channels.isEmpty else { return }
        var wanted: [(register: Int64, from: Day, until: Day)] = []
        var points: Set<Identifier<MeteringPoint>> = []
        for channel in channels {
            let first = channel.first.adding(days: -2 * ChannelView.reach)
            let end = channel.last.adding(days: 2 * ChannelView.reach + 1)
            wanted.append((channel.entry.id, first, end))
            let touched = DayRange(from: channel.first, until: channel.last.adding(days: 1))
            points.formUnion(channel.entry.register.installations.pieces(in: touched).map(\.value))
        }
        let stored = try connection.dayBlocks(wanted)
        for (register, first, end) in wanted { loaded[register] = (DayRange(from: first, until: end), stored[register] ?? ChannelDays()) }
        holidays = try connection.holidays(atPoints: Array(points))
        let answers = try connection.pipeline([
            """
            SELECT metering_point_id FROM check_meter WHERE metering_point_id = ANY(\(Array(points)))
            UNION SELECT metering_point_id FROM network_node_member WHERE metering_point_id = ANY(\(Array(points)))
            """,
            OpenFindings.query(of: wanted.map(\.register), rules: OpenFindings.ofChannels),
        ])
        for row in try answers[0].map({ try $0.get(0, as: Identifier<MeteringPoint>.self) }) { referenced.insert(row) }
        findings = try OpenFindings.known(answers[1])
    }

    /// The stored days of a channel from one on until before another.
    func days(of register: Int64, from first: Day, until end: Day) throws -> ChannelDays {
        if let (range, days) = loaded[register], range.from <= first, let until = range.until, end <= until {
            return ChannelDays(days: days.days.filter { first <= $0.key && $0.key < end })
        }
        return try connection.dayBlocks([(register, first, end)])[register] ?? ChannelDays()
    }

    func holidays(at point: Identifier<MeteringPoint>) -> HolidayCalendar { holidays[point] ?? HolidayCalendar(code: nil) }

    /// Whether somebody else may have measured what a channel of a point did not.
    func hasReferences(_ point: Identifier<MeteringPoint>) -> Bool { referenced.contains(point) }

    /// The open findings of a channel about its state, within a time.
    func open(_ register: Int64, within range: Range<Instant>) -> [OpenFindings.Known] {
        (findings[register] ?? []).filter { $0.touches(range) }
    }

    func write(_ new: [NewBlock]) { blocks += new }

    /// Stores what was written. Nothing is settled by this batch afterwards.
    /// - Returns: what it stored.
    @discardableResult
    func flush() throws -> [NewBlock] {
        try connection.insert(blocks, knownSince: now)
        defer { (blocks, loaded) = ([], [:]) }
        return blocks
    }
}
