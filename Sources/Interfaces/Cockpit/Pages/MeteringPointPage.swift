internal import AccessOperations
internal import Metering
internal import MeteringOperations
internal import ReadingFormats
internal import Values
internal import Web

/// A metering point: its devices, what they showed, the load curve of some days, what was odd.
struct MeteringPointPage: Sendable {
    let details: MeteringPointDetails
    var days: DayRange?
    var loads: [SeriesDocument.Register] = []
    var readings: [SeriesDocument.Register] = []
    var findings: [FindingRecord] = []
    var consumption: MonthlyConsumption?
    /// Computed series, with sum and coverage of the days shown.
    var virtual: [ReadVirtualPoint.Series] = []
    var completeness: [MeasureCompleteness.Month] = []
    /// The latest of what people did to its values.
    var edits: [EditRecord] = []
    /// Values as they were known then; nil: as they are known now.
    var asOf: Instant?
    var error: String?
    /// What checks the values: other meters, and nodes with what flowed on the days shown.
    var checkMeters: [CheckMeterRecord] = []
    var nodes: [Node] = []

    /// Registers that deliver intervals.
    var channels: [Register] { details.devices.flatMap(\.registers).filter { $0.resolution != nil } }
    /// Codes of the registers that are read.
    var registerCodes: [ObisCode] { Set(details.devices.flatMap(\.registers).filter { $0.resolution == nil }.map(\.obis)).sorted() }

    /// At most 92 days in one picture; the later ones stay.
    static func bounded(_ days: DayRange) -> DayRange {
        guard let until = days.until, days.from.days(until: until) > 92 else { return days }
        return DayRange(from: until.adding(days: -92), until: until)
    }

    /// The last seven of the days shown.
    static func week(_ days: DayRange) -> DayRange {
        guard let until = days.until, days.from.days(until: until) > 7 else { return days }
        return DayRange(from: until.adding(days: -7), until: until)
    }

    func html(_ screen: Screen) -> HTML {
        let street = [details.street, details.house].compactMap { $0 }.joined(separator: " ")
        let city = [details.postcode, details.city].compactMap { $0 }.joined(separator: " ")
        let place = [street, city].filter { !$0.isEmpty }.joined(separator: ", ")
        let facts = Parts.facts([
            (screen(Words.address), place.isEmpty ? nil : "\(place)"),
            (screen("Anschlussleistung", "Capacity"), details.capacity.map { "\(screen.format.exact($0))" }),
            (
                screen("Koordinaten", "Coordinates"),
                details.latitude.flatMap { lat in details.longitude.map { "\(screen.format.decimal(lat)), \(screen.format.decimal($0))" } }
            ),
        ])
        return """
            <div class="head"><h1>\(Parts.dot(details.commodity))\(screen(Words.meteringPoint)) <span class="code">\(details.code)</span></h1>\
            <a href="/metering-points/\(segment: details.code)/devices">\(screen("Leben der Zähler", "Life of the meters"))</a></div>\(known(screen))\
            <div class="two"><div>\(Parts.panel(screen(Words.commodity(details.commodity)), facts))\(devices(screen))</div>\
            <div>\(monthly(screen))\(complete(screen))</div></div>\(load(screen))\(computed(screen))\(references(screen))\(shown(screen))\(odd(screen))\(edited(screen))
            """
    }

    private func devices(_ screen: Screen) -> HTML {
        let lines = details.devices.flatMap { device in
            device.registers.map { register -> Listing.Line in
                let parameters = register.parameters(on: device.installation.from)
                return Listing.Line([
                    "\(device.serial)", "\(register.obis.description)",
                    "\(screen(Words.rhythm(register.resolution)))",
                    "\(Format.unit(register.unit))\(parameters.factor == .one ? .nothing : " × \(parameters.factor.description)" as HTML)",
                    "<span class=\"day\">\(screen.format.period(device.installation))</span>",
                ])
            }
        }
        return Parts.panel(
            screen("Zähler und Zählwerke", "Meters and registers"),
            Listing(
                caption: screen(Words.meter),
                columns: [
                    .init(screen(Words.meter)), .init("OBIS"), .init(screen("Art", "Kind")), .init(screen(Words.unit)),
                    .init(screen("eingebaut", "installed")),
                ],
                lines: lines, empty: screen("Hier hängt kein Zähler.", "No meter hangs here."), isStacked: true
            ).html())
    }

    private func monthly(_ screen: Screen) -> HTML {
        guard let consumption else { return .nothing }
        return Parts.panel(
            screen("Verbrauch je Monat", "Consumption by month"),
            consumption.chart(screen("Verbrauch je Monat", "Consumption by month"), commodity: details.commodity, screen.format).html(
                screen.format, id: "months"))
    }

