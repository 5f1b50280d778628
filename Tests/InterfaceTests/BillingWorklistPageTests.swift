import AccessOperations
import Billing
import BillingOperations
import JSON
import MeteringOperations
import PartnerOperations
import Partners
import ReadingFormats
import TestKit
import Testing
import Values
@testable import Web

extension CockpitWorld {
    /// A reading that says something else than was known, or that comes late. Meter 0 is Erika's, meter 1 that of the attacker.
    fileprivate func read(_ meter: Int, at: String = "2026-01-01T00:00:00+01:00", _ value: String) async throws {
        let body = Array(
            #"{"messageId":"late-\#(meter)-\#(value)","source":"gw","registers":[{"meter":"1ESY116000000\#(meter)","obis":"1-0:1.8.0","at":"\#(at)","value":"\#(value)","unit":"kWh","status":"measured"}]}"#
                .utf8)
        _ = try await IngestReadings(pool: pool, directory: MeterDirectory())(
            JSONReadings.parse(body), body: body, format: "json", now: CockpitWorld.now)
    }

    /// Number and account of Erika's contract.
    fileprivate func contract() async throws -> (number: String, account: String)? {
        try await GetPartner(pool: pool).ofAccount("a1")?.contracts.first.map { ($0.number.description, $0.account.description) }
    }

    /// 2024 billed, and 2025 with more than twice of it for both customers: nothing of 2025 goes out by itself.
    fileprivate func doubled() async throws -> [HeldInvoice] {
        try await fill()
        for meter in 0..<2 {
            try await read(meter, "12000")
            // The month after goes on from there: of readings that contradict each other the longer row is believed.
            try await read(meter, at: "2026-02-01T00:00:00+01:00", "12300")
        }
        _ = try await bill(until: Day(2025, 1, 1))
        _ = try await bill()
        return try await ListHeldInvoices(pool: pool)().items
    }

    private func bill(until end: Day) async throws -> BillingRunRecord {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let today = LocalTime.berlin.day(of: CockpitWorld.now)
        try await PublishTariffs(pool: pool)(
            TariffSources.read(folder: root + "/Tariffs"), author: "test", today: today, now: CockpitWorld.now)
        return try await RunBilling(pool: pool)(
            cycle: "annual-12", periodEnd: end, author: "test", today: today, now: CockpitWorld.now)
    }
}

