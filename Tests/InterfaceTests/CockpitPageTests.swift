import AccessOperations
import BillingOperations
import LedgerOperations
import MeteringOperations
import Postgres
import TestKit
import Testing
import Values
@testable import Web

@Suite(.database) struct `The cockpit` {
    @Test func `leads from the sign-in over the one-time password to the page that was asked for`() async throws {
        let world = try await CockpitWorld()
        let once = try await ManageUsers(pool: world.pool).create(
            login: "erika", name: "Erika", roles: [.service], by: "test", now: CockpitWorld.now)
        func send(_ path: String, _ body: String, cookie: String = "") async -> WebResponse {
            await world.site.answer(
                Incoming(
                    .post, path,
                    headers: ["Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"],
                    body: Array(body.utf8)))
        }
        let asked = await world.site.answer(Incoming(.get, "/findings?state=all"))
        #expect(asked.headers["Location"] == "/sign-in?next=%2Ffindings%3Fstate%3Dall")
        let form = await world.site.answer(Incoming(.get, "/sign-in?next=%2Ffindings%22%3E%3Cscript%3E"))
        #expect(form.text.contains("value=\"/findings&quot;&gt;&lt;script&gt;\""))
        let wrong = await send("/sign-in", "login=erika&password=wrong&next=%2F")
        #expect(wrong.status == 401 && wrong.text.contains("Name oder Passwort ist falsch") && wrong.text.contains("value=\"erika\""))
        let right = await send("/sign-in", "login=erika&password=\(PercentCoding.encode(once))&next=%2Ffindings")
        #expect(right.headers["Location"] == "/password")
        let set = try #require(right.headers["Set-Cookie"])
        #expect(set.contains("HttpOnly; SameSite=Lax"))
        let cookie = String(set.prefix { $0 != ";" })
        #expect(await world.site.answer(Incoming(.get, "/findings", headers: ["Cookie": cookie])).headers["Location"] == "/password")
        let page = await world.site.answer(Incoming(.get, "/password", headers: ["Cookie": cookie])).text
        let token = try #require(page.between("name=\"csrf\" value=\"", "\""))
        let short = await send("/password", "csrf=\(token)&old=\(PercentCoding.encode(once))&new=short&again=short", cookie: cookie)
        #expect(short.status == 422 && short.text.contains("weniger als 12 Zeichen") && short.text.contains("href=\"#new\""))
        let changed = await send(
            "/password", "csrf=\(token)&old=\(PercentCoding.encode(once))&new=ein+ganzer+Satz+hier&again=ein+ganzer+Satz+hier",
            cookie: cookie)
        #expect(changed.status == 303 && changed.headers["Location"] == "/")
        let fresh = String(try #require(changed.headers["Set-Cookie"]).prefix { $0 != ";" })
        #expect(fresh != cookie)
        #expect(await world.site.answer(Incoming(.get, "/", headers: ["Cookie": cookie])).headers["Location"] == "/sign-in")
        #expect(await world.site.answer(Incoming(.get, "/", headers: ["Cookie": fresh])).status == 200)
    }

    @Test func `shows a hostile name as text on every page, and every page carries the policy`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let invoices = try await world.bill()
        let person = try await world.person(.admin)
        let account = try #require(invoices.first { $0.recipient.contains("script") }?.account)
        let partner = try #require(invoices.first { $0.recipient.contains("script") }?.partner)
        var paths = [
            "/", "/search?q=Max", "/search?q=%3Cscript%3E", "/partners/\(partner)", "/accounts/\(account)", "/metering-points/P-2",
            "/findings", "/findings?state=all&rule=%22%3E%3Cb%3E", "/ledger", "/ledger/open-items", "/billing-runs", "/invoices",
            "/tariffs", "/users", "/keys",
        ]
        paths += invoices.map { "/invoices/\($0.number)" }
        paths += try await ListBillingRuns(pool: world.pool)().runs.map { "/billing-runs/\($0.number)" }
        paths += try await ListFindings(pool: world.pool)(.init(isOpen: nil)).items.map { "/findings/\($0.id)" }
        for path in paths {
            for language in ["de", "en"] {
                let answer = await person.open(path, language: language)
                let text = answer.text
                #expect(answer.status == 200 || answer.status == 303, "\(path): \(answer.status)")
                #expect(
                    !text.contains("<script>") && !text.contains("<b>") && !text.contains("<i>m1") && !text.contains("\"Stadt\""), "\(path)"
                )
                // Nothing inline, as the policy demands.
                #expect(!text.contains(" style=") && !text.contains(" onclick="), "\(path)")
                #expect(answer.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
                #expect(answer.headers["Cache-Control"] == "no-store")
                if answer.status == 200 { #expect(text.contains("<html lang=\"\(language)\""), "\(path)") }
            }
        }
        #expect(await person.open("/partners/\(partner)").text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
    }

