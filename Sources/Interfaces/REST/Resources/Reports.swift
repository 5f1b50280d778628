internal import JSON
internal import AccessOperations
internal import Ledger
internal import LedgerOperations
internal import ReportFormats
internal import Values
internal import Web

extension RESTInterface {
    var reportEndpoints: [Endpoint] {
        let common = [
            Endpoint.Parameter("as_of", .text, "a day: what was booked up to it; a time with offset: what was known then"), Endpoint.format,
        ]
        return [
            Endpoint(
                method: .get, path: "/reports/trial-balance", permission: .readReports, area: "reports", summary: "Summen- und Saldenliste",
                query: common + [.init("from", .day, "booking days before it are the opening balance")],
                answer: .json(RESTInterface.reportSchema(Schemas.trialBalanceRow))
            ) { request in
                let asOf = try request.asOf()
                let balance = try await GetTrialBalance(pool: pool)(from: request.day("from"), asOf: asOf)
                return try RESTInterface.report(
                    .trialBalance(balance), request, RESTInterface.parameters(asOf) + [("balances", balance.balances ? "true" : "false")])
            },
            Endpoint(
                method: .get, path: "/reports/open-items", permission: .readReports, area: "reports", summary: "Open items of all accounts",
                query: common + Endpoint.paging,
                answer: .json(RESTInterface.reportSchema(.named("OpenItem")))
            ) { request in
                let asOf = try request.asOf()
                let cursor = try request.query.filled("cursor").map { text throws(Problem) in try RESTInterface.itemKey(text) }
                let page = try await ListOpenItems(pool: pool)(asOf: asOf, after: cursor, limit: request.limit(1_000, most: 10_000))
                return try RESTInterface.report(
                    .openItems(page.items), request, RESTInterface.parameters(asOf) + [("next", page.next?.description)])
            },
            Endpoint(
                method: .get, path: "/reports/aging", permission: .readReports, area: "reports", summary: "Age of what is owed",
                query: common,
                answer: .json(RESTInterface.reportSchema(Schemas.agingRow))
            ) { request in
                let asOf = try request.asOf()
                let day = asOf.day ?? request.today
                let aging = try await GetAging(pool: pool)(asOf: day, known: asOf.known)
                return try RESTInterface.report(.aging(aging), request, [("asOf", day.description)])
            },
            Endpoint(
                method: .get, path: "/reports/journal", permission: .readReports, area: "reports",
                summary: "Journal entries, a row per posting",
                query: common + [.init("from", .day, "first booking day")] + Endpoint.paging,
                answer: .json(RESTInterface.reportSchema(Schemas.journalRow))
            ) { request in
                let asOf = try request.asOf()
                let cursor = try request.query.filled("cursor").map { text throws(Problem) in try RESTInterface.journalCursor(text) }
                let page = try await ListJournal(pool: pool)(
                    from: request.day("from"), asOf: asOf, after: cursor, limit: request.limit(500, most: 5_000))
                return try RESTInterface.report(
                    .journal(page.entries.map { ($0.number, $0.recordedAt, $0.entry) }), request,
                    RESTInterface.parameters(asOf) + [("next", page.next.map { "\($0.bookingDate).\($0.id)" })])
            },
        ]
    }

    private static func parameters(_ asOf: AsOf) -> [(String, String?)] {
        [("asOf", asOf.day?.description), ("known", asOf.known?.description)]
    }

    private static func itemKey(_ text: String) throws(Problem) -> OpenItem.Key {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let entry = Int64(parts[0]), let line = Int16(parts[1]) else {
            throw Problem(.badRequest, "cursor must be the `next` of the page before")
        }
        return OpenItem.Key(entry: Identifier(entry), line: line)
    }
    private static func journalCursor(_ text: String) throws(Problem) -> ListJournal.Cursor {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let day = Day(String(parts[0])), let id = Int64(parts[1]) else {
            throw Problem(.badRequest, "cursor must be the `next` of the page before")
        }
        return ListJournal.Cursor(bookingDate: day, id: Identifier(id))
    }
}
