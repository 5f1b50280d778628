import AccessOperations
import MeteringOperations
import Postgres
import TestKit
import Testing
import Values
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

        let edit = path.dropFirst("/findings?done=".count)
        let undone = await clerk.send("/edits/\(edit)/undo", [:])
        #expect(undone.status == 303)
        let again = Set(try await ListFindings(pool: world.pool)(.init()).items.map(\.id))
        #expect(again.isSuperset(of: [open[0].id, open[1].id]))
        let twice = await clerk.send("/edits/\(edit)/undo", [:])
        #expect(twice.status == 422 && twice.text.contains("schon zurückgenommen"))
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
