internal import AccessOperations
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

/// What rules found odd with readings, as a worklist: filtered, sorted, and worked off one by one or many at once.
struct WorklistPage: Sendable {
    let items: [FindingRecord]
    let next: String?
    let filter: ListFindings.Filter
    var counts: [(rule: String, count: Int64)] = []
    /// What was just done, to be taken back.
    var done: EditRecord?
    /// Of what was just done: findings for which there was no value to do it with.
    var unchanged = 0
    var error: String?
    /// What was chosen and typed before an error.
    var typed = Choice()

    /// Findings that somebody picked for one action.
    struct Choice: Sendable {
        /// Which of them are meant.
        enum Scope: String, Sendable, CaseIterable { case chosen, page, filter }
        var scope = Scope.chosen
        var ids: Set<Int64> = []
        var note = ""
    }

    func html(_ screen: Screen) -> HTML {
        let more: HTML =
            next.map { next in
                "<p><a class=\"button\" href=\"/findings?\(screen.request.query.with("cursor", next).urlEncoded)\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        return """
            <div class="head"><h1>\(screen(Words.worklist))</h1><p><a href="/edits">\(screen("Bearbeitungen", "Edits"))</a> · <a href="/validation-parameters">\(screen("Grenzwerte", "Thresholds"))</a></p></div>\
            \(error.map { Parts.notice(.bad, "\($0)") } ?? .nothing)\(done.map { undo($0, screen) } ?? .nothing)\(form(screen))\
            \(Parts.panel(screen(Words.findings), bulk(screen)))\(more)
            """
    }

    private func undo(_ edit: EditRecord, _ screen: Screen) -> HTML {
        Parts.notice(
            .good,
            """
            <form method="post" action="/edits/\(edit.id)/undo">\(screen.csrf)\(WorklistPage.told(edit, unchanged: unchanged, screen)) \
            <button>\(screen("Rückgängig machen", "Undo"))</button></form>
            """)
    }

    /// What an edit did, and where it did nothing, why.
    static func told(_ edit: EditRecord, unchanged: Int, _ screen: Screen) -> String {
        let (findings, values) = (screen.format.count(edit.findings.count), screen.format.count(edit.slots))
        let closed = screen(
            edit.findings.count == 1 ? "1 Auffälligkeit erledigt" : "\(findings) Auffälligkeiten erledigt",
            edit.findings.count == 1 ? "1 finding settled" : "\(findings) findings settled")
        guard edit.action != .settle else { return closed + "." }
        if edit.slots == 0 { return "\(closed). \(FindingWords.nothingChanged(edit.action, screen))" }
        let changed = screen(
            edit.slots == 1 ? "1 Wert" : "\(values) Werte", edit.slots == 1 ? "1 value" : "\(values) values")
        let sentence = "\(closed), \(changed) \(FindingWords.action(edit.action, screen))."
        guard unchanged > 0 else { return sentence }
        let count = screen.format.count(unchanged)
        return sentence + " " + screen("Bei \(count) davon:", "Of \(count):") + " " + FindingWords.nothingChanged(edit.action, screen)
    }

    // MARK: filter

    private func form(_ screen: Screen) -> HTML {
        func option(_ value: String, _ word: String, _ chosen: Bool) -> HTML {
            "<option value=\"\(value)\"\(raw: chosen ? " selected" : "")>\(word)</option>"
        }
        let states: [HTML] = [
            option("open", screen("offen", "open"), filter.isOpen == true),
            option("resolved", screen("erledigt", "resolved"), filter.isOpen == false),
            option("all", screen(Words.all), filter.isOpen == nil),
        ]
        let severities: [HTML] =
            [option("", screen(Words.all), filter.severity == nil)]
            + Finding.Severity.allCases.map { option($0.rawValue, screen(Words.severity($0)), filter.severity == $0) }
        let commodities: [HTML] =
            [option("", screen(Words.all), filter.commodity == nil)]
            + Commodity.allCases.map { option($0.rawValue, screen(Words.commodity($0)), filter.commodity == $0) }
        var rules = counts.map { option($0.rule, "\(name($0.rule, screen)) (\(screen.format.count($0.count)))", filter.rule == $0.rule) }
        if let rule = filter.rule, !counts.contains(where: { $0.rule == rule }) { rules.append(option(rule, name(rule, screen), true)) }
        return """
            <form class="filter" action="/findings"><div><label for="state">\(screen(Words.state))</label><select id="state" name="state">\(states)</select></div>\
            <div><label for="rule">\(screen("Regel", "Rule"))</label><select id="rule" name="rule">\(option("", screen(Words.all), filter.rule == nil))\(rules)</select></div>\
            <div><label for="severity">\(screen("Schwere", "Severity"))</label><select id="severity" name="severity">\(severities)</select></div>\
            <div><label for="commodity">\(screen("Sparte", "Commodity"))</label><select id="commodity" name="commodity">\(commodities)</select></div>\
            <div><label for="meter">\(screen(Words.meter))</label><input type="text" id="meter" name="meter" value="\(filter.meter)" maxlength="80"></div>\
            <button>\(screen(Words.show))</button></form>
            """
    }

    private func name(_ rule: String, _ screen: Screen) -> String {
        guard let text = RuleCatalog.rule(named: rule) else { return rule }
        return screen(text.german, text.english)
    }

    // MARK: table

    /// The table in a form of its own, when there is something to choose and somebody who may.
    private func bulk(_ screen: Screen) -> HTML {
        let isOpen = items.contains(where: \.isOpen)
        guard isOpen, screen.may(.resolveFindings) else { return WorklistPage.table(items, screen) }
        let filter = screen.request.query.with("done", nil).with("unchanged", nil).urlEncoded
        let shown = items.filter(\.isOpen).map { "<input type=\"hidden\" name=\"shown\" value=\"\($0.id)\">" as HTML }
        let scopes = Choice.Scope.allCases.map { scope -> HTML in
            let word =
                switch scope {
                case .chosen: screen("die ausgewählten", "those selected")
                case .page: screen("alle auf dieser Seite (\(shown.count))", "all on this page (\(shown.count))")
                case .filter: screen("alle dieses Filters, bis zu 1.000", "all of this filter, up to 1,000")
                }
            return "<option value=\"\(scope.rawValue)\"\(raw: scope == typed.scope ? " selected" : "")>\(word)</option>"
        }
        return """
            <form method="post" action="/findings?\(filter)">\(screen.csrf)\(shown)\(WorklistPage.table(items, screen, chosen: typed.ids))\
            <div class="filter"><div><label for="scope">\(screen("Für", "For"))</label><select id="scope" name="scope">\(scopes)</select></div>\
            <div class="field\(raw: error == nil ? "" : " wrong")"><label for="note">\(screen("Begründung", "Reason"))</label><input type="text" id="note" name="note" value="\(typed.note)" maxlength="2000"></div></div>\
            <div class="verbs">\(WorklistPage.verbs(screen, single: false, hasValues: true))</div></form>
            """
    }

    /// What can be done; the button's value is the action.
    static func verbs(_ screen: Screen, single: Bool, hasValues: Bool) -> [HTML] {
        var verbs: [HTML] = []
        if hasValues, screen.may(.editReadings) {
            verbs.append("<button name=\"action\" value=\"accept\">\(screen("Annehmen", "Accept"))</button>")
            if single {
                verbs.append("<button name=\"action\" value=\"preview\">\(screen("Schätzung ansehen", "Preview an estimate"))</button>")
            }
            verbs.append("<button name=\"action\" value=\"estimate\">\(screen("Schätzen", "Estimate"))</button>")
            if single {
                verbs.append("<button name=\"action\" value=\"confirm\">\(screen("Schätzung bestätigen", "Confirm the estimate"))</button>")
                verbs.append("<button name=\"action\" value=\"withdraw\">\(screen("Zurückziehen", "Withdraw"))</button>")
            }
        }
        verbs.append("<button class=\"first\" name=\"action\" value=\"settle\">\(screen("Erledigt", "Settled"))</button>")
        return verbs
    }

    /// - Parameter chosen: those picked before, where lines can be chosen; nil: they cannot.
    static func table(_ items: [FindingRecord], _ screen: Screen, chosen: Set<Int64>? = nil) -> HTML {
        let lines = items.map { record -> Listing.Line in
            let place: HTML =
                record.meter.map { "<span class=\"day\">\($0)</span><br><small class=\"day\">\(record.obis?.description)</small>" }
                ?? "\(record.meteringPoint)"
            var cells: [HTML] = [
                "\(FindingWords.title(record.finding, screen))", chip(record.finding.severity, screen), place,
                "<span class=\"day\">\(screen.format.moment(record.finding.from))</span>",
                "\(screen(record.proposal.german, record.proposal.english))", state(record, screen),
            ]
            if let chosen {
                let label =
                    "\(screen("auswählen", "select")): \(FindingWords.title(record.finding, screen)), \(record.meter ?? record.meteringPoint ?? "")"
                cells.append(
                    record.isOpen
                        ? "<input type=\"checkbox\" name=\"id\" value=\"\(record.id)\"\(raw: chosen.contains(record.id) ? " checked" : "") aria-label=\"\(label)\">"
                        : .nothing)
            }
            return Listing.Line(cells, path: "/findings/\(record.id)")
        }
        var columns: [Listing.Column] = [
            .init(screen("Was auffiel", "What was found")), .init(screen("Schwere", "Severity")), .init(screen(Words.meter)),
            .init(screen("Wann", "When")), .init(screen("Vorschlag", "Proposal")), .init(screen(Words.state)),
        ]
        if chosen != nil {
            columns.append(
                .init(screen("Auswahl", "Select"), choosesAll: screen("alle auf dieser Seite auswählen", "select all on this page")))
        }
        return Listing(
            caption: screen(Words.findings), columns: columns, lines: lines, empty: screen("Nichts zu tun.", "Nothing to do."),
            isStacked: true, isDense: true
        ).html()
    }

    static func state(_ record: FindingRecord, _ screen: Screen) -> HTML {
        record.isOpen ? Parts.chip(screen("offen", "open"), .warn) : Parts.chip(screen("erledigt", "resolved"), .good)
    }

    static func chip(_ severity: Finding.Severity, _ screen: Screen) -> HTML {
        let tone: Parts.Tone =
            switch severity {
            case .event: .plain
            case .warning: .warn
            case .failure, .rejection: .bad
            }
        return Parts.chip(screen(Words.severity(severity)), tone)
    }
}

/// What people did to values, the newest first; each can be taken back.
struct EditsPage: Sendable {
    let items: [EditRecord]
    let next: String?
    /// Only what was done to the values of this point.
    var point: String?
    var error: String?

    func html(_ screen: Screen) -> HTML {
        let further: HTML =
            next.map { next in
                "<p><a class=\"button\" href=\"/edits?\(screen.request.query.with("cursor", next).urlEncoded)\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        let only: HTML =
            point.map {
                "<p>\(screen(Words.meteringPoint)) <a href=\"/metering-points/\(segment: $0)\">\($0)</a> · <a href=\"/edits\">\(screen("alle Bearbeitungen", "all edits"))</a></p>"
            } ?? .nothing
        return """
            <p><a href="/findings">\(screen(Words.worklist))</a></p><h1>\(screen("Bearbeitungen von Werten", "Edits of values"))</h1>\(only)\(error.map { Parts.notice(.bad, "\($0)") } ?? .nothing)\
            \(Parts.panel(screen("Bearbeitungen", "Edits"), EditsPage.table(items, screen)))\(further)
            """
    }

    static func table(_ items: [EditRecord], _ screen: Screen) -> HTML {
        let lines = items.map { edit -> Listing.Line in
            let points = edit.meteringPoints.prefix(3).map { "<a href=\"/metering-points/\(segment: $0)\">\($0)</a>" as HTML }.joined(
                separator: ", ")
            let more: HTML = edit.meteringPoints.count > 3 ? " …" : .nothing
            let undo: HTML =
                if let by = edit.undoneBy {
                    Parts.chip(screen("zurückgenommen durch \(by)", "undone by \(by)"))
                } else if edit.action == .undo || !screen.may(.editReadings) {
                    .nothing
                } else {
                    "<form method=\"post\" action=\"/edits/\(edit.id)/undo\">\(screen.csrf)<button aria-label=\"\(screen("Bearbeitung \(edit.id) rückgängig machen", "Undo edit \(edit.id)"))\">\(screen("Rückgängig", "Undo"))</button></form>"
                }
            return Listing.Line([
                "\(edit.id)", "<span class=\"day\">\(screen.format.moment(edit.at))</span>", "\(edit.author)",
                "\(FindingWords.action(edit.action, screen))\(edit.undoes.map { " (\($0))" })", "\(screen.format.count(edit.slots))",
                "\(points)\(more)", "\(edit.reason)", undo,
            ])
        }
        return Listing(
            caption: screen("Bearbeitungen", "Edits"),
            columns: [
                .init(screen(Words.number)), .init(screen("Wann", "When")), .init(screen("von", "by")), .init(screen("Was", "What")),
                .init(screen("Werte", "Values"), number: true), .init(screen(Words.meteringPoint)), .init(screen(Words.reason)),
                .init(screen("Rückgängig", "Undo")),
            ], lines: lines, empty: screen("Noch nichts bearbeitet.", "Nothing was edited yet.")
        ).html()
    }
}
