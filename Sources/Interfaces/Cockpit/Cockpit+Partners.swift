internal import AccessOperations
internal import LedgerOperations
internal import Metering
internal import MeteringOperations
internal import PartnerOperations
internal import Partners
internal import Values
internal import Web

extension CockpitInterface {
    /// The partner page.
    func addPartners(to site: inout Site) {
        site.get("/partners/{number}", kind: .page, allow: .permission(.readPartners), summary: "All about a business partner") { request in
            try await partner(self.screen(request))
        }
    }

    private func partner(_ screen: Screen) async throws -> WebResponse {
        guard let overview = try await GetPartner(pool: pool)(screen.request["number"]) else { throw Problem(.notFound) }
        let number = overview.partner.number?.description ?? overview.partner.key
        try await look("partner.view", number, screen)
        var page = PartnerPage(overview: overview)
        if screen.may(.readAccounts) {
            for account in overview.accounts {
                page.balances.append(try await GetBalance(pool: pool)(account.number.description, today: screen.request.today))
                page.statements.append(try await GetStatement(pool: pool)(account.number.description).statement)
            }
        }
        // Contracts of one point follow each other; the point is asked once.
        var seen: Set<String> = []
        let codes = overview.contracts.map(\.meteringPoint.text).filter { seen.insert($0).inserted }.prefix(12)
        if screen.may(.readMeteringPoints) {
            var points: [(code: String, id: Identifier<MeteringPoint>)] = []
            for code in codes { points.append((code, try await GetMeteringPoint(pool: pool)(code).id)) }
            let consumption = try await LoadMonthlyConsumption(pool: pool)(points.map(\.id), today: screen.request.today)
            for point in points {
                let own = overview.contracts.filter { $0.meteringPoint.text == point.code }.map(\.valid)
                page.consumption[point.code] = consumption[point.id]?.restricted(to: own)
            }
        }
        if screen.may(.readFindings) {
            for code in codes {
                let own = overview.contracts.filter { $0.meteringPoint.text == code }.map(\.valid)
                page.findings += try await ListFindings(pool: pool)(.init(meteringPoint: code), limit: 5).items.filter { record in
                    own.contains { $0.contains(LocalTime.berlin.day(of: record.finding.from)) }
                }
            }
        }
        page.invoices = try await invoices(of: overview, screen)
        page.story = try await correctionStory(of: overview, screen)
        return screen.page(overview.partner.name.display, page.html(screen))
    }
}