@Suite(.database) struct `Held bills in the cockpit` {
    @Test func `stand with their reason in words, and go out together when a person says why`() async throws {
        let world = try await CockpitWorld()
        let held = try await world.doubled()
        try #require(held.count == 2 && held.allSatisfy(\.isReleasable))
        let clerk = try await world.person(.billing)
        let page = await clerk.open("/held-bills").text
        for word in ["Ungewöhnlicher Verbrauch", "Erika Muster", "href=\"/metering-points/P-1\"", "Freigeben", held[0].contract] {
            #expect(page.contains(word), "\(word) is missing")
        }
        #expect(!page.contains("<script>"))
        for code in Set(CheckParameters.settings.map(\.reference)).union(["missing-spot-price", "missing-intervals", "estimated-again"]) {
            #expect(page.contains("<option value=\"\(code)\">"), "no filter for \(code)")
        }
        // Nobody releases what he has not seen: the bill with its lines.
        #expect(page.contains("href=\"/held-bills/\(held[0].id)\""))
        let preview = await clerk.open("/held-bills/\(held[0].id)").text
        #expect(preview.contains("Vorschau") && preview.contains("Warum sie angehalten ist") && preview.contains("Herleitung"))
        // A program is told the same: what the reasons mean in both languages, and the bill without a number.
        let told = try await clerk.json("/api/v1/held-invoices/\(held[0].id)")
        let reason = told["held"]?["reasons"]?[0]
        #expect(reason?["code"]?.string == "unusual-consumption" && reason?["title"]?["en"]?.string == "Unusual consumption")
        #expect(reason?["mend"]?["de"]?.string?.contains("Zählerstände prüfen") == true)
        #expect(told["bill"]?["totals"]?["gross"]?.string == held[0].gross?.description)
        #expect(told["bill"]?["lines"]?[0]?["formula"] != nil && told["bill"]?["number"] == nil && told["bill"]?["issuedOn"] == nil)
        let absent = try await clerk.json("/api/v1/held-invoices/999999")
        #expect(absent["code"]?.string == "unknown-held-invoice", "\(absent)")
        #expect(await clerk.open("/held-bills/999999").status == 404)
        #expect(await clerk.open("/held-bills/x").status == 404)
        let english = await clerk.open("/held-bills", language: "en").text
        #expect(english.contains("Unusual consumption") && english.contains("Check the readings"))
        #expect(await clerk.open("/held-bills?code=on-hold").text.contains("Nichts ist angehalten"))
        #expect(await clerk.open("/billing-runs").text.contains("href=\"/held-bills\""))

        let none = await clerk.send("/held-bills", ["action": "release", "reason": "x"])
        #expect(none.status == 422 && none.text.contains("mindestens eine"))
        let silent = await clerk.send("/held-bills", ["id": "\(held[0].id)", "action": "release"])
        #expect(silent.status == 422 && silent.text.contains("warum"))

        let done = await clerk.send(
            "/held-bills", ["id": "\(held[0].id)", "id": "\(held[1].id)", "action": "release", "reason": "Wärmepumpe seit März"])
        let path = try #require(done.headers["Location"])
        #expect(done.status == 303 && path.hasSuffix("&held=0&refused=0"))
        let bills = try await ListInvoices(pool: world.pool)().invoices.filter { $0.period.from == Day(2025, 1, 1) }
        #expect(Set(bills.map(\.gross)) == Set(held.compactMap(\.gross)))
        let after = await clerk.open(path).text
        #expect(bills.count == 2 && bills.allSatisfy { after.contains($0.number) })
        #expect(await clerk.open("/held-bills?state=issued").text.contains("Wärmepumpe seit März"))
        let again = await clerk.send("/held-bills", ["id": "\(held[0].id)", "action": "release", "reason": "noch einmal"])
        #expect(again.headers["Location"]?.hasSuffix("&refused=1") == true)
    }

    @Test func `what comes out differently by now stays, and is shown anew`() async throws {
        let world = try await CockpitWorld()
        let held = try #require(try await world.doubled().first { $0.recipient == "Erika Muster" })
        try await world.read(0, "14000")
        let clerk = try await world.person(.billing)
        let done = await clerk.send("/held-bills", ["id": "\(held.id)", "action": "release", "reason": "gesehen"])
        let path = try #require(done.headers["Location"])
        #expect(path.contains("held=1"))
        #expect(await clerk.open(path).text.contains("Weiter angehalten"))
        #expect(try await ListInvoices(pool: world.pool)().invoices.allSatisfy { $0.period.from < Day(2025, 1, 1) })
    }

    @Test func `are counted on the start page, beside the corrections that wait, for who may see them`() async throws {
        let world = try await CockpitWorld()
        let clerk = try await world.person(.billing)
        #expect(!(await clerk.open("/").text.contains("billing-tasks")), "nothing waits")
        _ = try await world.doubled()
        let start = await clerk.open("/").text
        #expect(start.contains("href=\"/held-bills\">Angehaltene Rechnungen: 2<") && !start.contains("href=\"/corrections\""))
        // The bills of 2024 turn out wrong.
        try await world.read(0, at: "2025-01-01T00:00:00+01:00", "3900")
        _ = try await FindCorrections(pool: world.pool)(author: "test", now: CockpitWorld.now)
        #expect(await clerk.open("/", language: "en").text.contains("href=\"/corrections\">Corrections that wait for a decision: 1<"))
        let gateway = try await world.person(.gateway)
        #expect(!(await gateway.open("/").text.contains("billing-tasks")))
    }

