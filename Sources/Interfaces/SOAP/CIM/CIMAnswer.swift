internal import MarketFormats
internal import ReadingFormats
internal import Values

/// Series as they are read, becoming the MeterReadings of a reply.
struct CIMAnswer {
    private let types: [String]
    private let statuses: Set<ValueStatus>
    private var readings = MarketReadings(
        writing: .cim, messageId: "", source: "zaehlwerk", sender: MarketParty(), recipient: MarketParty(),
        created: Instant(microseconds: 0))
    /// Values taken so far.
    private(set) var values = 0
    /// Registers that no ReadingType describes.
    private(set) var unwritable: Set<String> = []

    /// - Parameters:
    ///   - types: ReadingTypes that are wanted; empty: all.
    ///   - statuses: statuses that are wanted; empty: all.
    init(types: [String], statuses: Set<ValueStatus>) {
        self.types = types
        self.statuses = statuses
    }

    mutating func append(_ series: SeriesDocument.Register, of point: String) {
        guard types.isEmpty || types.contains(where: { CIM.matches($0, series.obis, series.resolution) }) else { return }
        guard CIM.readingType(of: series.obis, series.unit, series.resolution) != nil else {
            unwritable.insert("\(series.obis) in \(series.unit.rawValue)")
            return
        }
        let wanted = statuses.isEmpty ? series.values : series.values.filter { statuses.contains($0.status) }
        values += wanted.count
        guard let resolution = series.resolution else {
            for value in wanted {
                readings.append(
                    reading: value.micro, of: series.obis, unit: series.unit, at: value.at, status: value.status, point: point,
                    meter: series.meter)
            }
            return
        }
        // Slots that follow each other without a gap are one block.
        var run: [SeriesDocument.Value] = []
        for value in wanted {
            if let last = run.last, CIMAnswer.end(last.at, resolution) != value.at {
                append(run, series, resolution, point)
                run = []
            }
            run.append(value)
        }
        append(run, series, resolution, point)
    }

    private mutating func append(
        _ run: [SeriesDocument.Value], _ series: SeriesDocument.Register, _ resolution: Resolution, _ point: String
    ) {
        guard let first = run.first else { return }
        readings.append(
            series: SeriesExport(
                point: point, meter: series.meter, obis: series.obis, unit: series.unit, start: first.at, resolution: resolution,
                values: run.map(\.micro), statuses: run.map(\.status.rawValue)))
    }

    private static func end(_ start: Instant, _ resolution: Resolution) -> Instant {
        resolution.instant(1, after: start)
    }

    /// `<MeterReadings>…`; empty if there is nothing.
    func payload() throws -> [UInt8] { values == 0 ? [] : try CIMWriter.payload(readings) }
}
