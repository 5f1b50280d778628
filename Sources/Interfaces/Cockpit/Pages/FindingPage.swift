internal import AccessOperations
internal import MeteringOperations
internal import ReadingFormats
internal import VEE
internal import Values
internal import Web

/// One finding: the series drawn around the problem, what the rule saw and against what, what was known of the value, and what to do.
struct FindingPage: Sendable {
    let record: FindingRecord
    /// The values around the problem; nil where the finding is about no register.
    var series: SeriesDocument.Register?
    /// What was sent and is believed no more, where something else stands in its place.
    var rejected: [ChartedValue] = []
    /// Register readings of the same device, to draw behind a channel.
    var readings: [SeriesDocument.Register] = []
    /// The days that the picture of a channel shows.
    var days: DayRange?
    /// What an estimate would be, asked for and not stored.
    var preview: SeriesDocument.Register?
    var history: [ReadHistory.Version] = []
    /// The finding before and after it on the worklist.
    var newer: Int64?
    var older: Int64?
    var error: String?
    /// What was typed before an error or a preview.
    var note = ""

    private var finding: Finding { record.finding }
    private var isChannel: Bool { series?.resolution != nil }

    func html(_ screen: Screen) -> HTML {
        let way: [HTML] = [
            "<a href=\"/findings\">\(screen(Words.worklist))</a>",
            newer.map { "<a href=\"/findings/\($0)\" rel=\"prev\">← \(screen("neuere", "newer"))</a>" } ?? .nothing,
            older.map { "<a href=\"/findings/\($0)\" rel=\"next\">\(screen("ältere", "older")) →</a>" } ?? .nothing,
        ]
        return """
            <p>\(way.filter { !$0.isEmpty }.joined(separator: " · "))</p>\
            <div class="head"><h1>\(FindingWords.heading(record, screen))</h1>\(WorklistPage.state(record, screen))</div>\
            \(picture(screen))<div class="two"><div>\(facts(screen))\(known(screen))</div><div>\(shown(screen))\(closing(screen))</div></div>
            """
    }

    // MARK: picture

    private func picture(_ screen: Screen) -> HTML {
        guard let series, !series.values.isEmpty else { return .nothing }
        let title = "\(series.meter) · \(series.obis)"
        return Parts.panel(title, "\(drawn(series, id: "around", title: title, screen))\(legend(points(of: series), screen))")
    }

    /// What holds, and beside it what was rejected.
    private func points(of series: SeriesDocument.Register) -> [ChartedValue] {
        (series.values.map { ChartedValue(at: $0.at, micro: $0.micro, status: $0.status) } + rejected).sorted { $0.at < $1.at }
    }

    private func drawn(_ series: SeriesDocument.Register, id: String, title: String, _ screen: Screen) -> HTML {
        let commodity = record.commodity ?? .electricity
        guard isChannel, let days else {
            return ReadingChart(
                title: title, commodity: commodity, unit: series.unit,
                readings: points(of: series), span: (finding.from, finding.until)
            ).html(screen.format, id: id)
        }
        let marks = readings.flatMap { register in
            register.values.map {
                (
                    at: $0.at,
                    text:
                        "\(register.obis) \(screen.format.moment($0.at)): \(screen.format.exact(Measure(micro: $0.micro, unit: register.unit)))"
                )
            }
        }
        return LineChart(
            title: title, commodity: commodity, unit: series.unit,
            points: points(of: series), days: days,
            span: (finding.from, finding.until), readings: marks
        ).html(screen.format, id: id)
    }