    @Test func `an interim bill is written on the page of the account, and what cannot be one is said`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        try await world.read(0, at: "2026-02-01T00:00:00+01:00", "7500")
        _ = try await world.bill()
        let clerk = try await world.person(.billing)
        let contract = try #require(try await GetPartner(pool: world.pool).ofAccount("a1")?.contracts.first)
        let (page, form) = ("/accounts/\(contract.account)/billing", "/accounts/\(contract.account)/interim-bills")
        #expect(await clerk.open(page).text.contains("action=\"\(form)\""))
        let number = contract.number.description
        let early = await clerk.send(form, ["contract": number, "last": "2027-01-31"])
        #expect(early.status == 422 && early.text.contains("noch nicht vorbei"))
        let billed = await clerk.send(form, ["contract": number, "last": "2025-06-30"])
        #expect(billed.status == 422 && billed.text.contains("schon abgerechnet"))
        #expect(await clerk.send(form, ["contract": "VT-1", "last": "2026-01-31"]).status == 400)
        let done = await clerk.send(form, ["contract": number, "last": "2026-01-31"])
        let path = try #require(done.headers["Location"])
        #expect(done.status == 303 && path.hasPrefix("/invoices/"))
        let bill = await clerk.open(path).text
        #expect(bill.contains("Zwischenrechnung") && bill.contains("31.01.2026"))
        let reader = try await world.person(.readonly)
        #expect(await reader.send(form, ["contract": number, "last": "2026-01-31"]).status == 403)
    }

    @Test func `bills that went out late say so beside the worklist`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        try await world.publish()
        // A month of the year before was billed here; what has a year as its period was forgotten.
        _ = try await RunBilling(pool: world.pool)(
            cycle: "monthly", periodEnd: Day(2024, 2, 1), author: "clerk", today: CockpitWorld.today, now: CockpitWorld.now)
        let late = try await world.bill()
        let clerk = try await world.person(.billing)
        let page = await clerk.open("/held-bills").text
        let number = try #require(late.first?.number)
        #expect(page.contains("id=\"notices\"") && page.contains(number))
        #expect(page.contains("Frist"))
        // The year before was read, and nobody has billed it.
        #expect(page.contains("Tage davor ohne Rechnung") && page.contains("zwischen 01.01.2024 und 31.12.2024"))
        let english = await clerk.open("/held-bills", language: "en").text
        #expect(english.contains("Days before it without a bill") && english.contains("Bill these days"))
    }

    @Test func `an account is stopped and let go on its page, and checked again goes out`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        let contract = try #require(try await world.contract())
        let place = "/accounts/\(contract.account)/billing"
        let silent = await clerk.send(
            "/billing-holds", ["account": contract.account, "subject": "account:\(contract.account)", "action": "hold"])
        #expect(silent.status == 422 && silent.text.contains("warum"))
        let stopped = await clerk.send(
            "/billing-holds",
            [
                "account": contract.account, "subject": "account:\(contract.account)", "action": "hold",
                "reason": "Strittiger <b>Zählerstand</b>",
            ])
        #expect(stopped.headers["Location"] == "\(place)#holds")
        let twice = await clerk.send(
            "/billing-holds",
            ["account": contract.account, "subject": "account:\(contract.account)", "action": "hold", "reason": "noch einmal"])
        #expect(twice.status == 422 && twice.text.contains("schon gesperrt"))
        #expect(await clerk.open(place).text.contains("Strittiger &lt;b&gt;Zählerstand"))

        #expect(try await world.bill().map(\.recipient).contains("Erika Muster") == false)
        let held = try #require(try await ListHeldInvoices(pool: world.pool)().items.first)
        #expect(await clerk.open("/held-bills").text.contains("Sperre aufheben, dann neu prüfen"))
        let refused = await clerk.send("/held-bills", ["id": "\(held.id)", "action": "release", "reason": "x"])
        #expect(refused.headers["Location"]?.hasSuffix("&refused=1") == true)

        let lifted = await clerk.send("/billing-holds", ["subject": "account:\(contract.account)", "action": "lift", "reason": "geklärt"])
        #expect(lifted.headers["Location"] == "/held-bills#holds")
        let checked = await clerk.send("/held-bills", ["id": "\(held.id)", "action": "recheck"])
        let number = try #require(try await ListInvoices(pool: world.pool)().invoices.first { $0.recipient == "Erika Muster" }?.number)
        #expect(checked.headers["Location"]?.contains("issued=\(number)") == true)

        let one = await clerk.send(
            "/billing-holds", ["account": contract.account, "subject": "contract:\(contract.number)", "action": "hold", "reason": "Umzug"])
        #expect(one.status == 303)
        let admin = try await world.person(.admin)
        #expect(await admin.open("/accounts/\(contract.account)").text.contains("Umzug"))
    }

    @Test func `an account shows its instalments, and a clerk changes the plan`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let contract = try #require(try await world.contract())
        _ = try await world.bill()
        let clerk = try await world.person(.billing)
        let (place, form) = ("/accounts/\(contract.account)/billing", "/accounts/\(contract.account)/instalments")
        let wrong = await clerk.send(form, ["contract": contract.number, "count": "13", "firstDue": "1999-01-01", "yearly": "viel"])
        #expect(wrong.status == 422 && wrong.text.contains("1 bis 12") && wrong.text.contains("href=\"#yearly\""))
        let done = await clerk.send(form, ["contract": contract.number, "count": "11", "firstDue": "2026-05-01", "yearly": "1.320,00"])
        #expect(done.headers["Location"] == "\(place)#instalments")
        let page = await clerk.open(place).text
        #expect(page.contains("01.05.2026") && page.contains("120,00") && page.contains("geplant"))

        let today = LocalTime.berlin.day(of: CockpitWorld.now)
        let report = try await RequestInstalments(pool: world.pool)(
            dueUntil: Day(2026, 5, 2), author: "test", today: today, now: CockpitWorld.now)
        #expect(report.requested == 1)
        let service = try await world.person(.service)
        let seen = await service.open("/accounts/\(contract.account)").text
        #expect(seen.contains("angefordert") && seen.contains("AB-") && !seen.contains("Abschlagsplan ändern"))
        let byBill = await clerk.send(form, ["contract": contract.number, "count": "12", "firstDue": "2026-06-01", "yearly": ""])
        #expect(byBill.status == 303)
        #expect(try await ListInstalments(pool: world.pool)(account: contract.account, state: .planned).items.count == 12)
        #expect(await clerk.send(form, ["contract": "V-0", "count": "12", "firstDue": "2026-06-01"]).status == 400)
    }

    @Test func `who may only read sees the worklists without forms, and a gateway sees nothing`() async throws {
        let world = try await CockpitWorld()
        let held = try await world.doubled()
        let account = try #require(held.first).account
        for role in [Role.readonly, .service, .finance] {
            let reader = try await world.person(role)
            for path in ["/held-bills", "/corrections", "/accounts/\(account)/billing", "/accounts/\(account)"] {
                let page = await reader.open(path)
                #expect(page.status == 200, "\(role) \(path)")
                for form in ["type=\"checkbox\"", "action=\"/billing-holds\"", "action=\"/corrections/find\"", "/\(account)/instalments\""]
                {
                    #expect(!page.text.contains(form), "\(role) \(path) \(form)")
                }
            }
            #expect(await reader.send("/held-bills", ["id": "\(held[0].id)", "action": "release", "reason": "x"]).status == 403)
            #expect(await reader.send("/billing-holds", ["subject": "account:\(account)", "action": "hold", "reason": "x"]).status == 403)
            #expect(await reader.send("/corrections/find", [:]).status == 403)
            #expect(await reader.send("/accounts/\(account)/instalments", [:]).status == 403)
        }
        let gateway = try await world.person(.gateway)
        for path in ["/held-bills", "/corrections", "/corrections/1", "/accounts/\(account)/billing"] {
            #expect(await gateway.open(path).status == 403)
        }
        let clerk = try await world.person(.billing)
        #expect(await clerk.open("/corrections/4711").status == 404)
        #expect(await clerk.open("/accounts/VK-0/billing").status == 404)
    }
}

