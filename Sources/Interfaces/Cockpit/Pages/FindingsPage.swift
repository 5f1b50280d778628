internal import AccessOperations
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

/// What rules found odd with readings, as a worklist.
struct FindingsPage: Sendable {
    let items: [FindingRecord]
    let next: String?
    let filter: ListFindings.Filter

    func html(_ screen: Screen) -> HTML {
        let more: HTML =
            next.map { next in
                "<p><a class=\"button\" href=\"/findings?\(screen.request.query.with("cursor", next).urlEncoded)\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        return
            "<h1>\(screen(Words.worklist))</h1>\(form(screen))\(Parts.panel(screen(Words.findings), FindingsPage.table(items, screen)))\(more)"
    }

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
        return """
            <form class="filter" action="/findings"><div><label for="state">\(screen(Words.state))</label><select id="state" name="state">\(states)</select></div>\
            <div><label for="severity">\(screen("Schwere", "Severity"))</label><select id="severity" name="severity">\(severities)</select></div>\
            <div><label for="rule">\(screen("Regel", "Rule"))</label><input type="text" id="rule" name="rule" value="\(filter.rule)" maxlength="80"></div>\
            <div><label for="meter">\(screen(Words.meter))</label><input type="text" id="meter" name="meter" value="\(filter.meter)" maxlength="80"></div>\
            <button>\(screen(Words.show))</button></form>
            """
    }

    static func table(_ items: [FindingRecord], _ screen: Screen) -> HTML {
        let lines = items.map { record -> Listing.Line in
            let place: HTML =
                record.meter.map { "<span class=\"day\">\($0)</span><br><small class=\"day\">\(record.obis?.description)</small>" }
                ?? "\(record.meteringPoint)"
            return Listing.Line(
                [
                    "\(record.finding.explanation)", chip(record.finding.severity, screen), place,
                    "<span class=\"day\">\(screen.format.moment(record.finding.from))</span>", state(record, screen),
                ],
                path: "/findings/\(record.id)")
        }
        return Listing(
            caption: screen(Words.findings),
            columns: [
                .init(screen("Was auffiel", "What was found")), .init(screen("Schwere", "Severity")), .init(screen(Words.meter)),
                .init(screen("Wann", "When")),
                .init(screen(Words.state)),
            ], lines: lines, empty: screen("Nichts zu tun.", "Nothing to do.")
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

/// One finding: what the rule saw, against what, and the form that closes it.
struct FindingPage: Sendable {
    let record: FindingRecord
    let error: String?

    func html(_ screen: Screen) -> HTML {
        let finding = record.finding
        let inputs = finding.inputs.map { "<li>\($0.name): \(screen.format.decimal($0.value))</li>" as HTML }
        let when =
            finding.from == finding.until
            ? screen.format.moment(finding.from) : "\(screen.format.moment(finding.from)) – \(screen.format.moment(finding.until))"
        let facts = Parts.facts([
            (screen("Schwere", "Severity"), FindingsPage.chip(finding.severity, screen)),
            (screen("Regel", "Rule"), "<code>\(finding.rule)</code>"),
            (screen("Vorschlag", "Proposal"), "\(screen(record.proposal.german, record.proposal.english))"),
            (screen("Wann", "When"), "\(when)"),
            (screen(Words.meteringPoint), record.meteringPoint.map { "<a href=\"/metering-points/\(segment: $0)\">\($0)</a>" }),
            (screen(Words.meter), record.meter.map { "\($0) <small>\(record.obis?.description)</small>" }),
            (screen("Gesehen", "Seen"), inputs.isEmpty ? nil : "<ul>\(inputs)</ul>"),
            (screen("Grenze", "Threshold"), finding.threshold.isEmpty ? nil : "\(finding.threshold)"),
            (screen("Lieferung", "Delivery"), record.messageId.map { "\(record.source) <code>\($0)</code>" }),
            (screen("Gefunden", "Found"), "\(screen.format.moment(record.createdAt))"),
        ])
        return """
            <p><a href="/findings">\(screen(Words.worklist))</a></p><section class="panel"><div class="head"><h1>\(finding.explanation)</h1>\(FindingsPage.state(record, screen))</div>\(facts)</section>\(closing(screen))
            """
    }

    private func closing(_ screen: Screen) -> HTML {
        if let at = record.resolvedAt {
            return Parts.panel(
                screen("Erledigt", "Resolved"),
                "<p>\(record.resolution)</p><p class=\"small\">\(record.resolvedBy), \(screen.format.moment(at))</p>")
        }
        guard screen.may(.resolveFindings) else { return .nothing }
        let wrong: HTML = error.map { "<p class=\"error\" id=\"note-error\">\($0)</p>" } ?? .nothing
        return Parts.panel(
            screen("Erledigen", "Resolve"),
            """
            <form method="post" action="/findings/\(record.id)">\(screen.csrf)<div class="field\(raw: error == nil ? "" : " wrong")"><label for="note">\(screen("Was haben Sie gefunden und getan?", "What did you find and do?"))</label>\(wrong)\
            <textarea id="note" name="note" required maxlength="2000"></textarea></div><div class="verbs"><button class="first">\(screen("Erledigt", "Resolved"))</button></div></form>
            """)
    }
}
