internal import AccessOperations
internal import BillingOperations
internal import Values
internal import Web

/// Billing runs, the newest first, and the form that starts one.
struct RunsPage: Sendable {
    let runs: [BillingRunRecord]
    let next: String?
    var ended: [EndedContract] = []
    let errors: [(field: String, text: String)]
    let typed: Fields

    func html(_ screen: Screen) -> HTML {
        let lines = runs.map { run -> Listing.Line in
            Listing.Line(
                [
                    "\(run.number)", "\(RunsPage.cycle(run, screen))",
                    "<span class=\"day\">\(screen.format.period(run.period))</span>", RunsPage.chip(run, screen),
                    "\(screen.format.count(run.billed))", "\(screen.format.count(run.held))", "\(screen.format.money(run.gross))",
                ], path: "/billing-runs/\(run.number)")
        }
        let table = Listing(
            caption: screen(Words.runs),
            columns: [
                .init(screen(Words.number)), .init(screen("Turnus", "Cycle")), .init(screen(Words.period)), .init(screen(Words.state)),
                .init(screen("berechnet", "billed"), number: true), .init(screen("angehalten", "held"), number: true),
                .init(screen(Words.gross), number: true),
            ], lines: lines, empty: screen("Noch kein Lauf.", "No run yet."), isStacked: true, isDense: true)
        let more: HTML =
            next.map { "<p><a class=\"button\" href=\"/billing-runs?cursor=\(segment: $0)\">\(screen(Words.more))</a></p>" } ?? .nothing
        let bills: HTML = screen.may(.readInvoices) ? "<a href=\"/invoices\">\(screen("Alle Rechnungen", "All bills"))</a>" : .nothing
        return
            "<div class=\"head\"><h1>\(screen("Abrechnungsläufe", "Billing runs"))</h1>\(BillingSection.links(screen, here: "/billing-runs"))</div>\(form(screen))\(EndedContractsPanel(contracts: ended).html(screen))\(Parts.panel(screen("Läufe", "Runs"), side: bills, table.html()))\(more)"
    }

    private func form(_ screen: Screen) -> HTML {
        guard screen.may(.startBillingRuns) else { return .nothing }
        func error(_ field: String) -> String? { errors.first { $0.field == field }?.text }
        let chosen = typed["cycle"] ?? "annual-12"
        let cycles = ["final", "monthly"] + (1...12).map { "annual-\($0 < 10 ? "0" : "")\($0)" }
        let options = cycles.map {
            "<option value=\"\($0)\"\(raw: $0 == chosen ? " selected" : "")>\(RunsPage.cycle($0, screen))</option>" as HTML
        }
        return Parts.panel(
            screen("Abrechnen", "Bill"),
            """
            \(Parts.errors(screen, errors))<form method="post" action="/billing-runs"><div class="filter">\(screen.csrf)\
            <div><label for="cycle">\(screen("Turnus", "Cycle"))</label><select id="cycle" name="cycle">\(options)</select></div>\
            \(Parts.field("lastDay", screen("Letzter Tag", "Last day"), type: "date", value: typed["lastDay"] ?? Day(screen.request.today.year - 1, 12, 31).description, error: error("lastDay"), required: true))\
            \(Parts.field("region", screen("Nur Region", "Region only"), value: typed["region"] ?? "", error: error("region")))\
            <div><label for="listed">\(screen("Nur diese Verträge oder Konten", "Only these contracts or accounts"))</label><textarea id="listed" name="listed" rows="1" placeholder="VT-…, VK-…">\(typed["listed"] ?? "")</textarea></div>\
            <div><label><input type="checkbox" name="simulate" value="1"\(raw: typed["simulate"] == nil && !errors.isEmpty ? "" : " checked")> \(screen("nur probeweise", "trial only"))</label></div>\
            <button class="first">\(screen("Starten", "Start"))</button></div></form>\
            <p class="small">\(screen("Probeweise heißt: derselbe Weg, nichts wird ausgestellt oder gebucht. Was schon abgerechnet ist, wird kein zweites Mal berechnet.", "A trial goes the same way and issues or books nothing. What has been billed is not billed twice."))</p>
            """)
    }

    static func chip(_ run: BillingRunRecord, _ screen: Screen) -> HTML {
        let word =
            switch run.state {
            case .running: Parts.chip(screen("läuft", "running"), .warn)
            case .paused: Parts.chip(screen("pausiert", "paused"), .warn)
            case .stopped: Parts.chip(screen("abgebrochen", "stopped"), .bad)
            case .finished: Parts.chip(screen("fertig", "finished"), .good)
            }
        return run.isSimulation ? "\(word) \(Parts.chip(screen("Probe", "trial")))" : word
    }

