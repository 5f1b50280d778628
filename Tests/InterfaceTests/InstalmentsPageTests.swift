import AccessOperations
import Billing
import BillingOperations
import LedgerOperations
import MeteringOperations
import PartnerOperations
import Partners
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values
@testable import Web

@Suite(.database) struct `Instalments in the cockpit` {
    /// Erika's contract, planned from May on.
    private func planned(_ world: CockpitWorld) async throws -> (number: String, account: String) {
        try await world.fill()
        _ = try await world.bill()
        let contract = try #require(try await GetPartner(pool: world.pool).ofAccount("a1")?.contracts.first)
        _ = try await PlanInstalments(pool: world.pool)(
            contract: contract.number.description, yearly: Money("1320.00"),
            rule: InstalmentRule(count: 11, firstDue: Day(2026, 5, 1)), author: "test", now: CockpitWorld.now)
        return (contract.number.description, contract.account.description)
    }

    @Test func `are requested by a clerk, and each has a paper in the language of the page`() async throws {
        let world = try await CockpitWorld()
        let contract = try await planned(world)
        let clerk = try await world.person(.billing)
        #expect(await clerk.open("/billing-runs").text.contains("href=\"/instalments\""))
        let wrong = await clerk.send("/instalments", ["dueUntil": "2031-01-01"])
        #expect(wrong.status == 422 && wrong.text.contains("zwei Monate"))
        // The day that is named belongs to it.
        let done = await clerk.send("/instalments", ["dueUntil": "2026-05-01"])
        let path = try #require(done.headers["Location"])
        #expect(done.status == 303 && path == "/instalments?requested=1&onHold=0")
        let number = try #require(try await ListInstalments(pool: world.pool)(state: .requested).items.first?.number)
        let page = await clerk.open(path).text
        for words in ["Angefordert: 1", number, "href=\"/instalments/\(number).pdf\"", contract.account, "120,00"] {
            #expect(page.contains(words), "\(words)")
        }
        let german = await clerk.open("/instalments/\(number).pdf")
        #expect(german.status == 200 && german.headers["Content-Type"] == "application/pdf")
        #expect(await clerk.open("/instalments/\(number).pdf", language: "en").status == 200)
        #expect(await clerk.open("/contracts/\(contract.number)/instalment-plan.pdf").status == 200)
        #expect(
            await clerk.open("/accounts/\(contract.account)/billing").text.contains("/contracts/\(contract.number)/instalment-plan.pdf"))
        #expect(await clerk.open("/instalments?state=planned").text.contains("01.06.2026"))
        #expect(await clerk.open("/instalments/AB-0.pdf").status == 404)
        #expect(await clerk.open("/contracts/nobody/instalment-plan.pdf").status == 404)
    }

    @Test func `are paid, partly paid or open as the ledger says`() async throws {
        let world = try await CockpitWorld()
        let contract = try await planned(world)
        let clerk = try await world.person(.billing)
        _ = await clerk.send("/instalments", ["dueUntil": "2026-05-01"])
        let number = try #require(try await ListInstalments(pool: world.pool)(standing: .requested).items.first?.number)
        func pay(_ amount: String) async throws {
            _ = try await PostPayment(pool: world.pool)(
                IncomingPayment(
                    account: contract.account, amount: try #require(Money(amount)), valueDate: Day(2026, 3, 30), reference: number,
                    key: "pay \(amount)"), author: "bank", today: Day(2026, 3, 30), now: CockpitWorld.now)
        }
        for (amount, state, word) in [("50.00", "partly-paid", "teilweise bezahlt"), ("70.00", "paid", "bezahlt")] {
            try await pay(amount)
            #expect(!(await clerk.open("/instalments").text.contains(number)), "nothing of it is only requested")
            let page = await clerk.open("/instalments?state=\(state)").text
            #expect(page.contains(number) && page.contains(">\(word)<"), "\(state)")
            #expect(try await ListInstalments(pool: world.pool)(state: .requested).items.map(\.standing.rawValue) == [state])
        }
    }

    @Test func `who may only read sees them and requests nothing`() async throws {
        let world = try await CockpitWorld()
        _ = try await planned(world)
        let reader = try await world.person(.readonly)
        let page = await reader.open("/instalments?state=planned")
        #expect(page.status == 200 && !page.text.contains("action=\"/instalments\""))
        #expect(await reader.send("/instalments", ["dueUntil": "2026-05-01"]).status == 403)
        #expect(await (try world.person(.gateway)).open("/instalments").status == 403)
    }
}

@Suite(.database) struct `A large correction in the cockpit` {
    @Test func `takes two people`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let bill = try #require(try await world.bill().first { $0.recipient == "Erika Muster" })
        let body = Array(
            #"{"messageId":"late","source":"gw","registers":[{"meter":"1ESY1160000000","obis":"1-0:1.8.0","at":"2026-01-01T00:00:00+01:00","value":"9900","unit":"kWh","status":"measured"}]}"#
                .utf8)
        _ = try await IngestReadings(pool: world.pool, directory: MeterDirectory())(
            JSONReadings.parse(body), body: body, format: "json", now: CockpitWorld.now)
        let now = CockpitWorld.now
        _ = try await FindCorrections(pool: world.pool)(invoices: [bill.number], author: "zaehlwerk", now: now)
        let proposal = try #require(try await ListCorrections(pool: world.pool)().items.first)
        try #require(proposal.gross > ReleaseCorrection.limit)
        let path = "/corrections/\(proposal.id)"
        let first = try await world.person(.billing)
        let before = await first.open(path).text
        #expect(before.contains("geben zwei Personen frei") && before.contains("Als erste Person freigeben"))
        let said = await first.send(path, ["action": "release", "method": "difference", "reason": "Ablesung nachgereicht"])
        #expect(said.status == 303)
        #expect(try await ListCorrections(pool: world.pool)().items.map(\.id) == [proposal.id])
        let waiting = await first.open(path).text
        #expect(waiting.contains("Jetzt muss eine andere Person freigeben") && waiting.contains("Ablesung nachgereicht"))
        let again = await first.send(path, ["action": "release", "method": "difference", "reason": "noch einmal"])
        #expect(again.status == 422 && again.text.contains("die erste von zwei Personen"))
        let second = try await world.person(.admin)
        #expect(await second.open(path).text.contains("Als zweite freigeben und buchen"))
        #expect(await second.send(path, ["action": "release", "method": "difference", "reason": "gesehen"]).status == 303)
        let released = try #require(try await ListCorrections(pool: world.pool)(state: .released).items.first)
        #expect(released.document != nil && released.reason == "gesehen")
    }
}

