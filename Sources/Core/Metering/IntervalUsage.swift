public import Values

/// What a metering point drew in each slot of some days: what a price needs that changes by the quarter hour, or that asks for the
/// highest load. Register pieces say how much it was; these say when.
public struct IntervalUsage: Hashable, Sendable {
    public var serial: String
    /// The register that the channel belongs to: `1-0:1.8.0` for `1-0:1.29.0`.
    public var obis: ObisCode
    /// The channel itself, which is where the values are stored; nil on bills from before it was kept.
    public var channel: ObisCode?
    /// The days on which the device hung at the point, within the billed period.
    public var days: DayRange
    /// 10^-6 kWh per slot, after the factor; it covers `days` from midnight to midnight.
    public var series: Series
    /// Version, status, method and reason of its slots; empty on bills from before they were kept.
    public var runs: [VersionRun]

    public init(serial: String, obis: ObisCode, days: DayRange, series: Series, runs: [VersionRun] = [], channel: ObisCode? = nil) {
        self.runs = runs
        self.channel = channel
        self.serial = serial
        self.obis = obis
        self.days = days
        self.series = series
    }

    /// The part that lies in a period; nil if none does. A page of bills is loaded at once, each keeps what is its own.
    public func cut(to period: DayRange, time: LocalTime = .berlin) -> IntervalUsage? {
        guard let common = days.intersection(period) else { return nil }
        if common == days { return self }
        guard let until = common.until else { return nil }
        let width = Int64(series.secondsPerSlot)
        let low = series.start.seconds(until: time.start(of: common.from)) / width
        let high = series.start.seconds(until: time.start(of: until)) / width
        guard low >= 0, low < high, high <= Int64(series.count) else { return nil }
        let slots = Int(low)..<Int(high)
        return IntervalUsage(
            serial: serial, obis: obis, days: common,
            series: Series(
                start: time.start(of: common.from), secondsPerSlot: series.secondsPerSlot, values: Array(series.values[slots]),
                statuses: Array(series.statuses[slots])), runs: runs.slots(slots), channel: channel)
    }

    /// Whether it counts the same: another version of a value that stayed what it was moves no price.
    public func counts(as other: IntervalUsage) -> Bool {
        serial == other.serial && obis == other.obis && days == other.days && series == other.series
    }

    /// What the slots from a moment on say of themselves; nil where they lie beyond the series, or where nothing of them was kept.
    /// - Parameter seconds: how long; at least one slot is told.
    public func told(from: Instant, seconds: Int32) -> SlotRuns? {
        let width = Int64(series.secondsPerSlot)
        let first = series.start.seconds(until: from) / width
        guard !runs.isEmpty, from >= series.start, first < Int64(series.count) else { return nil }
        let found = runs.slots(Int(first)..<Int(first + max(1, Int64(seconds) / width)))
        return SlotRuns(start: from, resolution: .seconds(series.secondsPerSlot), runs: found, channel: channel)
    }
}
