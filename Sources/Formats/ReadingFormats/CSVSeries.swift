internal import Values

/// Writes the contract's CSV tables: what ``CSVReadings`` takes in.
public enum CSVSeries {
    /// A table of registers, or of intervals if the series are channels: a row for each local day and status.
    public static func bytes(_ document: SeriesDocument) -> [UInt8] {
        document.series.contains { $0.resolution != nil } ? intervals(document) : registers(document)
    }

    private static func registers(_ document: SeriesDocument) -> [UInt8] {
        var bytes = Array("meter,obis,at,value,unit,status\n".utf8)
        for series in document.series {
            for value in series.values {
                append(
                    [
                        quoted(series.meter), series.obis.description, LocalTime.berlin.text(value.at),
                        DecimalText.format(value.micro, scale: 6),
                        series.unit.rawValue, value.status.word,
                    ], to: &bytes)
            }
        }
        return bytes
    }

    private static func intervals(_ document: SeriesDocument) -> [UInt8] {
        var rows: [[String]] = []
        for series in document.series {
            guard let resolution = series.resolution else { continue }
            var row: [String] = []
            var previous: SeriesDocument.Value?
            for value in series.values {
                if let previous, previous.status == value.status, end(of: previous.at, resolution) == value.at,
                    LocalTime.berlin.day(of: previous.at) == LocalTime.berlin.day(of: value.at)
                {
                    row.append(DecimalText.format(value.micro, scale: 6))
                } else {
                    if !row.isEmpty { rows.append(row) }
                    row = [
                        quoted(series.meter), series.obis.description, LocalTime.berlin.text(value.at), resolution.description,
                        series.unit.rawValue, value.status.word, DecimalText.format(value.micro, scale: 6),
                    ]
                }
                previous = value
            }
            if !row.isEmpty { rows.append(row) }
        }
        let width = max(1, (rows.map(\.count).max() ?? 0) - 6)
        var bytes: [UInt8] = []
        append(["meter", "obis", "start", "resolution", "unit", "status"] + (1...width).map { "v\($0)" }, to: &bytes)
        for row in rows { append(row, to: &bytes) }
        return bytes
    }

    private static func end(of start: Instant, _ resolution: Resolution) -> Instant {
        resolution.instant(1, after: start)
    }

    private static func append(_ cells: [String], to bytes: inout [UInt8]) {
        bytes += cells.joined(separator: ",").utf8
        bytes.append(0x0A)
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x3B || $0 == 0x22 }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
