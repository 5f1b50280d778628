internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Judges what flows in a pipe by all that is known around some days: a burst that was delivered quarter hour by quarter hour is
/// one burst, and one finding that grows.
struct FlowSettlement {
    let entry: RegisterEntry
    let now: Instant
    /// What made this necessary, in German.
    let cause: String

    /// How far a flow is followed to both sides.
    private static let longestDays = 31

    /// Whether the rules about flows speak of a register.
    static func concerns(_ register: Register) -> Bool {
        (register.commodity == .water || register.commodity == .heat) && register.unit.dimension == .volume && register.resolution != nil
    }

    /// - Returns: how many findings were opened.
    func run(from first: Day, through last: Day, message: IngestMessage? = nil, in connection: Connection) throws -> Int {
        let register = entry.register
        guard let resolution = register.resolution else { return 0 }
        var stored = ChannelDays()
        func load(_ from: Day, _ through: Day) throws {
            let more = try connection.dayBlocks([(entry.id, from, through.adding(days: 1))])[entry.id]
            stored.days.merge(more?.days ?? [:]) { $1 }
        }
        /// What was measured of a day, be it believed or not; estimates say nothing about a pipe.
        func piece(_ day: Day) -> IntervalPiece? {
            stored.known(day, resolution: resolution).map { slots in
                let statuses = slots.values.indices.map { slot -> UInt8 in
                    let isMeasured = slots.status(slot) == .measured || slots.mark(slot) == OpenFindings.doubted
                    return (isMeasured ? ValueStatus.measured : .absent).rawValue
                }
                return IntervalPiece(
                    register: register, day: day, firstSlot: 0, values: slots.values[...], statuses: statuses[...], now: now)
            }
        }
        /// Whether the flow at an end of a day is one that may go on beyond.
        func goesOn(_ day: Day, atBegin: Bool) -> Bool {
            guard let piece = piece(day) else { return false }
            let slot = atBegin ? 0 : piece.values.count - 1
            return IntervalPiece(
                register: register, day: day, firstSlot: slot, values: piece.values[slot...slot], statuses: piece.statuses[slot...slot],
                now: now
            ).flowsOddly(entry.parameters(on: day))
        }
        var (low, high) = (first.adding(days: -1), last.adding(days: 1))
        try load(low, high)
        while goesOn(low, atBegin: true), low.days(until: first) < Self.longestDays {
            low = low.adding(days: -1)
            try load(low, low)
        }
        while goesOn(high, atBegin: false), last.days(until: high) < Self.longestDays {
            high = high.adding(days: 1)
            try load(high, high)
        }
        let subject = FlowObservation(register: register, pieces: DayRange(from: low, until: high.adding(days: 1)).days.compactMap(piece))
        let time = LocalTime.berlin
        let found = Validation.flowRules.flatMap { $0.findings(on: subject, parameters: entry.parameters(on: last)) }
        var range = time.start(of: first)..<time.start(of: last.adding(days: 1))
        // What flows into the days, or out of them, is a finding from its begin to its end.
        for finding in found where finding.from <= range.upperBound && finding.until >= range.lowerBound {
            range = min(range.lowerBound, finding.from)..<max(range.upperBound, finding.until)
        }
        let wanted = found.filter { $0.from < range.upperBound && $0.until > range.lowerBound }
        return try OpenFindings(
            entry: entry, now: now, cause: cause, rules: Validation.flowRules.map(\.text.name), heedsThisMoment: true
        ).settle(
            // What a meter says of itself is not for its values to take back.
            { open in wanted.map(OpenFindings.Wanted.holds) + open.filter { $0.from == $0.until }.map { .stays($0.id) } },
            within: range, message, in: connection)
    }
}
