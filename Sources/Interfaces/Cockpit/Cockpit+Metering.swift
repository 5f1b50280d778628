internal import AccessOperations
internal import Metering
internal import MeteringOperations
internal import ReadingFormats
internal import Values
internal import Web

extension CockpitInterface {
    /// Metering points and the worklist of findings.
    func addMetering(to site: inout Site) {
        site.get("/metering-points/{code}", kind: .page, allow: .permission(.readMeteringPoints), summary: "A metering point") { request in
            try await meteringPoint(self.screen(request))
        }
        site.get("/findings", kind: .page, allow: .permission(.readFindings), summary: "Worklist of findings") { request in
            try await findings(self.screen(request))
        }
        site.get("/findings/{id}", kind: .page, allow: .permission(.readFindings), summary: "A finding") { request in
            try await finding(self.screen(request), error: nil)
        }
        site.post("/findings/{id}", kind: .page, allow: .permission(.resolveFindings), summary: "Resolve a finding") { request in
            try await resolve(request)
        }
        site.translate { error in
            switch error {
            case is UnknownMeteringPoint: Problem(.notFound)
            case is ReadSeries.BadCursor: Problem(.badRequest)
            default: nil
            }
        }
    }

    /// The newest open findings, for the start page.
    func worklistSummary(_ screen: Screen) async throws -> HTML {
        guard screen.may(.readFindings) else { return .nothing }
        let (items, next) = try await ListFindings(pool: pool)(limit: 6)
        let all: HTML = next == nil ? .nothing : "<a href=\"/findings\">\(screen(Words.all))</a>"
        return Parts.panel(screen("Nächste Aufgaben", "Next tasks"), side: all, FindingsPage.table(items, screen))
    }

    private func meteringPoint(_ screen: Screen) async throws -> WebResponse {
        let code = screen.request["code"]
        let details = try await GetMeteringPoint(pool: pool)(code)
        try await look("metering-point.view", code, screen)
        var page = MeteringPointPage(details: details)
        if screen.may(.readReadings) {
            let series = ReadSeries(pool: pool)
            // The last day for which anything is known is where people look first.
            let until = screen.request.query.filled("last").flatMap { Day($0) }?.adding(days: 1)
            let from = screen.request.query.filled("from").flatMap { Day($0) }
            let last = try await lastKnownDay(code, details, screen)
            let days = DayRange(
                checked: from ?? (until ?? last.adding(days: 1)).adding(days: -7),
                until: until ?? (from ?? last.adding(days: -6)).adding(days: 7))
            let shown = MeteringPointPage.bounded(days ?? DayRange(from: last.adding(days: -6), until: last.adding(days: 1)))
            page.days = shown
            let begin = LocalTime.berlin.start(of: shown.from)
            let end = LocalTime.berlin.start(of: shown.until ?? shown.from.adding(days: 1))
            for register in page.channels {
                page.loads += try await series(.init(meteringPoint: code, obis: register.obis, from: begin, to: end, limit: 100_000)).series
                    .filter { $0.meter == register.serial }
            }
            for obis in page.registerCodes {
                let year = begin.adding(seconds: -400 * 86_400)
                page.readings += try await series(.init(meteringPoint: code, obis: obis, from: year, limit: 2_000)).series
            }
        }
        if screen.may(.readFindings) {
            page.findings = try await ListFindings(pool: pool)(.init(isOpen: nil, meteringPoint: code), limit: 20).items
        }
        page.consumption = try await LoadMonthlyConsumption(pool: pool)([details.id], today: screen.request.today)[details.id]
        return screen.page("\(screen(Words.meteringPoint)) \(code)", page.html(screen))
    }

    /// The last day with a value in the last two years, found by looking backwards in ever longer steps.
    private func lastKnownDay(_ code: String, _ details: MeteringPointDetails, _ screen: Screen) async throws -> Day {
        let today = screen.request.today
        var reach = 8
        while reach < 1_100 {
            let from = LocalTime.berlin.start(of: today.adding(days: -reach))
            let found = try await ReadSeries(pool: pool)(.init(meteringPoint: code, from: from, limit: 100_000)).series
            if let last = found.compactMap({ $0.values.last?.at }).max() {
                // A reading at midnight ends a day; it does not begin one.
                return min(LocalTime.berlin.day(of: Instant(microseconds: last.microseconds - 1)), today)
            }
            reach *= 5
        }
        return today
    }

    private func findings(_ screen: Screen) async throws -> WebResponse {
        let query = screen.request.query
        let isOpen: Bool? =
            switch query["state"] {
            case "resolved": false
            case "all": nil
            default: true
            }
        let filter = ListFindings.Filter(
            isOpen: isOpen, rule: query.filled("rule"), severity: query.filled("severity").flatMap { Finding.Severity(rawValue: $0) },
            meteringPoint: query.filled("point"), meter: query.filled("meter"))
        let (items, next) = try await ListFindings(pool: pool)(filter, cursor: query.filled("cursor"), limit: 50)
        return screen.page(screen(Words.worklist), here: "/findings", FindingsPage(items: items, next: next, filter: filter).html(screen))
    }

    private func record(_ screen: Screen) async throws -> FindingRecord {
        guard let id = Int64(screen.request["id"]), id > 0, id < .max else { throw Problem(.notFound) }
        // The page that begins right above this one begins with this one.
        guard let found = try await ListFindings(pool: pool)(.init(isOpen: nil), cursor: String(id + 1), limit: 1).items.first,
            found.id == id
        else {
            throw Problem(.notFound)
        }
        return found
    }

    private func finding(_ screen: Screen, error: String?) async throws -> WebResponse {
        let record = try await record(screen)
        var response = screen.page(screen("Auffälligkeit", "Finding"), slim: true, FindingPage(record: record, error: error).html(screen))
        if error != nil { response.status = 422 }
        return response
    }

    private func resolve(_ request: WebRequest) async throws -> WebResponse {
        let form = try await request.form()
        let screen = self.screen(request)
        guard let note = form.filled("note") else {
            return try await finding(
                screen, error: screen("Sagen Sie mit einem Satz, was Sie gefunden haben.", "Say in a sentence what you found."))
        }
        let record = try await record(screen)
        do {
            _ = try await ResolveFinding(pool: pool)(record.id, by: request.principal?.name ?? "", note: note, now: request.now)
        } catch ResolveFinding.Problem.alreadyResolved { return .redirect("/findings/\(record.id)") }
        tasks.forget()
        try await look("finding.resolve", "\(record.id)", screen)
        return .redirect("/findings")
    }
}