@Suite(.database) struct `A plan after a correction in the cockpit` {
    @Test func `is shown where clerks work, and planned anew by one of them`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let bill = try #require(try await world.bill().first { $0.recipient == "Erika Muster" })
        let contract = try #require(try await GetPartner(pool: world.pool).ofAccount("a1")?.contracts.first)
        _ = try await PlanInstalments(pool: world.pool)(
            contract: contract.number.description, rule: InstalmentRule(count: 11, firstDue: Day(2026, 5, 1)), author: "test",
            now: CockpitWorld.now)
        let body = Array(
            #"{"messageId":"late","source":"gw","registers":[{"meter":"1ESY1160000000","obis":"1-0:1.8.0","at":"2026-01-01T00:00:00+01:00","value":"9900","unit":"kWh","status":"measured"}]}"#
                .utf8)
        let later = CockpitWorld.now.adding(seconds: 60)
        _ = try await IngestReadings(pool: world.pool, directory: MeterDirectory())(
            JSONReadings.parse(body), body: body, format: "json", now: later)
        _ = try await FindCorrections(pool: world.pool)(invoices: [bill.number], author: "zaehlwerk", now: later)
        let proposal = try #require(try await ListCorrections(pool: world.pool)().items.first)
        let clerk = try await world.person(.billing)
        #expect(!(await clerk.open("/instalments").text.contains("id=\"outdated\"")))
        _ = try await DecideCorrection(pool: world.pool).release(
            proposal.id, reason: "Ablesung nachgereicht", author: "chief", today: LocalTime.berlin.day(of: CockpitWorld.now), now: later)
        let outdated = try #require(
            try await ReviewInstalmentPlans(pool: world.pool)(today: LocalTime.berlin.day(of: CockpitWorld.now)).first)
        for path in ["/instalments", "/corrections/\(proposal.id)", "/accounts/\(outdated.account)/billing"] {
            let page = await clerk.open(path).text
            for words in ["Abschläge nach Berichtigungen", "zu niedrig", outdated.contract, outdated.changedBy, "Neu planen"] {
                #expect(page.contains(words), "\(path): \(words)")
            }
        }
        let refused = await clerk.send("/instalments/plans", ["contract": outdated.contract, "action": "keep", "reason": ""])
        #expect(refused.status == 422 && refused.text.contains("Sagen Sie mit einem Satz"))
        #expect(
            await (try world.person(.readonly)).send("/instalments/plans", ["contract": outdated.contract, "action": "adopt"]).status == 403
        )
        #expect(await clerk.send("/instalments/plans", ["contract": outdated.contract, "action": "adopt"]).status == 303)
        #expect(!(await clerk.open("/instalments").text.contains("id=\"outdated\"")))
        let planned = try await ListInstalments(pool: world.pool)(contract: outdated.contract, state: .planned).items
        #expect(planned.first?.gross == outdated.rightEach)
    }
}

@Suite(.database) struct `A plan whose contract changed its account in the cockpit` {
    @Test func `is shown with the instalments and on the page of the new account`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        _ = try await world.bill()
        let contract = try #require(try await GetPartner(pool: world.pool).ofAccount("a1")?.contracts.first)
        _ = try await PlanInstalments(pool: world.pool)(
            contract: contract.number.description, rule: InstalmentRule(count: 11, firstDue: Day(2026, 5, 1)), author: "test",
            now: CockpitWorld.now)
        let clerk = try await world.person(.billing)
        #expect(!(await clerk.open("/instalments").text.contains("id=\"left-behind\"")))
        try await world.pool.with {
            try $0.script(
                """
                UPDATE contract SET valid = daterange(lower(valid), '2026-02-01') WHERE key = 'c1';
                INSERT INTO contract (number, key, account_id, metering_point_id, tariff, valid, cycle, attributes, updated_at, updated_by)
                    SELECT number, key, (SELECT id FROM account WHERE key = 'a2'), metering_point_id, tariff, daterange('2026-02-01', NULL), cycle,
                           attributes, updated_at, updated_by FROM contract WHERE key = 'c1';
                """)
        }
        let account = try await world.pool.with { try $0.one("SELECT number FROM account WHERE key = 'a2'", as: String.self) }
        for path in ["/instalments", "/accounts/\(account)/billing"] {
            let page = await clerk.open(path).text
            #expect(page.contains("Abschläge nach Kontowechsel") && page.contains(contract.number.description), "\(path)")
        }
        #expect(await clerk.open("/instalments", language: "en").text.contains("Instalments after a change of account"))
    }
}
