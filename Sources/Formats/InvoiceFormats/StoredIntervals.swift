internal import Billing
internal import Digests
internal import JSON
internal import Metering
internal import Values

/// The slots that a bill was computed from, packed as they are in the database (2–3 bytes a slot) and written as base 64: a year of
/// quarter hours is about 100 kB beside the bill it explains.
enum StoredIntervals {
    static func write(_ usage: IntervalUsage, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("s", usage.serial)
            writer.member("o", usage.obis.description)
            if let channel = usage.channel { writer.member("c", channel.description) }
            writer.member("f", usage.days.from.number)
            writer.member("t", usage.days.until?.number)
            writer.member("a", usage.series.start.microseconds)
            writer.member("w", usage.series.secondsPerSlot)
            writer.member("n", usage.series.count)
            writer.member("v", Base64.encode(DayBlock.pack(usage.series.values)))
            writer.member("m", Base64.encode(DayBlock.pack(marks: MarkRun.runs(ofStatuses: usage.series.statuses[...]))))
            // A handful of bytes as a rule. Bills from before this was kept have none, and say of their slots what they always said.
            if !usage.runs.isEmpty { writer.member("r", Base64.encode(DayBlock.pack(versions: usage.runs))) }
        }
    }

    static func read(_ node: JSONNode) throws(JSONError) -> IntervalUsage {
        let from = Day(number: Int32(try node.member("f").integer(in: -1_000_000...3_000_000)))
        let until = Day(number: Int32(try node.member("t").integer(in: -1_000_000...3_000_000)))
        guard let days = DayRange(checked: from, until: until) else { throw node.fault("expected days in order") }
        let count = try node.member("n").integer(in: 0...BillingCase.maximumSlots)
        let width = Int32(try node.member("w").integer(in: 1...86_400))
        let values: [Int64]
        var statuses: [UInt8] = []
        var runs: [VersionRun] = []
        do {
            values = try DayBlock.unpack(try bytes(node, "v"), count: count, limit: BillingCase.maximumSlots)
            for run in try DayBlock.unpackMarks(try bytes(node, "m"), count: count, limit: BillingCase.maximumSlots) {
                statuses += Array(repeating: run.mark.status.rawValue, count: run.count)
            }
            if node.has("r") { runs = try DayBlock.unpackVersions(try bytes(node, "r"), limit: count) }
        } catch let error as JSONError { throw error } catch { throw node.fault("expected packed slots") }
        guard values.count == count, statuses.count == count, runs.isEmpty || runs.slotCount == count else {
            throw node.fault("expected \(count) slots")
        }
        return IntervalUsage(
            serial: try node.string("s"), obis: try node.member("o").parsed("an OBIS code") { ObisCode($0) }, days: days,
            series: Series(
                start: Instant(microseconds: try node.member("a").integer()), secondsPerSlot: width, values: values, statuses: statuses),
            runs: runs, channel: try node.optional("c")?.parsed("an OBIS code") { ObisCode($0) })
    }

    /// The slots whose sum a piece is: the raster in the seconds of its storage, and what the slots say of themselves.
    static func write(_ slots: SlotRuns, _ writer: inout JSONWriter) {
        writer.list("z") { writer in
            writer.integer(slots.resolution.storedSeconds)
            writer.string(Base64.encode(DayBlock.pack(versions: slots.runs)))
            if let channel = slots.channel { writer.string(channel.description) }
        }
    }

    /// The slots that divided an advance, and when a register counts that looks at some of them alone.
    static func write(dividing slots: SlotRuns, _ times: TariffTimes?, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("a", slots.start.microseconds)
            write(slots, &writer)
            if let times {
                writer.member("t", times.description)
                if times.isComplement { writer.member("x", true) }
            }
        }
    }

    /// - Parameter basis: of the same end; gets the slots.
    static func dividing(_ node: JSONNode, _ basis: inout ReadingBasis) throws(JSONError) {
        let start = Instant(microseconds: try node.member("a").integer())
        basis.slots = try slots(node.optional("z"), of: LocalTime.berlin.day(of: start))
        guard var times = try node.optional("t")?.parsed("times of a week", { TariffTimes($0) }) else { return }
        times.isComplement = try node.optional("x")?.bool() ?? false
        basis.times = times
    }

    static func slots(_ node: JSONNode?, of first: Day) throws(JSONError) -> SlotRuns? {
        guard let node else { return nil }
        let parts = try node.elements()
        guard [2, 3].contains(parts.count), let seconds = Int32(exactly: try parts[0].integer()),
            let resolution = Resolution(storedSeconds: seconds), (-1_000_000...3_000_000).contains(first.number)
        else { throw node.fault("expected a raster and packed slots") }
        guard let bytes = Base64.decode(try parts[1].string()) else { throw parts[1].fault("expected base 64") }
        let channel = try parts.dropFirst(2).first?.parsed("an OBIS code") { ObisCode($0) }
        do {
            return SlotRuns(
                start: resolution.start(of: 0, of: first), resolution: resolution,
                runs: try DayBlock.unpackVersions(bytes, limit: resolution.isDaily ? 1_000_000 : Int(Int32.max)), channel: channel)
        } catch { throw parts[1].fault("expected packed slots") }
    }

    private static func bytes(_ node: JSONNode, _ name: String) throws(JSONError) -> [UInt8] {
        guard let bytes = Base64.decode(try node.string(name)) else { throw node.fault("expected base 64") }
        return bytes
    }
}
