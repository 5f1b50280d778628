import AccessOperations
import MeteringOperations
import TestKit
import Testing
import Values
@testable import Web

@Suite(.database) struct `The life of meters in the cockpit` {
    private let meter = "1ESY1160000000"
    private let home = "/metering-points/P-1/devices"

    private func world() async throws -> CockpitWorld {
        let world = try await CockpitWorld()
        try await world.fill()
        return world
    }
    private func events(_ world: CockpitWorld, _ code: String = "P-1") async throws -> [DeviceEvent] {
        try await ListDeviceEvents(pool: world.pool)(code)
    }

    @Test func `an exchange is written down with both readings, and the page tells it`() async throws {
        let world = try await world()
        let clerk = try await world.person(.billing)
        let done = await clerk.send(
            home + "/exchange",
            [
                "form": "exchange-0", "exchange-0-meter": meter, "exchange-0-day": "2026-03-01", "exchange-0-final-1-0:1.8.0": "7.801,5",
                "exchange-0-new": "1ESY1160999999", "exchange-0-start-1-0:1.8.0": "0", "exchange-0-reason": "Turnuswechsel 2026",
            ])
        #expect(done.status == 303 && done.headers["Location"] == home + "?done=exchange")
        let event = try #require(try await events(world).first)
        #expect(event.kind == .exchange && event.author == "billing-person" && event.reason == "Turnuswechsel 2026")
        let page = await clerk.open(home + "?done=exchange").text
        #expect(page.contains("gespeichert.") && page.contains("Turnuswechsel 2026") && page.contains("neuer Zähler: 1ESY1160999999"))
        #expect(page.contains("7.801,5\u{A0}kWh") && page.contains("exchange-1-meter") && !page.contains("exchange-0-meter"))
        let english = await clerk.open(home, language: "en").text
        #expect(english.contains("Life of the meters") && english.contains("new meter: 1ESY1160999999") && english.contains("7,801.5"))
    }

