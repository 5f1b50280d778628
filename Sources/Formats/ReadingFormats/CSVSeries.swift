internal import Values

/// Writes the contract's CSV tables: what ``CSVReadings`` takes in. They have no columns for method and reason.
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
        let rows = document.series.flatMap { series in
            series.runs.map { run -> [String] in
                [
                    quoted(series.meter), series.obis.description, run.first.map { LocalTime.berlin.text($0.at) } ?? "",
                    series.resolution?.description ?? "", series.unit.rawValue, run.first?.status.word ?? "",
                ] + run.map { DecimalText.format($0.micro, scale: 6) }
            }
        }
        let width = max(1, (rows.map(\.count).max() ?? 0) - 6)
        var bytes: [UInt8] = []
        append(["meter", "obis", "start", "resolution", "unit", "status"] + (1...width).map { "v\($0)" }, to: &bytes)
        for row in rows { append(row, to: &bytes) }
        return bytes
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
