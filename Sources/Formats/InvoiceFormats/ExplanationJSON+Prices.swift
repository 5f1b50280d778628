internal import Billing
internal import JSON
internal import Metering
internal import Tariffs
internal import Values

/// Lines back to what their prices were read from: zones with their windows, market prices, dated series with the hash of their file.
extension ExplanationJSON {
    static func prices(of line: Line, _ writer: inout JSONWriter) {
        if let zone = line.origin?.zone, line.hasSlots { write(zone, &writer) }
        if let spot = line.origin?.spot { write(spot, of: line, &writer) }
        if let series = line.origin?.series, !series.isEmpty {
            writer.list("series") { writer in
                for named in series {
                    writer.object { writer in
                        writer.member("index", named.index)
                        writer.member("key", named.key.description)
                        writer.member("unit", named.series?.unit.rawValue)
                        writer.member("file", named.key.set)
                        writer.member("hash", named.hash)
                        guard named.index == nil, let value = named.series?.values[line.period.from] else { return }
                        writer.member("value", DecimalText.format(value.millionths, scale: 6))
                        writer.member("source", value.source)
                    }
                }
            }
        }
        // Beside the explanation, so that a relative link leads there.
        if line.hasSlots { writer.member("slotTable", "slots?line=\(line.position)") }
    }

    private static func write(_ zone: PriceOrigin.Zone, _ writer: inout JSONWriter) {
        let calendar = zone.calendar
        let text = calendar.words(of: zone.name)
        writer.member(
            "zone",
            object: { writer in
                writer.member("name", zone.name)
                writer.member("otherwise", zone.name == calendar.otherwise)
                writer.list("windows") { writer in
                    for window in calendar.windows(telling: zone.name) {
                        writer.object { writer in
                            writer.member("zone", window.zone)
                            writer.list("days") { writer in for day in window.days { writer.string(dayNames[day - 1]) } }
                            writer.member("from", UsageCalendar.clock(window.quarters.lowerBound))
                            writer.member("until", UsageCalendar.clock(window.quarters.upperBound))
                            guard let season = calendar.seasons.first(where: { $0.name == window.season }) else { return }
                            writer.member("season", season.name)
                            writer.member("seasonFrom", date(season.from))
                            writer.member("seasonUntil", date(season.until))
                        }
                    }
                }
                writer.member("holidays", calendar.holidays.map { $0.state?.rawValue ?? "DE" })
                writer.member("holidaysAsSundays", calendar.holidaysAreSundays)
                writer.member("text", text.en)
                writer.member("text.de", text.de)
            })
    }
    private static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]
    /// "10-01", as the tariff file has it.
    private static func date(_ number: Int) -> String {
        "\(DecimalText.padded(UInt64(number / 100), to: 2))-\(DecimalText.padded(UInt64(number % 100), to: 2))"
    }

    private static func write(_ spot: PriceOrigin.Spot, of line: Line, _ writer: inout JSONWriter) {
        guard case .spot(let cost, _) = line.explanation else { return }
        func cents(_ price: Int64?) -> String? { price.map { DecimalText.format($0, scale: 6) } }
        let time = LocalTime.berlin
        writer.member(
            "spot",
            object: { writer in
                writer.member("series", spot.series.key.description)
                writer.member("source", spot.series.source)
                writer.member("from", time.text(time.start(of: line.period.from)))
                writer.member("to", line.period.until.map { time.text(time.start(of: $0)) })
                writer.member("count", cost.slots)
                writer.member("seconds", cost.secondsPerSlot)
                writer.member("unit", PriceSeries.Unit.centsPerKilowattHour.rawValue)
                writer.member("lowest", cost.lowest <= cost.highest ? cents(cost.lowest) : nil)
                writer.member("highest", cost.lowest <= cost.highest ? cents(cost.highest) : nil)
                writer.member("cap", cents(spot.dynamic.cap))
                writer.member("floor", cents(spot.dynamic.floor))
                writer.list("files") { writer in
                    for file in spot.files {
                        writer.object {
                            $0.member("file", file.id); $0.member("hash", file.hash)
                        }
                    }
                }
            })
    }
}
