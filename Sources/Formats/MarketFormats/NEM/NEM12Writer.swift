internal import Metering
internal import VEE
public import Values

/// Writes intervals as NEM12. Each channel is a 200 record, each market day (UTC+10) a 300 record; what a day lacks is written as
/// null data (N), for a day is always whole there.
///
/// An OBIS code that the suffix does not say stands in the RegisterID, from where the parser takes it. NEM12 has no words for
/// rejected values, whole local days, readings of registers apart from 500 records, and reasons beside a forward estimate of ours.
public enum NEM12Writer {
    /// - Throws: `MarketFormatError.cannotWrite` for a channel without an NMI suffix, a unit MDFF has not, or slots of a whole day.
    public static func write(_ readings: MarketReadings, created: Instant) throws(MarketFormatError) -> [UInt8] {
        var writer = NEMWriting(readings)
        writer.header("NEM12", created)
        for (number, item) in readings.batch.intervals.enumerated() {
            let side = readings.intervalSides[number]
            var origin = readings.origin(side)
            if origin.channel.isEmpty { origin.channel = NEMCodes.suffix(item.obis) ?? "" }
            if origin.unit.isEmpty { origin.unit = item.unit.rawValue }
            // A suffix says the quantity and the stream; what else the code says stands in the RegisterID, which has ten characters.
            if NEMCodes.interval(origin.channel, registerID: origin["RegisterID"]) != item.obis {
                guard item.obis.description.utf8.count <= 10, NEMCodes.interval(origin.channel)?.c == item.obis.c else {
                    throw MarketFormatError(.cannotWrite, side.place, "NEM12 has neither a suffix nor a RegisterID for \(item.obis)")
                }
                origin.details.removeAll { $0.name == "RegisterID" }
                origin.details.append(.init("RegisterID", item.obis.description))
            }
            guard !origin.channel.isEmpty, !origin.point.isEmpty else {
                throw MarketFormatError(.cannotWrite, side.place, "NEM12 needs an NMI and has no suffix for \(item.obis)")
            }
            guard let scale = UnitScale.named(origin.unit), scale.unit == item.unit else {
                throw MarketFormatError(.cannotWrite, side.place, "NEM12 has no unit \(item.unit.rawValue)")
            }
            try writer.channel(origin, item.resolution, side.place)
            try writer.days(
                .init(
                    start: item.start, resolution: item.resolution, values: readings.batch.values[item.slots],
                    statuses: readings.batch.statuses[item.slots], codes: { readings.codes.set(at: item.slots.lowerBound + $0) },
                    scale: 6 + scale.shift),
                details: side.details)
        }
        for series in readings.untaken {
            guard let start = series.start, let resolution = series.resolution, !series.origin.channel.isEmpty else { continue }
            try writer.channel(series.origin, resolution, series.place)
            try writer.days(
                .init(
                    start: start, resolution: resolution, values: series.values[...], statuses: series.statuses[...],
                    codes: { series.codes.indices.contains($0) ? series.codes[$0] : 0 }, scale: 6), details: series.details)
        }
        return writer.finished()
    }
}

/// The lines under construction.
struct NEMWriting {
    struct Values {
        var start: Instant
        var resolution: Resolution
        var values: ArraySlice<Int64>
        var statuses: ArraySlice<UInt8>
        var codes: (Int) -> Int32
        var scale: Int
    }
    private let readings: MarketReadings
    private var bytes: [UInt8] = []
    private var channel: (origin: MarketReadings.Origin, resolution: Resolution)?

    init(_ readings: MarketReadings) {
        self.readings = readings
        bytes.reserveCapacity(readings.batch.values.count * 6 + 1_024)
    }

    private mutating func line(_ fields: String...) {
        // A comma or a line end inside a text would be a field of its own.
        let clean = fields.map { field in String(field.map { $0 == "," || $0.isNewline ? " " : $0 }) }
        bytes.append(contentsOf: clean.joined(separator: ",").utf8)
        bytes.append(contentsOf: [0x0D, 0x0A])
    }

    mutating func header(_ version: String, _ created: Instant) {
        line(
            "100", version, DigitTime.text(created, offsetSeconds: NEMCodes.offsetSeconds, digits: 12), readings.sender.code,
            readings.recipient.code)
    }

