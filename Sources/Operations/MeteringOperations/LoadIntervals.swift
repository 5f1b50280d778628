public import Metering
public import Postgres
public import Values

/// Loads what metering points drew slot by slot, for prices that change by the quarter hour and for the highest load.
///
/// Beside ``LoadUsage``, not in it: a year of quarter hours is 315 kB, and most tariffs ask for the register alone.
public enum LoadIntervals {
    /// - Parameters:
    ///   - period: with an end.
    ///   - asOf: what was known then; nil: what is known now.
    /// - Returns: for each point its import channels of energy, device by device, in kWh after the factor; a slot without a value
    ///   is absent. A virtual point has the channel of its formula.
    public static func load(
        _ points: [Identifier<MeteringPoint>], period: DayRange, asOf: Instant? = nil, in connection: Connection
    ) throws -> [Identifier<MeteringPoint>: [IntervalUsage]] {
        guard let until = period.until, !points.isEmpty else { return [:] }
        let channels = try connection.registers(ofMeters: connection.meterIds(ofPoints: points)).filter(isWanted)
        let stored = try connection.dayBlocks(channels.map { ($0.id.number, period.from, until) }, asOf: asOf)
        let wanted = Set(points)
        var result: [Identifier<MeteringPoint>: [IntervalUsage]] = [:]
        for channel in channels {
            let days = stored[channel.id.number] ?? ChannelDays()
            let resolution = channel.resolution ?? .quarterHour
            for entry in channel.installations.entries where wanted.contains(entry.value) {
                guard let span = entry.range.intersection(period) else { continue }
                result[entry.value, default: []].append(
                    try usage(channel, span) { days.fold($0, resolution: resolution, asOf: asOf) })
            }
        }
        let reader = VirtualReader(connection: connection, asOf: asOf)
        for formula in try reader.formulas(of: points) where isWanted(formula.channel) {
            let computed = try reader.days(formula, period)
            for entry in formula.channel.installations.entries where entry.value == formula.point {
                guard let span = entry.range.intersection(period) else { continue }
                result[formula.point, default: []].append(try usage(formula.channel, span) { computed[$0]?.slots })
            }
        }
        return result
    }

    /// Channels of what is drawn, all tariffs together, in slots of the hour.
    private static func isWanted(_ channel: Register) -> Bool {
        guard case .seconds? = channel.resolution, let register = channel.obis.registerOfChannel else { return false }
        return channel.unit.dimension == .energy && !channel.obis.isFeedIn && register.e == 0
    }

    private static func usage(_ channel: Register, _ days: DayRange, _ slotsOf: (Day) -> DaySlots?) throws -> IntervalUsage {
        let resolution = channel.resolution ?? .quarterHour
        let width: Int32 = if case .seconds(let seconds) = resolution { seconds } else { 900 }
        var values: [Int64] = []
        var statuses: [UInt8] = []
        var runs: [VersionRun] = []
        for day in days.days {
            let slots = slotsOf(day) ?? DaySlots(empty: resolution.slots(of: day))
            let factor = channel.parameters(on: day).factor
            if channel.unit == .kilowattHour, factor == .one {
                values += slots.values
            } else {
                for value in slots.values {
                    let energy = try channel.unit.convert(micro: value, to: .kilowattHour) ?? 0
                    values.append(try factor.times(micro: energy))
                }
            }
            statuses += slots.statuses
            slots.extend(&runs)
        }
        let series = Series(start: LocalTime.berlin.start(of: days.from), secondsPerSlot: width, values: values, statuses: statuses)
        return IntervalUsage(
            serial: channel.serial, obis: channel.obis.registerOfChannel ?? channel.obis, days: days, series: series, runs: runs,
            channel: channel.obis)
    }
}
