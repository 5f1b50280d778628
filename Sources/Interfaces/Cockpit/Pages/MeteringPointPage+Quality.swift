internal import AccessOperations
internal import MeteringOperations
internal import Values
internal import Web

/// What is known of the values of a point beyond the values: as of when, made of what, how completely, and changed by whom.
extension MeteringPointPage {
    /// Whether there is a curve to draw: a channel, or a series that is computed.
    var isCurve: Bool { !channels.isEmpty || !virtual.isEmpty }

    /// Where the history of one value stands.
    func history(of obis: ObisCode, _ at: Instant) -> String {
        "/metering-points/\(PercentCoding.encode(details.code))/history?obis=\(PercentCoding.encode(obis.description))&at=\(PercentCoding.encode(at.description))"
    }

    /// The field for the moment whose knowledge is shown.
    func moment(_ screen: Screen) -> HTML {
        """
        <div><label for="as_of">\(screen("wie bekannt am", "as known at"))</label>\
        <input type="datetime-local" step="1" id="as_of" name="as_of" value="\(asOf.map { TypedMoment.field($0) })"></div>
        """
    }

    func known(_ screen: Screen) -> HTML {
        if let error { return Parts.notice(.bad, "\(error)") }
        guard let asOf else { return .nothing }
        return Parts.notice(
            .warn,
            """
            \(screen("Werte, wie sie bekannt waren am", "Values as they were known at")) \(screen.format.moment(asOf)). \
            <a href="/metering-points/\(segment: details.code)?\(screen.request.query.with("as_of", nil).urlEncoded)">\(screen("Heutiger Stand", "What is known now"))</a>
            """)
    }

    /// Series that nobody delivers, and what they are made of.
    func computed(_ screen: Screen) -> HTML {
        guard !virtual.isEmpty, let days else { return .nothing }
        let lines = virtual.map { series -> Listing.Line in
            let parts = series.terms.map { term -> HTML in
                let sign = term.factorMicro < 0 ? "−" : "+"
                let factor: HTML =
                    term.factorMicro.magnitude == 1_000_000
                    ? .nothing
                    : "\(screen.format.decimal(DecimalText.format(Int64(clamping: term.factorMicro.magnitude), scale: 6))) × "
                return
                    "<li>\(sign) \(factor)<a href=\"/metering-points/\(segment: term.meteringPoint)\">\(term.meteringPoint)</a> <small>\(term.obis.description)</small></li>"
            }
            return Listing.Line([
                "\(series.obis.description)", "<ul>\(parts)</ul>", "<span class=\"day\">\(screen.format.period(series.valid))</span>",
                "\(screen.format.exact(Measure(micro: series.micro, unit: series.unit)))",
                "\(screen.format.count(series.known)) / \(screen.format.count(series.expected))",
                "\(screen.format.count(series.notMeasured))",
            ])
        }
        let title = screen("Berechnete Reihen", "Computed series")
        return Parts.panel(
            title,
            """
            \(Listing(caption: title, columns: [.init("OBIS"), .init(screen("Woraus", "Made of")), .init(screen(Words.validity)), .init(screen(Words.total), number: true), .init(screen("Werte bekannt", "Values known"), number: true), .init(screen("davon nicht gemessen", "of which not measured"), number: true)], lines: lines, empty: "").html())\
            <p class="small">\(screen("Summe und Werte", "Sum and values")): \(screen.format.period(days))</p>
            """)
    }

    /// How much of what was due came, month by month.
    func complete(_ screen: Screen) -> HTML {
        guard !completeness.isEmpty else { return .nothing }
        let lines = completeness.reversed().map { month -> Listing.Line in
            let tone: Parts.Tone = month.missing > 0 ? .bad : month.estimated > 0 ? .warn : .good
            // Cut, never rounded up: 100 % is said only where nothing is missing.
            let share = month.share.map { screen.format.decimal(DecimalText.format($0.millionths / 1_000, scale: 1)) + Format.blank + "%" }
            return Listing.Line([
                "\(screen.format.month(month.first.month)) \(String(month.first.year))", share.map { Parts.chip($0, tone) } ?? .nothing,
                "\(screen.format.count(month.expected))", "\(screen.format.count(month.estimated))",
                "\(screen.format.count(month.missing))",
            ])
        }
        let title = screen("Vollständigkeit", "Completeness")
        return Parts.panel(
            title,
            Listing(
                caption: title,
                columns: [
                    .init(screen(Words.month)), .init(screen("geliefert", "delivered")), .init(screen("fällig", "due"), number: true),
                    .init(screen("geschätzt", "estimated"), number: true), .init(screen("fehlen", "missing"), number: true),
                ], lines: lines, empty: ""
            ).html())
    }

    /// The latest edits of its values, and the way to all.
    func edited(_ screen: Screen) -> HTML {
        guard !edits.isEmpty else { return .nothing }
        return Parts.panel(
            screen("Bearbeitungen", "Edits"),
            side: "<a href=\"/edits?point=\(segment: details.code)\">\(screen(Words.all))</a>", EditsPage.table(edits, screen))
    }
}