    mutating func channel(_ origin: MarketReadings.Origin, _ resolution: Resolution, _ place: Place) throws(MarketFormatError) {
        guard case .seconds(let seconds) = resolution, seconds % 60 == 0 else {
            throw MarketFormatError(.cannotWrite, place, "NEM12 has intervals of whole minutes, up to an hour")
        }
        if let channel, channel.origin == origin, channel.resolution == resolution { return }
        channel = (origin, resolution)
        line(
            "200", origin.point, origin["NMIConfiguration"].isEmpty ? origin.channel : origin["NMIConfiguration"], origin["RegisterID"],
            origin.channel, origin["MDMDataStreamIdentifier"], origin.meter, origin.unit, String(seconds / 60),
            origin["NextScheduledReadDate"])
    }

    mutating func days(_ series: Values, details: [MarketReadings.Detail]) throws(MarketFormatError) {
        guard case .seconds(let seconds) = series.resolution else { return }
        let width = Int64(seconds)
        let local = series.start.adding(seconds: Int64(NEMCodes.offsetSeconds))
        guard local.microseconds % (width * 1_000_000) == 0 else {
            throw MarketFormatError(.cannotWrite, Place(offset: 0), "the series does not lie on the raster of the market day")
        }
        let slots = Int(86_400 / width)
        // Which slot of which market day the series begins with.
        let day = local.seconds >= 0 ? local.seconds / 86_400 : (local.seconds - 86_399) / 86_400
        var skipped = Int((local.seconds - day * 86_400) / width)
        var next = 0
        var number = Int32(clamping: day)
        while next < series.values.count {
            let taken = min(slots - skipped, series.values.count - next)
            write(day: Day(number: number), series, next: next, skipped: skipped, taken: taken, slots: slots, details: details)
            next += taken
            skipped = 0
            number += 1
        }
    }

    private mutating func write(
        day: Day, _ series: Values, next: Int, skipped: Int, taken: Int, slots: Int, details: [MarketReadings.Detail]
    ) {
        func isoDigits(_ day: Day) -> String { day.description.filter { $0 != "-" } }
        bytes.append(contentsOf: "300,\(isoDigits(day))".utf8)
        var runs: [(first: Int, last: Int, fields: String)] = []
        for slot in 0..<slots {
            bytes.append(0x2C)
            let position = next + slot - skipped
            let fields: String
            if slot >= skipped, slot < skipped + taken {
                DecimalField.append(series.values[series.values.startIndex + position], scale: series.scale, to: &bytes)
                let status = ValueStatus(rawValue: series.statuses[series.statuses.startIndex + position]) ?? .absent
                fields = quality(series.codes(position), status)
            } else {
                bytes.append(0x30)
                fields = quality(0, .absent)
            }
            if let run = runs.last, run.fields == fields {
                runs[runs.count - 1].last = slot + 1
            } else {
                runs.append((slot + 1, slot + 1, fields))
            }
        }
        func detail(_ name: String) -> String { details.first { $0.name == name }?.value ?? "" }
        let times = "\(detail("UpdateDateTime")),\(detail("MSATSLoadDateTime"))"
        if runs.count == 1 {
            bytes.append(contentsOf: ",\(runs[0].fields),\(times)\r\n".utf8)
        } else {
            bytes.append(contentsOf: ",V,,,\(times)\r\n".utf8)
            for run in runs { bytes.append(contentsOf: "400,\(run.first),\(run.last),\(run.fields)\r\n".utf8) }
        }
        for detail in details where detail.name == "500" { bytes.append(contentsOf: "500,\(detail.value)\r\n".utf8) }
    }

    /// `QualityMethod,ReasonCode,ReasonDescription` as sent, or by the status.
    private func quality(_ set: Int32, _ status: ValueStatus) -> String {
        let codes = readings.codes.codes(set)
        guard let flag = codes.first(where: { $0.list == ValueCode.nemQuality }) else {
            return NEM12Codes.qualityMethod(of: status, method: .none) + ",,"
        }
        func code(_ list: String) -> String { codes.first { $0.list == list }?.code ?? "" }
        return "\(flag.code),\(code(ValueCode.nemReason)),\(code(ValueCode.nemText))"
    }

    mutating func finished() -> [UInt8] {
        line("900")
        return bytes
    }
}