    /// With the part that it bills.
    static func cycle(_ run: BillingRunRecord, _ screen: Screen) -> String {
        let cycle = cycle(run.cycle, screen)
        if let region = run.region { return "\(cycle), \(screen("Region", "region")) \(region)" }
        guard let listed = run.listed else { return cycle }
        return "\(cycle), \(screen("Liste mit \(screen.format.count(listed)) Nummern", "list of \(screen.format.count(listed)) numbers"))"
    }

    static func cycle(_ cycle: String, _ screen: Screen) -> String {
        if cycle == "monthly" { return screen("monatlich", "monthly") }
        if cycle == "interim" { return screen("Zwischenrechnung auf Verlangen", "interim bill on demand") }
        if cycle == "final" { return screen("beendete Verträge", "ended contracts") }
        if cycle.hasPrefix("final-") {
            return "\(screen("beendete Verträge", "ended contracts")), \(RunsPage.cycle(String(cycle.dropFirst(6)), screen))"
        }
        guard let month = cycle.split(separator: "-").last.flatMap({ Int($0) }) else { return cycle }
        return screen("jährlich bis Ende \(screen.format.month(month))", "annual to the end of \(screen.format.month(month))")
    }
}

/// One run: how far it is, what it came to, what it kept back.
struct RunPage: Sendable {
    let run: BillingRunRecord
    let held: [HeldContract]
    /// nil while it is at work.
    let report: BillingRunReport?

    func html(_ screen: Screen) -> HTML {
        let progress: HTML =
            !run.isOver
            ? """
            <section class="panel" data-events="/billing-runs/\(segment: run.number)/events"><label for="bar">\(screen("Fortschritt", "Progress"))</label>\
            <progress id="bar" max="\(max(run.contracts, 1))" value="\(run.done)"></progress><p data-words aria-live="polite">\(RunPage.words(run, screen))</p>\
            <p class="small">\(run.state == .paused ? screen("Der Lauf wartet, bis ihn jemand fortsetzt.", "The run waits until somebody continues it.") : screen("Sie können die Seite verlassen; der Lauf geht weiter.", "You may leave the page; the run goes on.")) <a href="/billing-runs/\(segment: run.number)">\(screen("Neu laden", "Reload"))</a></p>\(buttons(screen))</section>
            """ : .nothing
        let figures = Parts.figures([
            Parts.figure(screen("Verträge", "Contracts"), "\(screen.format.count(run.contracts))"),
            Parts.figure(
                screen("berechnet", "billed"), "\(screen.format.count(run.billed))",
                path: run.isSimulation ? nil : "/invoices?run=\(run.number)"),
            Parts.figure(screen("angehalten", "held"), "\(screen.format.count(run.held))", path: run.held > 0 ? "#held" : nil),
            Parts.figure(screen(Words.net), screen.money(run.net)), Parts.figure(screen(Words.gross), screen.money(run.gross)),
        ])
        return """
            <p><a href="/billing-runs">\(screen("Abrechnungsläufe", "Billing runs"))</a></p><div class="head"><h1>\(screen("Lauf", "Run")) <span class="day">\(run.number)</span></h1>\(RunsPage.chip(run, screen))</div>\
            <p class="quiet">\(RunsPage.cycle(run, screen)), \(screen.format.period(run.period)) · \(screen("gestartet", "started")) \(screen.format.moment(run.startedAt)), \(run.author)\(changed(screen))</p>\
            \(progress)\(figures)\(report.map { RunReportPanels(report: $0).html(screen) } ?? .nothing)\(kept(screen))
            """
    }

    /// Who let it wait, go on or end, and when.
    private func changed(_ screen: Screen) -> HTML {
        guard let by = run.changedBy, let at = run.changedAt else { return .nothing }
        let word =
            switch run.state {
            case .paused: screen("pausiert", "paused")
            case .stopped: screen("abgebrochen", "stopped")
            case .running, .finished: screen("fortgesetzt", "continued")
            }
        return " · \(word) \(screen.format.moment(at)), \(by)"
    }

