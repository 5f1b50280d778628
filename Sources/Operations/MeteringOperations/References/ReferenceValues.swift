internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What others measured where a channel has nothing: its check meter (method 1), or the balance of a fully metered node (method
/// 2). Both come before anything that is estimated, and only measured values speak: an estimate of an estimate would be one.
struct ReferenceValues {
    let channel: Register
    let point: Identifier<MeteringPoint>
    let connection: Connection

    /// Values for slots in which nothing is known.
    ///
    /// - Parameters:
    ///   - known: the days without what was estimated here.
    ///   - target: the days in question; has an end.
    ///   - isOpen: also behind the last value of the channel; else more may be on its way.
    func estimates(_ known: [Day: DaySlots], target: DayRange, isOpen: Bool) throws -> [Estimate] {
        guard let resolution = channel.resolution, channel.installations.entries.contains(where: { $0.value == point }) else { return [] }
        let holes = holes(known, target: target, resolution, isOpen: isOpen)
        guard let first = holes.keys.min(), let last = holes.keys.max() else { return [] }
        let span = DayRange(from: first, until: last.adding(days: 1))
        let checks = try connection.checkMeters(of: channel, at: point, in: span)
        let nodes = try connection.nodes(of: channel, at: point, in: span)
        guard !checks.isEmpty || !nodes.isEmpty else { return [] }
        var estimates: [Estimate] = []
        let series = ReferenceSeries(channel: channel, resolution: resolution, connection: connection)
        for (day, slots) in holes.sorted(by: { $0.key < $1.key }) {
            var rest = slots
            for check in checks where check.valid.contains(day) {
                guard let column = try series.column(check.register, on: day) else { continue }
                take(&rest, from: column, day, check.isCalibrated ? .checkMeter : .uncalibratedCheckMeter, known, into: &estimates)
            }
            for node in nodes where node.valid.contains(day) && !rest.isEmpty {
                guard let column = try balance(node, on: day, series, resolution) else { continue }
                take(&rest, from: column, day, .balance, known, into: &estimates)
            }
        }
        return estimates
    }

    private func holes(_ known: [Day: DaySlots], target: DayRange, _ resolution: Resolution, isOpen: Bool) -> [Day: [Int]] {
        func hasValue(_ slots: DaySlots) -> [Int] { (0..<slots.count).filter { slots.status($0).isUsable } }
        let ends = known.filter { slots in !hasValue(slots.value).isEmpty }.keys
        guard let begin = ends.min(), let end = ends.max() else { return [:] }
        var holes: [Day: [Int]] = [:]
        for day in target.days where isOpen || (begin <= day && day <= end) {
            guard channel.installations[day] == point else { continue }
            let slots = known[day] ?? DaySlots(empty: resolution.slots(of: day))
            var list = (0..<slots.count).filter { !slots.status($0).isUsable }
            if !isOpen, day == begin, let low = hasValue(slots).first { list.removeAll { $0 < low } }
            if !isOpen, day == end, let high = hasValue(slots).last { list.removeAll { $0 > high } }
            if !list.isEmpty { holes[day] = list }
        }
        return holes
    }

    /// Inflow less outflow of all others, seen from the channel's side of the node.
    private func balance(_ node: StoredNode, on day: Day, _ series: ReferenceSeries, _ resolution: Resolution) throws -> [Int64?]? {
        guard let own = node.members.first(where: { $0.point == point && $0.obis == channel.obis }) else { return nil }
        var (inflows, outflows): ([[Int64?]], [[Int64?]]) = ([], [])
        for member in node.members where member != own {
            guard let column = try series.column(at: member.point, member.obis, on: day), column.count == resolution.slots(of: day) else {
                return nil
            }
            if member.isInflow { inflows.append(column) } else { outflows.append(column) }
        }
        guard !inflows.isEmpty || !outflows.isEmpty else { return nil }
        return own.isInflow
            ? try Estimation.balance(inflows: outflows, outflows: inflows) : try Estimation.balance(inflows: inflows, outflows: outflows)
    }

    private func take(
        _ rest: inout [Int], from column: [Int64?], _ day: Day, _ method: EstimationMethod, _ known: [Day: DaySlots],
        into estimates: inout [Estimate]
    ) {
        let found = rest.filter { $0 < column.count && column[$0] != nil }
        rest.removeAll { found.contains($0) }
        for run in found.runs {
            let marks = run.map { slot -> Mark in
                let isRejected = known[day].map { $0.status(slot) == .rejected } ?? false
                return Mark(
                    status: .substituted, method: method.rawValue,
                    reason: (isRejected ? EstimationReason.failedValidation : EstimationReason.gap).rawValue)
            }
            estimates.append(
                Estimate(day: day, firstSlot: run.lowerBound, values: run.map { column[$0] ?? 0 }, marks: MarkRun.runs(of: marks)))
        }
    }
}

/// Measured days of other channels in the units of one, each loaded once.
private final class ReferenceSeries {
    private struct Key: Hashable {
        let point: Identifier<MeteringPoint>
        let obis: ObisCode
    }
    private let channel: Register
    private let resolution: Resolution
    private let connection: Connection
    private var channels: [Key: [Register]] = [:]

    init(channel: Register, resolution: Resolution, connection: Connection) {
        self.channel = channel
        self.resolution = resolution
        self.connection = connection
    }

    /// The values of another channel; nil where it has another raster, another quantity, or nothing on that day.
    func column(_ other: Register, on day: Day) throws -> [Int64?]? {
        guard other.id != channel.id, other.resolution == resolution,
            var slots = try connection.dayBlocks([(other.id.number, day, day.adding(days: 1))])[other.id.number]?.fold(
                day, resolution: resolution)
        else { return nil }
        for slot in 0..<slots.count where slots.status(slot) != .measured { slots.statuses[slot] = ValueStatus.absent.rawValue }
        return try Estimation.fromCheckMeter(slots, of: other, for: channel, on: day)
    }

    /// The values of whatever meter hung at a point.
    func column(at point: Identifier<MeteringPoint>, _ obis: ObisCode, on day: Day) throws -> [Int64?]? {
        let key = Key(point: point, obis: obis)
        if channels[key] == nil {
            channels[key] = try connection.registers(ofMeters: connection.meterIds(ofPoints: [point])).filter {
                $0.obis == obis && $0.resolution != nil
            }
        }
        for other in channels[key] ?? [] where other.installations[day] == point {
            if let column = try column(other, on: day) { return column }
        }
        return nil
    }
}

extension Estimate {
    /// Whether this is what stands there already.
    func says(what slots: DaySlots) -> Bool {
        var place = 0
        for run in marks {
            for _ in 0..<run.count {
                let slot = firstSlot + place
                guard slot < slots.count, slots.values[slot] == values[place], slots.mark(slot) == run.mark else { return false }
                place += 1
            }
        }
        return true
    }
}

extension [Int] {
    /// The runs of ascending numbers that follow each other.
    var runs: [Range<Int>] {
        reduce(into: []) { runs, number in
            if let last = runs.last, last.upperBound == number {
                runs[runs.count - 1] = last.lowerBound..<number + 1
            } else {
                runs.append(number..<number + 1)
            }
        }
    }
}
