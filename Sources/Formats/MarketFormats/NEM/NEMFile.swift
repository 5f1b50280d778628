internal import Metering
internal import Values

/// NEM12 (intervals) and NEM13 (register pairs), the file format of the Australian market (AEMO Meter Data File Format 2.6).
///
/// Times are market time, UTC+10 without summer time. The message has no number of its own, so the origin's is used.
public enum NEMFile {
    /// - Throws: `MarketFormatError` if the header or the end is missing or there is nothing between them.
    public static func parse(_ bytes: [UInt8], origin: MarketOrigin) throws(MarketFormatError) -> MarketReadings {
        var parser = NEMParser(bytes, origin: origin)
        return try parser.run()
    }
}

/// The walk through the records. The records of a day are in `NEMParser+Days`, of a register pair in `NEMParser+Pairs`.
struct NEMParser {
    /// The 200 record that rules the following ones.
    struct Channel {
        var origin: Int32
        var meter: Int32
        var obis: ObisCode?
        /// nil: a unit no register of ours has.
        var scale: UnitScale?
        var resolution: Resolution
        var slots: Int
        var line: Int
    }
    /// A day whose quality the 400 records tell.
    struct OpenDay {
        var start: Instant
        var first: Int
        var covered = 0
        var place: Place
        var details: [MarketReadings.Detail]
        /// What is wrong with its 400 records.
        var fault: (place: Place, message: String)?
    }
    /// What the last 300 or 250 record became, so that 500 and 550 records find it.
    enum Last { case none, interval(Int), untaken(Int), pair(Int) }

    var lines: NEMLines
    var out: MarketReadings
    var channel: Channel?
    var openDay: OpenDay?
    var last = Last.none
    /// Number of the 300 or 250 record, from 0.
    var index = -1
    private let origin: MarketOrigin

    init(_ bytes: [UInt8], origin: MarketOrigin) {
        lines = NEMLines(bytes)
        self.origin = origin
        out = MarketReadings(format: .nem12, messageId: origin.messageId, source: origin.source)
        out.batch.values.reserveCapacity(bytes.count / 5)
        out.batch.statuses.reserveCapacity(bytes.count / 5)
    }

    mutating func run() throws(MarketFormatError) -> MarketReadings {
        try header()
        var end: Place?
        while let record = lines.next() {
            let place = Place(offset: record.range.lowerBound, line: record.line)
            if let end {
                throw MarketFormatError(
                    .nemEnd, place, "a record behind the 900 record of line \(end.line ?? 0); send one file for each 100 record")
            }
            if record.kind != 400 { closeDay() }
            switch record.kind {
            case 200: channelRecord(record)
            case 300: dayRecord(record)
            case 400: qualityRecord(record)
            case 500: transactionRecord(record)
            case 250: pairRecord(record)
            case 550: pairTransactionRecord(record)
            case 900: end = place
            case 100: throw MarketFormatError(.nemHeader, place, "a second 100 record; send one file for each header")
            default:
                out.fault(
                    max(index, 0), place, .badMember, "no record indicator (200, 300, 400, 500, 250, 550, 900); remove the line or mend it",
                    values: 0)
            }
        }
        guard end != nil else {
            throw MarketFormatError(
                .nemEnd, Place(offset: lines.bytes.count), "the 900 record is missing, the file is cut off; send it again")
        }
        guard !out.isEmpty else {
            throw MarketFormatError(
                .nemNoData, Place(offset: 0, line: 1), "nothing between the 100 and the 900 record; send data or no file")
        }
        return out
    }

    private mutating func header() throws(MarketFormatError) {
        guard let record = lines.next() else { throw MarketFormatError(.empty, Place(offset: 0), "the file is empty; send it again") }
        let place = Place(offset: record.range.lowerBound, line: record.line)
        guard record.kind == 100 else {
            throw MarketFormatError(.nemHeader, place, "the file must begin with its 100 record: 100,NEM12,CCYYMMDDhhmm,from,to")
        }
        let fields = lines.fields(record, limit: 64).map { lines.text($0) }
        switch fields.count > 1 ? fields[1].uppercased() : "" {
        case "NEM12": out.format = .nem12
        case "NEM13": out.format = .nem13
        default: throw MarketFormatError(.nemHeader, place, "the 100 record must name NEM12 or NEM13 in its second field")
        }
        let ranges = lines.fields(record, limit: 64)
        if ranges.count > 2 { out.created = DigitTime.instant(lines.bytes, ranges[2], offsetSeconds: NEMCodes.offsetSeconds) }
        if fields.count > 3, !fields[3].isEmpty {
            out.sender = MarketParty(fields[3].limited(64))
            out.batch.source = out.sender.code
        }
        if fields.count > 4 { out.recipient = MarketParty(fields[4].limited(64)) }
    }

    private mutating func channelRecord(_ record: NEMLines.Record) {
        channel = nil
        last = .none
        let ranges = lines.fields(record, limit: 64)
        let fields = ranges.map { lines.text($0) }
        func field(_ number: Int) -> String { number < fields.count ? fields[number] : "" }
        func place(_ number: Int) -> Place {
            Place(offset: number < ranges.count ? ranges[number].lowerBound : record.range.upperBound, line: record.line, field: number + 1)
        }
        // A channel that cannot be understood costs its days; they say so themselves, one by one.
        guard !field(1).isEmpty, field(1).utf8.count <= 63, field(6).utf8.count <= 63 else {
            return out.fault(max(index, 0), place(1), .missingMember, "the NMI is missing or too long; name the metering point", values: 0)
        }
        guard let minutes = Int32(field(8)), minutes > 0, minutes <= 60, let resolution = Resolution(storedSeconds: minutes * 60) else {
            return out.fault(
                max(index, 0), place(8), .badResolution,
                "the interval length is no number of minutes that divides the hour; send 5, 15 or 30", values: 0)
        }
        let origin = MarketReadings.Origin(
            point: field(1), meter: field(6), channel: field(4), unit: field(7),
            details: [
                .init("NMIConfiguration", field(2)), .init("RegisterID", field(3)), .init("MDMDataStreamIdentifier", field(5)),
                .init("NextScheduledReadDate", field(9)),
            ])
        let number = out.number(of: origin)
        channel = Channel(
            origin: number, meter: out.batch.meter(origin.batchMeter), obis: NEMCodes.interval(field(4), registerID: field(3)),
            scale: UnitScale.named(field(7)),
            resolution: resolution, slots: Int(1_440 / minutes), line: record.line)
    }
}
