import AccessOperations
import MeteringOperations
import Postgres
import TestKit
import Testing
import VEE
import Values
@testable import Cockpit
@testable import Web

@Suite(.database) struct `The worklist in the cockpit` {
    @Test func `draws the series around the problem, with all that was ever known of the value`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        let record = try #require(try await ListFindings(pool: world.pool)(.init()).items.first { $0.obis != nil })
        let page = await clerk.open("/findings/\(record.id)")
        #expect(page.status == 200)
        #expect(page.text.contains("<svg") && page.text.contains("class=\"span\"") && page.text.contains("Geschichte des Werts"))
        #expect(page.text.contains("worum es geht"))
        let english = await clerk.open("/findings/\(record.id)", language: "en").text
        #expect(english.contains("what it is about") && english.contains("History of the value"))
    }

    @Test func `several are accepted at once with one reason, and one button takes it back`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        let open = try await ListFindings(pool: world.pool)(.init()).items
        try #require(open.count >= 2)
        let none = await clerk.send("/findings", ["action": "accept", "note": "gesehen"])
        #expect(none.status == 422 && none.text.contains("mindestens eine"))
        let silent = await clerk.send("/findings", ["id": "\(open[0].id)", "action": "accept"])
        #expect(silent.status == 422 && silent.text.contains("warum"))

        let done = await clerk.send(
            "/findings", ["id": "\(open[0].id)", "id": "\(open[1].id)", "action": "accept", "note": "Vor Ort abgelesen"])
        let path = try #require(done.headers["Location"])
        #expect(done.status == 303 && path.hasPrefix("/findings?done="))
        #expect(await clerk.open(path).text.contains("Rückgängig machen"))
        #expect(try await ListFindings(pool: world.pool)(.init()).items.map(\.id).contains(open[0].id) == false)

        let edit = path.dropFirst("/findings?done=".count).prefix(while: \.isNumber)
        let undone = await clerk.send("/edits/\(edit)/undo", [:])
        #expect(undone.status == 303)
        let again = Set(try await ListFindings(pool: world.pool)(.init()).items.map(\.id))
        #expect(again.isSuperset(of: [open[0].id, open[1].id]))
        let twice = await clerk.send("/edits/\(edit)/undo", [:])
        #expect(twice.status == 422 && twice.text.contains("schon zurückgenommen"))
    }

    @Test func `a refused bulk action keeps what was chosen, what was typed and the filter`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        let open = try await ListFindings(pool: world.pool)(.init()).items
        let severity = open[0].finding.severity.rawValue
        let silent = await clerk.send("/findings?severity=\(severity)", ["id": "\(open[0].id)", "action": "accept"])
        #expect(silent.status == 422 && silent.text.contains("value=\"\(open[0].id)\" checked"))
        #expect(silent.text.contains("<option value=\"\(severity)\" selected>"))
        let none = await clerk.send("/findings", ["action": "accept", "note": "vor Ort gesehen"])
        #expect(none.status == 422 && none.text.contains("value=\"vor Ort gesehen\""))
    }

    @Test func `all of a page or of a filter are worked off without a script`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        let open = try await ListFindings(pool: world.pool)(.init()).items
        let meter = try #require(open.compactMap(\.meter).first)
        let own = Set(open.filter { $0.meter == meter }.map(\.id))
        let done = await clerk.send("/findings?meter=\(meter)", ["scope": "filter", "action": "settle", "note": "alle angesehen"])
        #expect(done.status == 303)
        let left = try await ListFindings(pool: world.pool)(.init()).items.map(\.id)
        #expect(Set(left) == Set(open.map(\.id)).subtracting(own) && !left.isEmpty)
        #expect(await clerk.open("/findings").text.contains("name=\"shown\" value=\"\(left[0])\""))
        let rest = await clerk.post(
            "/findings", left.map { ("shown", "\($0)") } + [("scope", "page"), ("action", "settle"), ("note", "der Rest auch")])
        #expect(rest.status == 303)
        #expect(try await ListFindings(pool: world.pool)(.init()).items.isEmpty)
    }

    @Test func `what is severe stands first, and of that what has waited longest`() async throws {
        let world = try await CockpitWorld()
        try await world.pool.with { connection in
            try connection.execute(
                """
                INSERT INTO finding (rule, severity, from_at, until_at, inputs, threshold, explanation, created_at)
                SELECT 'silence', s, '2026-01-01'::timestamptz + n * interval '1 day', '2026-01-02'::timestamptz + n * interval '1 day', '[]', '', s || n, now()
                FROM unnest(ARRAY['event', 'failure', 'event', 'warning', 'failure']) WITH ORDINALITY AS t (s, n) ORDER BY n
                """)
        }
        let list = ListFindings(pool: world.pool)
        var found: [String] = []
        var cursor: String?
        repeat {
            let page = try await list(.init(), order: .urgent, cursor: cursor, limit: 2)
            found += page.items.map(\.finding.explanation)
            cursor = page.next
        } while cursor != nil
        #expect(found == ["failure2", "failure5", "warning4", "event1", "event3"])
        await #expect(throws: ReadSeries.BadCursor.self) { _ = try await list(.init(), order: .urgent, cursor: "7") }
    }

    @Test func `a rejected value is drawn with its number, and the estimate in its place is shown as the one that would be made`()
        async throws
    {
        let world = try await CockpitWorld()
        let finding = try await world.rejection()
        let clerk = try await world.person(.billing)
        let page = await clerk.open("/findings/\(finding.id)").text
        #expect(
            page.contains("class=\"rejected\"") && page.contains("↑ 60\u{A0}kWh"), "the number stands at the edge")
        #expect(page.contains("verworfen") && page.contains("lineare Interpolation") && !page.contains("linear-interpolation"))
        #expect(page.contains("Zeitabschnitte: 1") && page.contains("% × ") && !page.contains("slots:"))
        let preview = await clerk.send("/findings/\(finding.id)", ["action": "preview"])
        #expect(preview.status == 200 && preview.text.contains("Diese Ersatzwerte stehen schon"))
        let done = await clerk.send("/findings", ["id": "\(finding.id)", "action": "estimate", "note": "Ersatzwert passt"])
        let told = await clerk.open(try #require(done.headers["Location"])).text
        #expect(told.contains("1 Auffälligkeit erledigt. Kein Wert ist anders als zuvor"))
    }

    @Test func `numbers are spelled in the page's language, codes and times are not touched`() {
        let german = Format(language: .german)
        #expect(FindingTerms.numbers("≤ 47.3 kWh (110 % × 43 kW)", german) == "≤ 47,3 kWh (110 % × 43 kW)")
        #expect(FindingTerms.numbers("1-0:1.8.0 at 2026-01-05 23:45, 12345.6.", german) == "1-0:1.8.0 at 2026-01-05 23:45, 12.345,6.")
    }

    @Test func `who may not change values can look and not touch`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let record = try #require(try await ListFindings(pool: world.pool)(.init()).items.first)
        let reader = try await world.person(.readonly)
        #expect(await reader.open("/findings").text.contains("type=\"checkbox\"") == false)
        #expect(await reader.send("/findings/\(record.id)", ["action": "settle", "note": "x"]).status == 403)
        #expect(await reader.send("/edits/1/undo", [:]).status == 403)
        #expect(await reader.open("/edits").status == 200)
        #expect(await reader.open("/findings/999999").status == 404)
    }
}