    @Test func `what nobody read is estimated, and what cannot be estimated is asked for in a sentence`() async throws {
        let world = try await world()
        let clerk = try await world.person(.billing)
        let fields: KeyValuePairs = [
            "form": "exchange-0", "exchange-0-meter": meter, "exchange-0-day": "2026-01-01", "exchange-0-new": "1ESY1160999999",
            "exchange-0-reason": "Keller verschlossen",
        ]
        let refused = await clerk.send(home + "/exchange", fields)
        #expect(refused.status == 422 && refused.text.contains("Der Anfangsstand von 1-0:1.8.0 am neuen Zähler fehlt."))
        #expect(refused.text.contains("value=\"1ESY1160999999\"") && refused.text.contains("value=\"Keller verschlossen\""))
        #expect(
            refused.text.contains("<details open><summary>Gerätewechsel") && refused.text.contains("href=\"#exchange-0-start-1-0:1.8.0\""))
        #expect(try await events(world).isEmpty)
        let done = await clerk.send(
            home + "/removal",
            ["form": "removal-0", "removal-0-meter": meter, "removal-0-day": "2026-03-01", "removal-0-reason": "Haus abgerissen"])
        #expect(done.status == 303)
        #expect(await clerk.open(home).text.contains("(geschätzt)"))
        let empty = await clerk.send(home + "/removal", ["form": "removal-0", "removal-0-meter": meter])
        #expect(empty.status == 422 && empty.text.contains("Der Tag fehlt.") && empty.text.contains("Sagen Sie mit einem Satz, warum."))
    }

    @Test func `a factor, a reset and a relocation are refused in words and carried out when right`() async throws {
        let world = try await world()
        let clerk = try await world.person(.billing)
        func act(_ kind: String, _ more: KeyValuePairs<String, String>, day: String = "2026-03-01") async -> WebResponse {
            let front = "\(kind)-0-"
            let own = more.map { ($0.key, $0.value) } + [("meter", meter), ("day", day), ("reason", "Auftrag 7")]
            let pairs = [("form", "\(kind)-0")] + own.map { (front + $0.0, $0.1) }
            return await clerk.post(home + "/\(kind)", pairs)
        }
        let zero = await act("factor", ["factor": "0"])
        #expect(zero.status == 422 && zero.text.contains("Ein Faktor ist eine positive Zahl"))
        let words = await act("factor", ["factor": "vierzig"])
        #expect(words.status == 422 && words.text.contains("„vierzig“ ist keine Zahl."))
        let nowhere = await act("relocation", ["to": "P-<9>"])
        #expect(nowhere.status == 422 && nowhere.text.contains("Die Messstelle P-&lt;9&gt; gibt es nicht."))
        #expect(nowhere.text.contains("value=\"P-&lt;9&gt;\""))
        #expect(await act("factor", ["factor": "1,5", "obis": "1-0:1.8.0"]).status == 303)
        #expect(await act("reset", ["obis": "1-0:1.8.0", "before": "7900"], day: "2026-03-10").status == 303)
        let again = await act("reset", ["obis": "1-0:1.8.0", "before": "7900"], day: "2026-03-10")
        #expect(again.status == 422 && again.text.contains("schon zurückgesetzt"))
        #expect(await act("relocation", ["to": "P-2", "reading-1-0:1.8.0": "120"], day: "2026-03-20").status == 303)
        #expect(try await events(world).map(\.kind) == [.relocation, .reset, .factor])
        #expect(await clerk.open(home).text.contains("Faktor 1-0:1.8.0: 1\u{A0}→\u{A0}1,5"))
        #expect(try await events(world, "P-2").map(\.kind) == [.relocation])
        // Only meters of this point, and only what can happen to one.
        let other = await clerk.post(
            home + "/removal", [("form", "removal-0"), ("removal-0-meter", "1ESY1160000001"), ("removal-0-day", "2026-03-01")])
        #expect(other.status == 404)
        #expect(await act("installation", [:]).status == 404)
    }

    @Test func `a customer's reading far from what was expected is taken when the digits were compared again`() async throws {
        let world = try await world()
        let service = try await world.person(.service)
        let path = "/metering-points/P-1/customer-readings"
        let name = "customer-reading"
        let fields: [(String, String)] = [
            ("form", name), ("\(name)-day", "2026-03-15"), ("\(name)-reading-1-0:1.8.0", "78010"), ("\(name)-reason", "Telefon"),
        ]
        let doubted = await service.post(path, fields)
        #expect(doubted.status == 422 && doubted.text.contains("Vergleichen Sie die Ziffern") && doubted.text.contains("\(name)-confirmed"))
        #expect(doubted.text.contains("value=\"78010\"") && doubted.text.contains("value=\"2026-03-15\""))
        #expect(try await events(world).isEmpty)
        let taken = await service.post(path, fields + [("\(name)-confirmed", "1")])
        #expect(taken.status == 303)
        #expect(try await events(world).map(\.kind) == [.customerReading])
        let none = await service.post(path, [("form", name), ("\(name)-day", "2026-03-15"), ("\(name)-reading-1-0:1.8.0", "")])
        #expect(none.status == 422 && none.text.contains("mindestens einen Stand"))
        let never = await service.post(
            path, [("form", name), ("\(name)-day", "2026-03-29"), ("\(name)-time", "02:30"), ("\(name)-reading-1-0:1.8.0", "7900")])
        #expect(never.status == 422 && never.text.contains("Diese Uhrzeit gibt es nicht."))
    }

    @Test func `each sees the forms of their role only`() async throws {
        let world = try await world()
        let service = try await world.person(.service)
        let page = await service.open(home).text
        #expect(page.contains("/customer-readings\"") && !page.contains("/devices/exchange\""))
        #expect(await service.send(home + "/removal", ["form": "removal-0"]).status == 403)
        let reader = try await world.person(.readonly)
        let plain = await reader.open(home)
        #expect(plain.status == 200 && !plain.text.contains("/customer-readings\"") && !plain.text.contains("/devices/exchange\""))
        #expect(await reader.send("/metering-points/P-1/customer-readings", ["form": "x"]).status == 403)
        #expect(try await world.person(.finance).open(home).status == 403)
        #expect(await reader.open("/metering-points/P-404/devices").status == 404)
        let forged = Browser(site: world.site, cookie: service.cookie, csrf: "none")
        #expect(await forged.send("/metering-points/P-1/customer-readings", ["form": "x"]).status == 403)
    }
}