    /// The marks that the picture shows, and no others.
    private func legend(_ points: [ChartedValue], _ screen: Screen) -> HTML {
        func mark(_ shape: HTML, _ word: String) -> HTML {
            "<span><svg viewBox=\"0 0 22 12\" aria-hidden=\"true\" class=\"\((record.commodity ?? .electricity).rawValue)\">\(shape)</svg>\(word)</span>"
        }
        func has(_ statuses: ValueStatus...) -> Bool { points.contains { statuses.contains($0.status) } }
        let measured: HTML =
            isChannel
            ? "<polyline class=\"line\" points=\"1,9 8,4 14,8 21,2\"/>" : "<path class=\"diamond solid\" d=\"M11 1l5 5l-5 5l-5 -5z\"/>"
        let estimated: HTML =
            isChannel
            ? "\(Picture.hatch("legend"))<rect class=\"guessed\" fill=\"url(#legend-h)\" x=\"2\" y=\"2\" width=\"18\" height=\"9\"/>"
            : "<path class=\"diamond\" d=\"M11 1l5 5l-5 5l-5 -5z\"/>"
        let rejected: HTML =
            isChannel ? "<circle class=\"rejected\" cx=\"11\" cy=\"6\" r=\"3\"/>" : "<path class=\"rejected\" d=\"M7 2l8 8m0 -8l-8 8\"/>"
        return """
            <p class="legend">\(mark(measured, screen(Words.status(.measured))))\(has(.estimated, .substituted) ? mark(estimated, screen(Words.status(.estimated))) : .nothing)\
            \(has(.rejected) ? mark(rejected, screen(Words.status(.rejected))) : .nothing)\
            \(readings.isEmpty ? .nothing : mark("<line class=\"reading\" x1=\"11\" x2=\"11\" y1=\"0\" y2=\"12\"/>", screen("Zählerstand", "register reading")))\
            \(mark("<rect class=\"span\" x=\"2\" y=\"1\" width=\"18\" height=\"10\"/>", screen("worum es geht", "what it is about")))</p>
            """
    }

    // MARK: facts

    private func facts(_ screen: Screen) -> HTML {
        let inputs = finding.inputs.map { input -> HTML in
            let said = FindingTerms.input(input, screen)
            return "<li>\(said.name): \(said.value)</li>"
        }
        let when =
            finding.from == finding.until
            ? screen.format.moment(finding.from) : "\(screen.format.moment(finding.from)) – \(screen.format.moment(finding.until))"
        let rule = RuleCatalog.rule(named: finding.rule)
        return Parts.panel(
            screen("Was auffiel", "What was found"),
            Parts.facts([
                (screen("Schwere", "Severity"), WorklistPage.chip(finding.severity, screen)),
                (screen("Regel", "Rule"), "\(rule?.reference) <code>\(finding.rule)</code>"),
                (screen("Erklärung", "Explanation"), "\(FindingWords.explanation(finding, screen))"),
                (screen("Vorschlag", "Proposal"), "\(screen(record.proposal.german, record.proposal.english))"),
                (screen("Wann", "When"), "\(when)"),
                (screen(Words.meteringPoint), record.meteringPoint.map { "<a href=\"/metering-points/\(segment: $0)\">\($0)</a>" }),
                (screen(Words.meter), record.meter.map { "\($0) <small>\(record.obis?.description)</small>" }),
                (screen("Gesehen", "Seen"), inputs.isEmpty ? nil : "<ul>\(inputs)</ul>"),
                (screen("Grenze", "Threshold"), finding.threshold.isEmpty ? nil : "\(FindingTerms.threshold(finding.threshold, screen))"),
                (screen("Lieferung", "Delivery"), record.messageId.map { "\(record.source) <code>\($0)</code>" }),
                (screen("Gefunden", "Found"), "\(screen.format.moment(record.createdAt))"),
            ]))
    }

    /// Everything that was ever known of the first value it is about.
    private func known(_ screen: Screen) -> HTML {
        guard let series, !history.isEmpty else { return .nothing }
        return Parts.panel(
            screen("Geschichte des Werts", "History of the value"),
            HistoryTable(versions: history, unit: series.unit).html(screen))
    }

    // MARK: what to do

    private func shown(_ screen: Screen) -> HTML {
        guard let preview else { return .nothing }
        let words =
            isStanding(preview)
            ? screen(
                "Diese Ersatzwerte stehen schon: Sie wurden beim Prüfen der Lieferung gebildet, und eine neue Schätzung ergibt dasselbe. „Schätzung bestätigen“ hält sie fest.",
                "These stand-ins are there already: they were made when the delivery was checked, and a new estimate gives the same. “Confirm the estimate” keeps them."
            )
            : screen("Noch nicht gespeichert. „Schätzen“ übernimmt es.", "Not stored yet. “Estimate” takes it over.")
        return Parts.panel(
            screen("So würde geschätzt", "This would be the estimate"),
            """
            \(drawn(preview, id: "preview", title: screen("Vorschau der Schätzung", "Preview of the estimate"), screen))\
            <p class="small">\(words)</p>
            """)
    }

    /// Whether what an estimate would be is what holds.
    private func isStanding(_ preview: SeriesDocument.Register) -> Bool {
        let held = Dictionary((series?.values ?? []).map { ($0.at, $0) }) { $1 }
        return !preview.values.isEmpty && preview.values.allSatisfy { $0.micro == held[$0.at]?.micro && $0.status == held[$0.at]?.status }
    }