@Suite(.database) struct `Corrections in the cockpit` {
    /// Both customers billed for 2025, and then a late reading at Erika's meter, found by a clerk.
    private func story(_ world: CockpitWorld) async throws -> (bill: InvoiceRecord, clerk: Browser, proposal: CorrectionProposal) {
        try await world.fill()
        let bills = try await world.bill()
        let bill = try #require(bills.first { $0.recipient == "Erika Muster" })
        try await world.read(0, "8000")
        let clerk = try await world.person(.billing)
        #expect(await clerk.open("/corrections").text.contains("Keine Rechnung ist überholt"))
        let found = await clerk.send("/corrections/find", [:])
        #expect(found.status == 303 && found.headers["Location"] == "/corrections")
        for _ in 0..<50 {
            guard await clerk.open("/corrections").text.contains("Die Suche läuft") else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        return (bill, clerk, try #require(try await ListCorrections(pool: world.pool)().items.first))
    }

    @Test func `a late reading is found, shown beside the bill, released, and stands on the account`() async throws {
        let world = try await CockpitWorld()
        let (bill, clerk, proposal) = try await story(world)
        let list = await clerk.open("/corrections").text
        #expect(list.contains(bill.number) && list.contains("1 neue Vorschläge") && list.contains("spätere Zählerstände"))
        let stale = await clerk.open("/invoices/\(bill.number)").text
        #expect(stale.contains("Überholt") && stale.contains("href=\"/corrections/\(proposal.id)\""))

        let path = "/corrections/\(proposal.id)"
        let page = await clerk.open(path).text
        for word in [
            "7.210,5", "8.000", "1ESY1160000000", "berechnet mit", "nachzufordern", "Beide Rechnungen nebeneinander", "geändert",
            "href=\"/metering-points/P-1\"", "Der Beleg über den Unterschied", bill.number,
        ] {
            #expect(page.contains(word), "\(word) is missing")
        }
        let english = await clerk.open(path, language: "en").text
        #expect(english.contains("7,210.5") && english.contains("Both bills side by side") && english.contains("known now"))

        let silent = await clerk.send(path, ["action": "release", "method": "difference"])
        #expect(silent.status == 422 && silent.text.contains("warum"))
        let done = await clerk.send(path, ["action": "release", "method": "difference", "reason": "Ablesung nachgereicht"])
        #expect(done.headers["Location"] == path)
        let released = try #require(try await ListCorrections(pool: world.pool)(state: .released).items.first)
        let document = try #require(released.document)
        let after = await clerk.open(path).text
        #expect(after.contains(document) && after.contains("Ablesung nachgereicht") && !after.contains("Freigeben und buchen"))
        let late = await clerk.send(path, ["action": "dismiss", "reason": "zu spät"])
        #expect(late.status == 422 && late.text.contains("schon entschieden"))

        #expect(await clerk.open("/invoices/\(bill.number)").text.contains("Berichtigt durch"))
        #expect(await clerk.open("/invoices/\(document)").text.contains("Berichtigt die Rechnung"))
        let service = try await world.person(.service)
        #expect(await service.open("/accounts/\(bill.account)").text.contains(document))
        let partner = await service.open("/partners/\(bill.partner)").text
        #expect(partner.contains("Berichtigung vorgeschlagen") && partner.contains("gebucht mit") && partner.contains(document))
    }

    @Test func `an end that nobody read is shown with how it was worked out`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        _ = try await world.bill()
        let contract = try #require(try await world.contract())
        _ = try await EndContract(pool: world.pool)(contract.number, until: Day(2025, 12, 1), author: "test", now: CockpitWorld.now)
        _ = try await FindCorrections(pool: world.pool)(author: "test", now: CockpitWorld.now)
        let proposal = try #require(try await ListCorrections(pool: world.pool)().items.first)
        let clerk = try await world.person(.billing)
        let page = await clerk.open("/corrections/\(proposal.id)").text
        for words in ["7.210,5", "gemessen (Version 1)", "abgegrenzt, zwischen 01.01.2025 4.000", "und 01.01.2026 7.210,5"] {
            #expect(page.contains(words), "\(words) is missing")
        }
        let english = await clerk.open("/corrections/\(proposal.id)", language: "en").text
        #expect(english.contains("between 1 Jan 2025 4,000"))
    }

    @Test func `dismissed with a reason, the bill stays and the same difference is not proposed again`() async throws {
        let world = try await CockpitWorld()
        let (bill, clerk, proposal) = try await story(world)
        let done = await clerk.send("/corrections/\(proposal.id)", ["action": "dismiss", "reason": "Zahlendreher im Zählerstand"])
        #expect(done.status == 303)
        #expect(await clerk.open("/corrections/\(proposal.id)").text.contains("Zahlendreher im Zählerstand"))
        #expect(await clerk.open("/invoices/\(bill.number)").text.contains("Überholt") == false)
        _ = await clerk.send("/corrections/find", [:])
        #expect(try await ListCorrections(pool: world.pool)().items.isEmpty)
        #expect(await clerk.open("/corrections?state=dismissed").text.contains(bill.number))
    }

    @Test func `stands in the way of a Storno of its bill, which says what to take back first; taken back it is said to be`() async throws {
        let world = try await CockpitWorld()
        let (bill, clerk, proposal) = try await story(world)
        _ = await clerk.send("/corrections/\(proposal.id)", ["action": "release", "method": "difference", "reason": "Ablesung"])
        let document = try #require(try await ListCorrections(pool: world.pool)(state: .released).items.first?.document)
        let refused = await clerk.send("/invoices/\(bill.number)/cancel", ["reason": "falsch"])
        #expect(refused.status == 422 && refused.text.contains("Erst \(document) stornieren"))
        let done = await clerk.send("/invoices/\(document)/cancel", ["reason": "falsch"])
        #expect(done.status == 303)
        let page = await clerk.open("/invoices/\(bill.number)").text
        #expect(!page.contains("Berichtigt durch") && page.contains("ist zurückgenommen durch"))
        let told = await clerk.open("/corrections/\(proposal.id)").text
        #expect(told.contains("Dieser Beleg ist zurückgenommen durch") && told.contains("Ablesung"))
        #expect(await clerk.send("/invoices/\(bill.number)/cancel", ["reason": "falsch"]).status == 303)
    }

    @Test func `tells the first of two people that another one has to come, and refuses what is outdated`() async throws {
        let world = try await CockpitWorld()
        let (_, clerk, _) = try await story(world)
        try await world.read(0, "12000")
        _ = await clerk.send("/corrections/find", [:])
        let proposal = try #require(try await ListCorrections(pool: world.pool)().items.first)
        let path = "/corrections/\(proposal.id)"
        #expect(await clerk.open(path).text.contains("Als erste Person freigeben"))
        #expect(await clerk.send(path, ["action": "release", "method": "difference", "reason": "gesehen"]).status == 303)
        let after = await clerk.open(path).text
        #expect(!after.contains("Als erste Person freigeben") && after.contains("Auf anderem Weg freigeben"))
        try await world.read(0, "13000")
        let admin = try await world.person(.admin)
        let refused = await admin.send(path, ["action": "release", "method": "difference", "reason": "auch"])
        #expect(refused.status == 422 && refused.text.contains("etwas hinzugekommen"))
        #expect(try await ListCorrections(pool: world.pool)(state: .released).items.isEmpty)
    }
}
