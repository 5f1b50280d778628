internal import JSON
internal import Values

/// Writes the contract's JSON message of readings: what ``JSONReadings`` takes in. It has no members for method and reason.
public enum JSONSeries {
    /// A message with each reading, and with an item for consecutive slots of one status.
    public static func bytes(_ document: SeriesDocument, messageId: String, source: String) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256 + document.series.reduce(0) { $0 + $1.values.count * 24 })
        writer.object { writer in
            writer.member("messageId", messageId)
            writer.member("source", source)
            writer.member(
                "registers",
                array: { writer in
                    for series in document.series where series.resolution == nil {
                        for value in series.values { write(value, of: series, to: &writer) }
                    }
                })
            writer.member(
                "intervals",
                array: { writer in
                    for series in document.series {
                        for run in series.runs { write(run, of: series, to: &writer) }
                    }
                })
        }
        return writer.bytes
    }

    private static func write(_ value: SeriesDocument.Value, of series: SeriesDocument.Register, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("meter", series.meter)
            writer.member("obis", series.obis.description)
            writer.member("at", LocalTime.berlin.text(value.at))
            writer.member("value", DecimalText.format(value.micro, scale: 6))
            writer.member("unit", series.unit.rawValue)
            writer.member("status", value.status.word)
        }
    }

    private static func write(_ run: ArraySlice<SeriesDocument.Value>, of series: SeriesDocument.Register, to writer: inout JSONWriter) {
        guard let first = run.first else { return }
        writer.object { writer in
            writer.member("meter", series.meter)
            writer.member("obis", series.obis.description)
            writer.member("start", LocalTime.berlin.text(first.at))
            writer.member("resolution", series.resolution?.description)
            writer.member("unit", series.unit.rawValue)
            writer.member("status", first.status.word)
            writer.member("values", array: { writer in for value in run { writer.string(DecimalText.format(value.micro, scale: 6)) } })
        }
    }
}

extension SeriesDocument.Register {
    /// Consecutive slots of one status on one local day; none of a register that is read.
    var runs: [ArraySlice<SeriesDocument.Value>] {
        guard let resolution else { return [] }
        var runs: [ArraySlice<SeriesDocument.Value>] = []
        var begin = values.startIndex
        for place in values.indices.dropFirst() {
            let (last, next) = (values[place - 1], values[place])
            if last.status == next.status, resolution.instant(1, after: last.at) == next.at,
                LocalTime.berlin.day(of: last.at) == LocalTime.berlin.day(of: next.at)
            {
                continue
            }
            runs.append(values[begin..<place])
            begin = place
        }
        if begin < values.endIndex { runs.append(values[begin...]) }
        return runs
    }
}