    private func closing(_ screen: Screen) -> HTML {
        if let at = record.resolvedAt {
            return Parts.panel(
                screen("Erledigt", "Resolved"),
                "<p>\(record.resolution)</p><p class=\"small\">\(record.resolvedBy), \(screen.format.moment(at)) · <a href=\"/edits\">\(screen("Bearbeitungen", "Edits"))</a></p>"
            )
        }
        guard screen.may(.resolveFindings) else { return .nothing }
        let wrong: HTML = error.map { "<p class=\"error\" id=\"note-error\">\($0)</p>" } ?? .nothing
        let verbs = WorklistPage.verbs(screen, single: true, hasValues: series != nil)
        return Parts.panel(
            screen("Erledigen", "Resolve"),
            """
            <form method="post" action="/findings/\(record.id)">\(screen.csrf)<div class="field\(raw: error == nil ? "" : " wrong")"><label for="note">\(screen("Was haben Sie gefunden, und warum entscheiden Sie so?", "What did you find, and why do you decide so?"))</label>\(wrong)\
            <textarea id="note" name="note" maxlength="2000"\(raw: error == nil ? "" : " aria-invalid=\"true\" aria-describedby=\"note-error\"")>\(note)</textarea></div>\(replacement(screen))<div class="verbs">\(verbs)</div></form>
            """)
    }

    /// The values it is about, to be typed anew; only as many as one can type.
    private func replacement(_ screen: Screen) -> HTML {
        guard screen.may(.editReadings), let series else { return .nothing }
        let own =
            isChannel
            ? series.values.filter { $0.at >= finding.from && $0.at < finding.until } : series.values.filter { $0.at == finding.until }
        guard (1...100).contains(own.count) else { return .nothing }
        let text = own.map { value in
            let plain = DecimalText.format(value.micro, scale: 6)
            return screen.language == .german ? plain.replacing(".", with: ",") : plain
        }.joined(separator: "\n")
        return """
            <details><summary>\(screen("Werte selbst eintragen", "Enter values yourself"))</summary><div class="field"><label for="values">\(screen("Ein Wert je Zeile", "One value a line")) (\(Format.unit(series.unit)))</label>\
            <textarea id="values" name="values" rows="\(min(own.count + 1, 12))">\n\(text)</textarea></div><button name="action" value="replace">\(screen("Diese Werte übernehmen", "Take these values"))</button></details>
            """
    }
}

/// All versions of one value, the oldest first.
struct HistoryTable: Sendable {
    let versions: [ReadHistory.Version]
    let unit: UnitCode

    /// Which versions of its parts a computed value came with; of many the first few.
    private func sources(_ version: ReadHistory.Version, _ screen: Screen) -> HTML {
        guard !version.sources.isEmpty else { return .nothing }
        let told = version.sources.prefix(8).map { source -> HTML in
            """
            <li><a href="/metering-points/\(segment: source.meteringPoint)/history?obis=\(PercentCoding.encode(source.obis.description))&amp;at=\(PercentCoding.encode(source.at.description))">\(source.meter)</a>, \
            \(screen.format.moment(source.at)): \(screen.format.exact(Measure(micro: source.micro, unit: source.unit)))</li>
            """
        }
        return "<ul>\(told)</ul>"
    }

    func html(_ screen: Screen) -> HTML {
        let lines = versions.map { version in
            Listing.Line([
                "\(version.version)", "<span class=\"day\">\(screen.format.moment(version.knownSince))</span>",
                "\(screen.format.exact(Measure(micro: version.micro, unit: unit)))", "\(screen(Words.status(version.status)))",
                "\([FindingWords.method(version.method, screen), FindingWords.reason(version.reason, screen), version.editReason].compactMap(\.self).joined(separator: ", "))\(sources(version, screen))",
                "\(version.author.isEmpty ? version.source ?? "" : version.author)",
            ])
        }
        return Listing(
            caption: screen("Geschichte des Werts", "History of the value"),
            columns: [
                .init(screen(Words.version)), .init(screen("bekannt seit", "known since")), .init(screen(Words.value), number: true),
                .init(screen(Words.state)), .init(screen("wie und warum", "how and why")), .init(screen("von", "by")),
            ], lines: lines, empty: screen("Davon war nie etwas bekannt.", "Nothing was ever known of it."),
            isStacked: true
        ).html()
    }
}
