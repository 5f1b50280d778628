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
        site.get(
            "/metering-points/{code}/history", kind: .page, allow: .permission(.readReadings), summary: "All that was known of a value"
        ) { request in try await valueHistory(self.screen(request)) }
        site.translate { error in
            switch error {
            case is UnknownMeteringPoint: Problem(.notFound)
            case is ReadSeries.BadCursor: Problem(.badRequest)
            case EditRefusal.unknownEdit, EditRefusal.unknownFinding: Problem(.notFound)
            default: nil
            }
        }
    }

    /// The newest open findings, for the start page.
    func worklistSummary(_ screen: Screen) async throws -> HTML {
        guard screen.may(.readFindings) else { return .nothing }
        let (items, next) = try await ListFindings(pool: pool)(limit: 6)
        let all: HTML = next == nil ? .nothing : "<a href=\"/findings\">\(screen(Words.all))</a>"
        return Parts.panel(screen("Nächste Aufgaben", "Next tasks"), side: all, WorklistPage.table(items, screen))
    }

    private func meteringPoint(_ screen: Screen) async throws -> WebResponse {
        let code = screen.request["code"]
        let details = try await GetMeteringPoint(pool: pool)(code)
        try await look("metering-point.view", code, screen)
        var page = MeteringPointPage(details: details)
        if let typed = screen.request.query.filled("as_of") {
            page.asOf = TypedMoment.parse(typed)
            if page.asOf == nil {
                page.error = screen(
                    "„\(typed.prefix(40))“ ist kein Zeitpunkt; gezeigt wird der heutige Stand.",
                    "“\(typed.prefix(40))” is no moment; what is known now is shown.")
            }
        }
        if screen.may(.readReadings) {
            let series = ReadSeries(pool: pool)
            // The last day for which anything is known is where people look first.
            let until = screen.request.query.filled("last").flatMap { Day(entered: $0) }?.adding(days: 1)
            let from = screen.request.query.filled("from").flatMap { Day(entered: $0) }
            let last = try await lastKnownDay(code, page.asOf, screen)
            let days = DayRange(
                checked: from ?? (until ?? last.adding(days: 1)).adding(days: -7),
                until: until ?? (from ?? last.adding(days: -6)).adding(days: 7))
            let shown = MeteringPointPage.bounded(days ?? DayRange(from: last.adding(days: -6), until: last.adding(days: 1)))
            page.days = shown
            let begin = LocalTime.berlin.start(of: shown.from)
            let end = LocalTime.berlin.start(of: shown.until ?? shown.from.adding(days: 1))
            for register in page.channels {
                page.loads += try await series(
                    .init(meteringPoint: code, obis: register.obis, from: begin, to: end, asOf: page.asOf, limit: 100_000)
                ).series.filter { $0.meter == register.serial }
            }
            page.virtual = try await ReadVirtualPoint(pool: pool)(code, period: shown, asOf: page.asOf)
            for obis in Set(page.virtual.map(\.obis)).sorted() {
                page.loads += try await series(
                    .init(meteringPoint: code, obis: obis, from: begin, to: end, asOf: page.asOf, limit: 100_000)
                ).series.filter { computed in !details.devices.contains { $0.serial == computed.meter } }
            }
            let references = ListReferences(pool: pool)
            page.checkMeters = try await references.checkMeters(of: code)
            for node in try await references.nodes(of: code, limit: 10).items {
                page.nodes.append(.init(record: node, balance: try await references.balance(of: node, over: MeteringPointPage.week(shown))))
            }
            for obis in page.registerCodes {
                let year = begin.adding(seconds: -400 * 86_400)
                page.readings += try await series(.init(meteringPoint: code, obis: obis, from: year, asOf: page.asOf, limit: 2_000)).series
            }
        }
        if screen.may(.readFindings) {
            page.findings = try await ListFindings(pool: pool)(.init(isOpen: nil, meteringPoint: code), limit: 20).items
                .filter { finding in page.asOf.map { finding.createdAt <= $0 } ?? true }
            page.edits = try await ListEdits(pool: pool)(.init(meteringPoint: code), limit: 5).items
            if !page.channels.isEmpty, page.asOf == nil {
                page.completeness = try await MeasureCompleteness(pool: pool).months(of: code, today: screen.request.today)
            }
        }
        // These tell only what is known now; beside older knowledge they would contradict it.
        if page.asOf == nil {
            page.consumption = try await LoadMonthlyConsumption(pool: pool)([details.id], today: screen.request.today)[details.id]
        }
        var response = screen.page("\(screen(Words.meteringPoint)) \(code)", page.html(screen))
        if page.error != nil { response.status = 422 }
        return response
    }

    /// Everything that was ever known of one value: a slot of a channel or a reading.
    private func valueHistory(_ screen: Screen) async throws -> WebResponse {
        let code = screen.request["code"]
        let details = try await GetMeteringPoint(pool: pool)(code)
        var page = ValueHistoryPage(details: details)
        let query = screen.request.query
        page.typed = (query.filled("obis") ?? "", query.filled("at") ?? "")
        page.obis = query.filled("obis").flatMap { ObisCode($0) }
        page.at = query.filled("at").flatMap { TypedMoment.parse($0) }
        let day = page.at.map { LocalTime.berlin.day(of: $0) } ?? screen.request.today
        page.computed = try await ReadVirtualPoint(pool: pool)(code, period: DayRange(from: day, until: day.adding(days: 1)))
        if let obis = page.obis, let at = page.at {
            page.versions = try await ReadHistory(pool: pool)(code, obis: obis, at: at)
        } else {
            if page.obis == nil {
                page.errors.append(("obis", screen("Wählen Sie ein Zählwerk.", "Choose a register.")))
            }
            if page.at == nil {
                page.errors.append(
                    ("at", screen("Der Zeitpunkt fehlt, oder es gibt ihn nicht.", "The moment is missing, or there is no such moment.")))
            }
        }
        var response = screen.page(screen("Geschichte eines Werts", "History of a value"), page.html(screen))
        if !page.errors.isEmpty { response.status = 422 }
        return response
    }

    /// The last day with a value in the last two years, found by looking backwards in ever longer steps.
    private func lastKnownDay(_ code: String, _ asOf: Instant?, _ screen: Screen) async throws -> Day {
        let today = screen.request.today
        var reach = 8
        while reach < 1_100 {
            let from = LocalTime.berlin.start(of: today.adding(days: -reach))
            let found = try await ReadSeries(pool: pool)(.init(meteringPoint: code, from: from, asOf: asOf, limit: 100_000)).series
            if let last = found.compactMap({ $0.values.last?.at }).max() {
                // A reading at midnight ends a day; it does not begin one.
                return min(LocalTime.berlin.day(of: Instant(microseconds: last.microseconds - 1)), today)
            }
            reach *= 5
        }
        return today
    }
}