    @Test func `opens the only hit at once, and groups several by what matched`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let person = try await world.person(.service)
        #expect(await person.open("/search?q=Muster").headers["Location"]?.hasPrefix("/partners/GP-") == true)
        #expect(await person.open("/search?q=1ESY1160000000").headers["Location"]?.hasPrefix("/partners/GP-") == true)
        let both = await person.open("/search?q=Neumuenster")
        #expect(both.status == 200 || both.status == 303)
        #expect(await person.open("/search?q=Gibtesnicht").text.contains("Nichts gefunden"))
    }

    @Test func `tells on one page who it is, what is owed, what was used, and writes down who looked`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let invoices = try await world.bill()
        let mine = try #require(invoices.first { $0.recipient == "Erika Muster" })
        let person = try await world.person(.service)
        let text = await person.open("/partners/\(mine.partner)").text
        for word in [
            "Erika Muster", "tel:0432112345", "Saldo", "Heute fällig", "Letzte Rechnung", "Strom", "electricity/basis", mine.number,
            "1ESY1160000000", "<svg", "mehr als im Vorjahr",
        ] {
            #expect(text.contains(word), "\(word) is missing")
        }
        let seen = try await AuditLog.list(pool: world.pool, object: mine.partner)
        #expect(seen.first?.entry.who == "service-person" && seen.first?.entry.command == "partner.view")
    }

    @Test func `sends a role only what it may see`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let invoices = try await world.bill()
        let mine = try #require(invoices.first { $0.recipient == "Erika Muster" })
        let gateway = try await world.person(.gateway)
        #expect(await gateway.open("/partners/\(mine.partner)").status == 403)
        #expect(await gateway.open("/invoices/\(mine.number)").status == 403)
        #expect(await gateway.open("/users").status == 403)
        let start = await gateway.open("/").text
        #expect(!start.contains("href=\"/ledger\"") && !start.contains("action=\"/search\""))
        let finance = try await world.person(.finance)
        let page = await finance.open("/partners/\(mine.partner)").text
        #expect(page.contains("Zahlung buchen") && !page.contains("<svg"))
        let billing = try await world.person(.billing)
        #expect(await billing.open("/partners/\(mine.partner)").text.contains("<svg"))
        #expect(await billing.open("/accounts/\(mine.account)").status == 403)
    }

    @Test func `shows nobody what their successor used`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        try await world.moveOut()
        let person = try await world.person(.service)
        let text = await person.open("/search?q=Muster").headers["Location"] ?? ""
        let page = await person.open(text).text
        #expect(page.contains("beendet"))
        #expect(page.contains("<tr><th scope=\"row\">Jun 2025</th><td>2"))
        #expect(page.contains("<tr><th scope=\"row\">Jul 2025</th><td>–</td>"))
    }

    @Test func `explains a bill: how much, until when, why, and each line`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let mine = try #require(try await world.bill().first { $0.recipient == "Erika Muster" })
        let person = try await world.person(.billing)
        let text = await person.open("/invoices/\(mine.number)").text
        for word in ["Erika Muster", "class=\"owed\"", "Herleitung", "kWh", "ct/kWh", "1ESY1160000000", "Schlichtungsstelle", "Stornieren"]
        {
            #expect(text.contains(word), "\(word) is missing")
        }
        #expect(await person.send("/invoices/\(mine.number)/cancel", [:]).status == 422)
        let storno = await person.send("/invoices/\(mine.number)/cancel", ["reason": "falscher Zählerstand"])
        #expect(storno.status == 303)
        let taken = await person.open("/invoices/\(mine.number)").text
        #expect(taken.contains("Zurückgenommen durch") && !taken.contains("Stornieren</button>"))
        #expect(await person.send("/invoices/\(mine.number)/cancel", ["reason": "noch einmal"]).status == 422)
        let data = await person.open("/invoices/\(mine.number).json")
        #expect(data.headers["Content-Disposition"] == "attachment; filename=\"\(mine.number).json\"")
        #expect(await person.open("/invoices/\(mine.number).xml").text.contains("CrossIndustryInvoice"))
        let paper = await person.open("/invoices/\(mine.number).pdf")
        #expect(paper.text.hasPrefix("%PDF-1.7"))
        #expect(await person.open("/invoices/R-0").status == 404)
    }

    @Test func `books a payment once, however often the form is sent`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let mine = try #require(try await world.bill().first { $0.recipient == "Erika Muster" })
        let person = try await world.person(.finance)
        let path = "/accounts/\(mine.account)"
        let key = try #require(await person.open(path).text.between("name=\"key\" value=\"", "\""))
        let before = try await GetBalance(pool: world.pool)(mine.account, today: Day(2026, 3, 30)).balance
        let wrong = await person.send(
            path + "/payments", ["key": key, "amount": "1.23,4", "valueDate": "2026-03-30", "reference": "behalten"])
        #expect(wrong.status == 422 && wrong.text.contains("value=\"behalten\"") && wrong.text.contains("aria-invalid"))
        for _ in 0..<2 {
            let sent = await person.send(
                path + "/payments", ["key": key, "amount": "100,50", "valueDate": "2026-03-30", "reference": mine.number])
            #expect(sent.status == 303)
        }
        let after = try await GetBalance(pool: world.pool)(mine.account, today: Day(2026, 3, 30)).balance
        #expect(before - after == Money(cents: 10_050))
        #expect(await person.open(path).text.contains("Zahlung"))
    }

    @Test func `counts the open tasks in the bar and gives tables as files`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let invoices = try await world.bill()
        let person = try await world.person(.admin)
        _ = await person.open("/")
        await world.site.background.finish()
        let open = try await ListFindings(pool: world.pool)().items.count
        #expect(await person.open("/ledger").text.contains("<span class=\"count\">\(open)</span>"))
        let balance = await person.open("/ledger.csv")
        #expect(balance.headers["Content-Type"] == "text/csv; charset=utf-8")
        #expect(balance.text.contains("1400;Forderungen aus Lieferungen und Leistungen;\"0,00\""))
        #expect(await person.open("/ledger/open-items.csv?as_of=2026-04-30").text.contains(try #require(invoices.first).account))
        #expect(await person.open("/accounts/\(try #require(invoices.first).account).csv", language: "en").text.contains("Bill,R-"))
        let gateway = try await world.person(.gateway)
        #expect(await gateway.open("/ledger.csv").status == 403)
    }

    @Test func `resolves a finding with a sentence, not without`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let person = try await world.person(.billing)
        let open = try await ListFindings(pool: world.pool)().items
        let first = try #require(open.first)
        #expect(await person.open("/findings").text.contains("/findings/\(first.id)"))
        #expect(await person.send("/findings/\(first.id)", ["note": " "]).status == 422)
        #expect(await person.send("/findings/\(first.id)", ["note": "Ablesefehler <b>"]).status == 303)
        let done = await person.open("/findings/\(first.id)").text
        #expect(done.contains("Ablesefehler &lt;b&gt;") && done.contains("billing-person"))
        #expect(await person.open("/findings/999999").status == 404)
        #expect(await person.open("/findings/-1").status == 404)
    }

    @Test func `starts a run, goes on without the page, and says what came of it`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        _ = try await world.bill()
        let person = try await world.person(.billing)
        let refused = await person.send("/billing-runs", ["cycle": "annual-12", "lastDay": "2025-11-30"])
        #expect(refused.status == 422 && refused.text.contains("An diesem Tag endet kein Zeitraum"))
        let started = await person.send("/billing-runs", ["cycle": "annual-12", "lastDay": "2024-12-31"])
        let path = try #require(started.headers["Location"])
        await world.site.background.finish()
        let page = await person.open(path).text
        #expect(page.contains("fertig") && !page.contains("data-events"))
        // A part of it, by a pasted list; what nobody has is named.
        let unknown = await person.send("/billing-runs", ["cycle": "annual-12", "lastDay": "2024-12-31", "listed": "c1, nobody"])
        #expect(unknown.status == 422 && unknown.text.contains("nobody") && unknown.text.contains("id=\"listed\""))
        let both = await person.send(
            "/billing-runs", ["cycle": "annual-12", "lastDay": "2024-12-31", "listed": "c1", "region": "neumuenster"])
        #expect(both.status == 422 && both.text.contains("nicht beides"))
        let part = await person.send("/billing-runs", ["cycle": "annual-12", "lastDay": "2024-12-31", "listed": "c1\na2", "simulate": "1"])
        #expect(part.status == 303)
        await world.site.background.finish()
        #expect(await person.open("/billing-runs").text.contains(String(path.dropFirst("/billing-runs/".count))))
        let events = await person.open(path + "/events")
        #expect(events.headers["Content-Type"] == "text/event-stream")
    }

    @Test func `writes the final bill of a contract that has ended, or says why there is none`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        _ = try await world.bill()
        let person = try await world.person(.billing)
        #expect(!(await person.open("/billing-runs").text.contains("final-bills")))
        let found = try await world.pool.with { connection in
            try connection.script("UPDATE contract SET valid = daterange(lower(valid), '2026-02-01') WHERE key = 'c2'")
            return try connection.query(
                "SELECT a.number, c.number, o.number FROM contract c JOIN account a ON a.id = c.account_id, contract o WHERE c.key = 'c2' AND o.key = 'c1'"
            ).map { row in (account: try row.get(0) as String, ended: try row.get(1) as String, other: try row.get(2) as String) }
        }
        let row = try #require(found.first)
        #expect(await person.open("/billing-runs").text.contains(row.ended))
        let page = await person.open("/accounts/\(row.account)/billing").text
        #expect(page.contains("Schlussrechnung") && page.contains("14.03.2026"))
        #expect(await person.send("/accounts/\(row.account)/final-bills", ["contract": row.other]).status == 422)
        let answer = await person.send("/accounts/\(row.account)/final-bills", ["contract": row.ended])
        #expect(answer.status == 303)
        let path = try #require(answer.headers["Location"])
        #expect(path.hasPrefix("/invoices/") || path.hasPrefix("/billing-runs/"))
        #expect(await person.open(path).status == 200)
    }

    @Test func `shows the thresholds of the bill checks; who releases held bills does not set them`() async throws {
        let world = try await CockpitWorld()
        let clerk = try await world.person(.billing)
        #expect(await clerk.open("/bill-checks").text.contains("100.000"))
        #expect(await clerk.send("/bill-checks", ["commodity": "gas"]).status == 403)
        let person = try await world.person(.finance)
        #expect(await person.open("/bill-checks").text.contains("100.000"))
        func send(_ value: String, _ reason: String) async -> Int {
            await person.send(
                "/bill-checks",
                ["commodity": "gas", "class": "industrial", "name": "hugeAmount", "value": value, "from": "2026-01-01", "reason": reason]
            ).status
        }
        #expect(await send("viel", "Großkunden") == 422)
        #expect(await send("250.000,00", "Großkunden") == 303)
        let page = await person.open("/bill-checks?commodity=gas&class=industrial&on=2026-01-01").text
        #expect(page.contains("250.000") && page.contains("Großkunden") && page.contains("Ungewöhnlicher Verbrauch"))
        #expect(!page.contains("abschalten"))
        #expect(await send("250.000,00", " ") == 422)
    }

    @Test func `lets a run wait, go on and end, and reports what it came to`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        _ = try await world.bill()
        let person = try await world.person(.billing)
        let run = try await RunBilling(pool: world.pool).start(
            cycle: "annual-12", periodEnd: Day(2025, 1, 1), author: "test", today: Day(2026, 3, 30), now: CockpitWorld.now)
        let path = "/billing-runs/\(run.number)"
        #expect(await person.open(path).text.contains("action=\"\(path)/pause\""))
        #expect(await person.send(path + "/pause", [:]).headers["Location"] == path)
        let paused = await person.open(path).text
        #expect(paused.contains("pausiert") && paused.contains("action=\"\(path)/continue\"") && paused.contains("billing-person"))
        #expect(await person.send("/billing-runs", ["cycle": "annual-12", "lastDay": "2024-12-31"]).text.contains("pausiert"))
        #expect(await person.send(path + "/continue", [:]).status == 303)
        await world.site.background.finish()
        let page = await person.open(path).text
        for word in ["fertig", "Bericht", "Größte Rechnungen", "Summen und Salden des Laufs", "ausgeglichen", "\(path).xlsx"] {
            #expect(page.contains(word), "\(word)")
        }
        #expect(await person.send(path + "/stop", [:]).status == 409)
        #expect(await person.open(path + ".csv").text.hasPrefix("section,key,"))
        #expect(await person.open(path + ".xlsx").headers["Content-Type"]?.contains("spreadsheetml") == true)
        let reader = try await world.person(.readonly)
        #expect(await reader.send(path + "/pause", [:]).status == 403)
        #expect(await reader.open("/billing-runs/L-999.csv").status != 200)
    }

    @Test func `shows a secret once and lets nobody lock themselves out`() async throws {
        let world = try await CockpitWorld()
        let person = try await world.person(.admin)
        let made = await person.send("/users", ["login": "neu", "name": "Neu", "role": "service"])
        #expect(made.status == 200 && made.text.contains("Einmal-Passwort für neu"))
        #expect(!(await person.open("/users").text.contains("Einmal-Passwort für neu")))
        #expect(await person.send("/users", ["login": "neu", "name": "Neu", "role": "service"]).status == 422)
        #expect(await person.send("/users/admin-person/lock", [:]).status == 422)
        #expect(await person.send("/users/neu/lock", [:]).status == 303)
        let key = await person.send("/api-keys", ["name": "gw", "role": "gateway"])
        let secret = try #require(key.text.between("<code>zw_", "</code>"))
        #expect(!(await person.open("/users").text.contains(secret)))
    }

    @Test func `changes language and light without script`() async throws {
        let world = try await CockpitWorld()
        let person = try await world.person(.readonly)
        let changed = await person.send("/preferences", ["lang": "en", "back": "/findings"])
        #expect(changed.headers["Location"] == "/findings" && changed.headers["Set-Cookie"]?.hasPrefix("lang=en;") == true)
        #expect(await person.send("/preferences", ["lang": "xx", "back": "https://evil.example"]).headers["Location"] == "/")
        #expect(await person.open("/", language: "en").text.contains("Whom or what are you looking for?"))
    }
}

extension String {
    /// What stands between two texts, the first time.
    func between(_ before: String, _ after: String) -> String? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(before) {
                let content = self[start...].dropFirst(before.count)
                var end = content.startIndex
                while end < content.endIndex {
                    if content[end...].hasPrefix(after) { return String(content[..<end]) }
                    end = content.index(after: end)
                }
                return nil
            }
            start = index(after: start)
        }
        return nil
    }
}