    private func load(_ screen: Screen) -> HTML {
        guard let days, isCurve else { return .nothing }
        let form: HTML = """
            <form class="filter"><div><label for="from">\(screen(Words.from))</label><input type="date" id="from" name="from" value="\(days.from.description)"></div>\
            <div><label for="last">\(screen(Words.until))</label><input type="date" id="last" name="last" value="\(days.lastDay?.description)"></div>\(moment(screen))<button>\(screen(Words.show))</button></form>
            """
        let pictures = loads.enumerated().map { index, series -> HTML in
            let chart = LineChart(
                title: "\(screen("Lastgang", "Load curve")) \(series.meter), \(series.obis), \(screen.format.period(days))",
                commodity: details.commodity, unit: series.unit,
                points: series.values.map { .init(at: $0.at, micro: $0.micro, status: $0.status) }, days: days)
            let guessed = series.values.count { $0.status == .estimated || $0.status == .substituted }
            let rejected = series.values.count { $0.status == .rejected }
            let words = screen(
                "\(screen.format.count(series.values.count)) Werte, \(screen.format.count(guessed)) geschätzt (schraffiert), \(screen.format.count(rejected)) verworfen (hohl)",
                "\(screen.format.count(series.values.count)) values, \(screen.format.count(guessed)) estimated (hatched), \(screen.format.count(rejected)) rejected (hollow)"
            )
            return
                "<h3>\(series.meter) · \(series.obis.description)</h3>\(chart.html(screen.format, id: "load\(index)"))<p class=\"small\">\(words)</p>\(values(series, screen))"
        }
        let content: HTML =
            pictures.isEmpty
            ? "<p class=\"empty\">\(screen("In diesen Tagen ist nichts bekannt.", "Nothing is known of these days."))</p>" : "\(pictures)"
        return Parts.panel(screen("Lastgang", "Load curve"), id: "load", "\(form)\(content)")
    }

    /// The values behind the picture; a week of quarter hours is 672 lines, so only up to two days are written out.
    private func values(_ series: SeriesDocument.Register, _ screen: Screen) -> HTML {
        guard series.values.count <= 200 else {
            return
                "<p class=\"small\">\(screen("Für die einzelnen Werte und ihre Geschichte wählen Sie höchstens zwei Tage.", "For the single values and their history choose two days at most."))</p>"
        }
        let isDelivered = details.devices.contains { $0.serial == series.meter }
        let lines = series.values.map { value in
            Listing.Line(
                [
                    "<span class=\"day\">\(screen.format.moment(value.at))</span>",
                    "\(screen.format.exact(Measure(micro: value.micro, unit: series.unit)))",
                    "\(screen(Words.status(value.status)))", "\(FindingWords.method(value.method, screen))", "\(value.version)",
                ], path: isDelivered ? history(of: series.obis, value.at) : nil)
        }
        return
            "<details class=\"behind\"><summary>\(screen(Words.asTable))</summary>\(Listing(caption: series.obis.description, columns: MeteringPointPage.columns(screen), lines: lines, empty: "").html())</details>"
    }

    private func shown(_ screen: Screen) -> HTML {
        guard !registerCodes.isEmpty else { return .nothing }
        let tables = readings.map { series -> HTML in
            let lines = series.values.reversed().prefix(24).map { value in
                Listing.Line(
                    [
                        "<span class=\"day\">\(screen.format.moment(value.at))</span>",
                        "\(screen.format.exact(Measure(micro: value.micro, unit: series.unit)))",
                        "\(screen(Words.status(value.status)))", "\(FindingWords.method(value.method, screen))", "\(value.version)",
                    ], path: history(of: series.obis, value.at))
            }
            return
                "<h3>\(series.meter) · \(series.obis.description)</h3>\(Listing(caption: series.obis.description, columns: MeteringPointPage.columns(screen), lines: Array(lines), empty: "", isStacked: true).html())"
        }
        let content: HTML = tables.isEmpty ? "<p class=\"empty\">\(screen("Noch kein Zählerstand.", "No reading yet."))</p>" : "\(tables)"
        let form: HTML =
            isCurve || days == nil ? .nothing : "<form class=\"filter\">\(moment(screen))<button>\(screen(Words.show))</button></form>"
        return Parts.panel(screen("Zählerstände", "Meter readings"), "\(form)\(content)")
    }

    private func odd(_ screen: Screen) -> HTML {
        guard screen.may(.readFindings) else { return .nothing }
        return Parts.panel(screen(Words.findings), WorklistPage.table(findings, screen))
    }

    private static func columns(_ screen: Screen) -> [Listing.Column] {
        [
            .init(screen(Words.moment)), .init(screen(Words.value), number: true), .init(screen(Words.state)), .init(screen(Words.method)),
            .init(screen(Words.version), number: true),
        ]
    }
}
