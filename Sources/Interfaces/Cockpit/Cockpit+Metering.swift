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
}
