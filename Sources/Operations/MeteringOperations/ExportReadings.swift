internal import MarketFormats
internal import Metering
public import Postgres
internal import ReadingFormats
internal import VEE
public import Values

/// Writes the values of a metering point in a format of ours or of the markets: what a file of that format brought in goes out
/// saying the same, with method and reason in the words that the format has.
///
/// Value, unit, register, period and status come out as they came in. What a format cannot carry is said by ``Format/losses``.
public struct ExportReadings: Sendable {
    /// What can be written.
    public enum Format: String, Sendable, Hashable, CaseIterable {
        case json, csv, nem12, mscons, espi, cim

        public var mediaType: String {
            switch self {
            case .json: "application/json"
            case .csv: "text/csv; charset=utf-8"
            case .nem12: "text/csv; header=absent"
            case .mscons: "application/edifact"
            case .espi: "application/atom+xml"
            case .cim: "application/xml"
            }
        }

        /// What the format has no words for, and what becomes of it; for whoever reads what we wrote.
        public var losses: String {
            switch self {
            case .json, .csv: "no method and no reason; versions and their times"
            case .nem12:
                "register readings; rejected values (null data); whole local days; an estimate made here is a substitute (S), which comes back as "
                    + "provisional; reasons of our own beside measured values; reason texts and 500 records; of a code that neither a suffix "
                    + "nor ten characters of RegisterID can say the channel is refused"
            case .mscons:
                "an estimate made here is a substitute (67); of several hints or reasons of a value the first; gas quality (Z31) and basis (10)"
            case .espi:
                "register readings; rejected values; local days; reasons, and methods other than the quality; codes beyond direction and tariff are "
                    + "refused"
            case .cim:
                "reasons, and methods other than the quality; source and comment of a quality, and its first and last field; codes beyond direction and "
                    + "tariff are refused"
            }
        }
    }
    /// Why nothing is written.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// More values than one document holds.
        case tooMany(limit: Int)
        /// The format has no words for what is to be written.
        case cannotWrite(String)

        public var description: String {
            switch self {
            case .tooMany(let limit): "more than \(limit) values: ask for a shorter period, or for one register"
            case .cannotWrite(let why): why
            }
        }
    }

    /// A year of minutes, or thirty of quarter hours.
    public static let limit = 1_100_000

    private let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// All values that the query names, as one document.
    ///
    /// - Parameters:
    ///   - sender: code of who writes, for formats that name one.
    ///   - recipient: code of who is to read it.
    /// - Throws: `UnknownMeteringPoint`, `ReadSeries.BadCursor`, `Refusal`.
    public func callAsFunction(
        _ query: ReadSeries.Query, as format: Format, sender: String = "", recipient: String = "", now: Instant
    ) async throws -> [UInt8] {
        let document = try await whole(query)
        switch format {
        case .json:
            return JSONSeries.bytes(document, messageId: ExportReadings.reference(now), source: sender.isEmpty ? "zaehlwerk" : sender)
        case .csv:
            let hasBoth = document.series.contains { $0.resolution == nil } && document.series.contains { $0.resolution != nil }
            guard !hasBoth else {
                throw Refusal.cannotWrite("a CSV table holds either registers or channels, and the point has both: name one with obis")
            }
            return CSVSeries.bytes(document)
        case .nem12: return try write(document, .nem12, sender, recipient, now)
        case .mscons: return try write(document, .mscons, sender, recipient, now)
        case .espi: return try write(document, .espi, sender, recipient, now)
        case .cim: return try write(document, .cim, sender, recipient, now)
        }
    }

    private func whole(_ query: ReadSeries.Query) async throws -> SeriesDocument {
        var query = query
        query.limit = 100_000
        var document = try await ReadSeries(pool: pool)(query)
        var count = document.series.reduce(0) { $0 + $1.values.count }
        while let next = document.next {
            guard count < ExportReadings.limit else { throw Refusal.tooMany(limit: ExportReadings.limit) }
            query.cursor = next
            let page = try await ReadSeries(pool: pool)(query)
            for series in page.series {
                count += series.values.count
                if let last = document.series.indices.last, document.series[last].meter == series.meter,
                    document.series[last].obis == series.obis
                {
                    document.series[last].values += series.values
                } else {
                    document.series.append(series)
                }
            }
            document.next = page.next
        }
        return document
    }

    /// At most fourteen characters, and another one each second.
    private static func reference(_ now: Instant) -> String { "ZW" + String(now.seconds, radix: 36).uppercased() }

    private func write(
        _ document: SeriesDocument, _ format: MarketFormat, _ sender: String, _ recipient: String, _ now: Instant
    ) throws -> [UInt8] {
        let reference = ExportReadings.reference(now)
        var message = MarketReadings(
            writing: format, messageId: reference, source: sender, sender: MarketParty(sender), recipient: MarketParty(recipient),
            created: now)
        for series in document.series {
            if series.resolution == nil {
                // NEM12 and ESPI carry intervals; a register's readings are not theirs to say.
                if format != .nem12, format != .espi { message.append(readings: series, of: document.meteringPoint) }
            } else {
                message.append(slots: series, of: document.meteringPoint)
            }
        }
        guard !message.isEmpty else {
            throw Refusal.cannotWrite("no value of \(document.meteringPoint) that \(format.rawValue) could carry lies in the period")
        }
        do {
            switch format {
            case .nem12: return try NEM12Writer.write(message, created: now)
            case .mscons: return try MSCONSWriter.write(message, reference: reference, created: now)
            case .espi: return try ESPIWriter.write(message, id: "urn:zaehlwerk:\(document.meteringPoint)", created: now)
            default: return try CIMWriter.write(message, created: now)
            }
        } catch {
            throw Refusal.cannotWrite(error.message)
        }
    }
}

extension MarketReadings {
    fileprivate mutating func append(readings series: SeriesDocument.Register, of point: String) {
        for value in series.values {
            append(
                reading: value.micro, of: series.obis, unit: series.unit, at: value.at, status: value.status, point: point,
                meter: series.meter,
                codes: codes(of: value, series))
        }
    }

    /// What stands side by side is one item; a gap, and what the format cannot call rejected, begins another.
    fileprivate mutating func append(slots series: SeriesDocument.Register, of point: String) {
        guard let resolution = series.resolution else { return }
        let values = format == .espi || format == .nem12 ? series.values.filter { $0.status != .rejected } : series.values
        var first = 0
        while first < values.count {
            var end = first + 1
            while end < values.count, values[end].at == MarketReadings.end(of: values[end - 1].at, resolution) { end += 1 }
            let run = values[first..<end]
            append(
                series: SeriesExport(
                    point: point, meter: series.meter, obis: series.obis, unit: series.unit, start: values[first].at,
                    resolution: resolution,
                    values: run.map(\.micro), statuses: run.map(\.status.rawValue)),
                codes: run.map { codes(of: $0, series) })
            first = end
        }
    }

    private static func end(of start: Instant, _ resolution: Resolution) -> Instant {
        resolution.instant(1, after: start)
    }

    private func codes(of value: SeriesDocument.Value, _ series: SeriesDocument.Register) -> [ValueCode] {
        let commodity: Commodity =
            switch series.obis.a {
            case 7: .gas
            case 5, 6: .heat
            case 8, 9: .water
            default: .electricity
            }
        return MarketMarks.codes(
            format,
            Mark(
                status: value.status, method: value.method.map { EstimationMethod.raw(word: $0) } ?? 0,
                reason: value.reason.map { EstimationReason.raw(word: $0) } ?? 0),
            commodity: commodity, isReading: series.resolution == nil)
    }
}