@Suite(.database) struct `The worklist and the search in English, and of points without a customer` {
    @Test func `a finding is told in the reader's language`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        let record = try #require(try await ListFindings(pool: world.pool)(.init()).items.first { $0.obis != nil })
        #expect(await clerk.open("/findings/\(record.id)").text.contains("Zähler \(record.meter ?? "")"))
        let english = await clerk.open("/findings/\(record.id)", language: "en").text
        #expect(english.contains("Meter \(record.meter ?? "")") && english.contains("Expected: "))
    }

    @Test func `a meter that no contract names is found by its number`() async throws {
        let world = try await CockpitWorld()
        try await world.pool.with { connection in
            try connection.execute(
                """
                WITH p AS (INSERT INTO metering_point (code, commodity, street) VALUES ('LONELY-4711', 'water', 'Leere Straße') RETURNING id),
                    m AS (INSERT INTO meter (serial) VALUES ('8XYZ0099887766') RETURNING id)
                INSERT INTO installation (meter_id, metering_point_id, valid) SELECT m.id, p.id, daterange('2026-01-01', NULL) FROM m, p
                """)
        }
        let clerk = try await world.person(.billing)
        let found = await clerk.open("/search?q=99887766")
        #expect(found.status == 303 && found.headers["Location"] == "/metering-points/LONELY-4711")
        #expect(await clerk.open("/search?q=lonely-4711").status == 303)
    }
}
