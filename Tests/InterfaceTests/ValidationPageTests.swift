import AccessOperations
import MeteringOperations
import TestKit
import Testing
import VEE
import Values
@testable import Web

@Suite(.database) struct `Thresholds in the cockpit` {
    private let path = "/validation-parameters"

    private func set(
        _ clerk: Browser, _ name: String, _ value: String, from: String = "2026-04-01", last: String = "", reason: String = "Leck gesucht",
        off: Bool = false
    ) async -> WebResponse {
        await clerk.post(
            path,
            [
                ("commodity", "water"), ("class", "household"), ("name", name), ("value", value), ("from", from), ("last", last),
                ("reason", reason),
            ] + (off ? [("off", "1")] : []))
    }

    @Test func `one is set from a day on, with who and why, and the defaults stay in sight`() async throws {
        let world = try await CockpitWorld()
        let clerk = try await world.person(.billing)
        #expect(await clerk.open("/findings").text.contains("href=\"/validation-parameters\""))
        let before = await clerk.open(path)
        #expect(before.status == 200 && before.text.contains("Es gelten überall die Vorgaben.") && before.text.contains("leakDays"))
        let done = await set(clerk, "leakDays", "7", last: "2026-06-30")
        #expect(done.status == 303)
        let page = await clerk.open(try #require(done.headers["Location"])).text
        #expect(page.contains("Der Grenzwert ist gesetzt") && page.contains("Leck gesucht") && page.contains("billing-person"))
        #expect(page.contains("1.4.2026") || page.contains("01.04.2026"))
        #expect(page.contains("30.06.2026") && page.contains("Wasser, Haushalt"))
        let key = ThresholdKey(.water, .household)
        func days(_ day: Day) async throws -> Int? {
            try await ListThresholds<ValidationParameters>(pool: world.pool)(on: day).first { $0.key == key }.map {
                Int($0.parameters.leakDays)
            }
        }
        let usual = try await days(Day(2026, 3, 31))
        #expect(try await days(Day(2026, 6, 30)) == 7)
        #expect(try await days(Day(2026, 7, 1)) == usual)
        // A German clerk types a comma; a rule may be switched off.
        #expect(await set(clerk, "heatTolerance", "0,25").status == 303)
        #expect(await set(clerk, "spikePercent", "", off: true).status == 303)
        let english = await clerk.open(path + "?commodity=water&class=household&on=2026-04-02", language: "en").text
        #expect(english.contains("0.25") && english.contains("Thresholds of the rules") && english.contains(">off<"))
    }

    @Test func `what is wrong comes back as a sentence with what was typed`() async throws {
        let world = try await CockpitWorld()
        let clerk = try await world.person(.billing)
        let number = await set(clerk, "leakDays", "viele")
        #expect(number.status == 422 && number.text.contains("„viele“ ist kein Wert für: Tage mit Dauerdurchfluss."))
        #expect(number.text.contains("value=\"viele\"") && number.text.contains("value=\"Leck gesucht\""))
        #expect(number.text.contains("<option value=\"leakDays\" selected>") && number.text.contains("<option value=\"water\" selected>"))
        let silent = await set(clerk, "leakDays", "7", from: "", reason: " ")
        #expect(silent.status == 422 && silent.text.contains("Der erste Tag fehlt.") && silent.text.contains("warum"))
        #expect(await set(clerk, "leakDays", "7", last: "2026-03-01").text.contains("vor dem ersten"))
        #expect(await set(clerk, "leakDays", "").text.contains("Der Wert fehlt"))
        #expect(await set(clerk, "leakDays", "", off: true).text.contains("lässt sich nicht abschalten"))
        #expect(await set(clerk, "nonsense", "1").text.contains("Den Grenzwert „nonsense“ gibt es nicht."))
        #expect(try await ListThresholds<ValidationParameters>(pool: world.pool)(on: Day(2026, 4, 1)).allSatisfy(\.history.isEmpty))
    }

    @Test func `who may read findings sees them, who manages validation sets them`() async throws {
        let world = try await CockpitWorld()
        let reader = try await world.person(.readonly)
        let page = await reader.open(path)
        #expect(page.status == 200 && !page.text.contains("Einen Grenzwert setzen"))
        #expect(await set(reader, "leakDays", "7").status == 403)
        #expect(try await world.person(.finance).open(path).status == 403)
    }
}