    /// A run whose server stopped goes on when somebody says so; it bills nothing twice.
    private func buttons(_ screen: Screen) -> HTML {
        guard screen.may(.startBillingRuns) else { return .nothing }
        func button(_ action: String, _ word: String, plain: Bool = true) -> HTML {
            "<form method=\"post\" action=\"/billing-runs/\(segment: run.number)/\(action)\">\(screen.csrf)<button\(raw: plain ? " class=\"plain\"" : "")>\(word)</button></form>"
        }
        let stop = button("stop", screen("Abbrechen", "Stop"))
        if run.state == .paused {
            return "<div class=\"filter\">\(button("continue", screen("Fortsetzen", "Continue"), plain: false))\(stop)</div>"
        }
        return
            "<div class=\"filter\">\(button("pause", screen("Pause", "Pause"), plain: false))\(stop)\(button("resume", screen("Steht er? Fortsetzen", "Stuck? Go on")))</div>"
    }

    /// How far it is, how fast it goes, how long it takes still.
    static func words(_ run: BillingRunRecord, _ screen: Screen) -> String {
        let far = screen(
            "\(screen.format.count(run.done)) von \(screen.format.count(run.contracts)) Verträgen, \(screen.format.money(run.gross)) brutto",
            "\(screen.format.count(run.done)) of \(screen.format.count(run.contracts)) contracts, \(screen.format.money(run.gross)) gross")
        if run.state == .paused { return far + screen(" – pausiert", " – paused") }
        guard let pace = run.pace else { return far }
        let rate = screen.format.decimal(pace.perSecond)
        let rest = RunPage.duration(pace.remainingSeconds, screen)
        return far + screen(", \(rate) je Sekunde, noch etwa \(rest)", ", \(rate) a second, about \(rest) left")
    }

    /// Seconds up to two minutes, minutes up to two hours, then hours.
    private static func duration(_ seconds: Int64, _ screen: Screen) -> String {
        let blank = Format.blank
        if seconds < 120 { return "\(seconds)\(blank)s" }
        if seconds < 7_200 { return "\((seconds + 59) / 60)\(blank)min" }
        return "\((seconds + 3_599) / 3_600)\(blank)h"
    }

    private func kept(_ screen: Screen) -> HTML {
        guard run.held > 0 else { return .nothing }
        let lines = held.map {
            Listing.Line(
                [
                    "<span class=\"day\">\($0.contract)</span>", "<span class=\"day\">\($0.account)</span>",
                    "<span class=\"day\">\(screen.format.period($0.period))</span>", "\($0.explanation)",
                ], path: screen.may(.readPartners) ? "/search?q=\(PercentCoding.encode($0.contract))" : nil)
        }
        return Parts.panel(
            screen("Angehalten", "Held back"), id: "held",
            side: screen.may(.readInvoices)
                ? "<a href=\"/held-bills?run=\(segment: run.number)\">\(screen("Entscheiden", "Decide"))</a>" : .nothing,
            Listing(
                caption: screen("Angehalten", "Held back"),
                columns: [
                    .init(screen(Words.contract)), .init(screen(Words.account)), .init(screen(Words.period)), .init(screen(Words.reason)),
                ],
                lines: lines, empty: "–", isStacked: true
            ).html())
    }
}

/// Bills, the newest first.
struct InvoicesPage: Sendable {
    let invoices: [InvoiceRecord]
    let next: String?
    let run: String?

    func html(_ screen: Screen) -> HTML {
        let of: HTML =
            run.map { " <span class=\"quiet\">\(screen("des Laufs", "of run")) <a href=\"/billing-runs/\(segment: $0)\">\($0)</a></span>" }
            ?? .nothing
        let more: HTML =
            next.map {
                "<p><a class=\"button\" href=\"/invoices?\(screen.request.query.with("cursor", $0).urlEncoded)\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        return "<h1>\(screen(Words.invoices))\(of)</h1>\(Parts.panel(screen(Words.invoices), InvoicesPage.table(invoices, screen)))\(more)"
    }

    static func table(_ invoices: [InvoiceRecord], _ screen: Screen) -> HTML {
        let lines = invoices.map { invoice in
            Listing.Line(
                [
                    "\(invoice.number)", "\(invoice.recipient)",
                    "\(Parts.dot(invoice.commodity))\(screen(Words.commodity(invoice.commodity)))",
                    "<span class=\"day\">\(screen.format.period(invoice.period))</span>", InvoicePage.chip(invoice, screen),
                    screen.day(invoice.dueOn), "\(screen.format.money(invoice.gross))",
                ], path: "/invoices/\(PercentCoding.encode(invoice.number))")
        }
        return Listing(
            caption: screen(Words.invoices),
            columns: [
                .init(screen(Words.number)), .init(screen("Empfänger", "Recipient")), .init(screen("Sparte", "Commodity")),
                .init(screen(Words.period)),
                .init(screen(Words.state)), .init(screen(Words.due)), .init(screen(Words.gross), number: true),
            ], lines: lines, empty: screen("Keine Rechnung.", "No bill."), isStacked: true, isDense: true
        ).html()
    }
}
