import AccessOperations
import BillingOperations
import TestKit
import Testing
import Values
@testable import Web

@Suite(.database) struct `Tariff care in the cockpit` {
    @Test func `a clerk writes a price, sees the difference and its effect, and another person publishes`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        _ = try await world.bill()
        let clerk = try await world.person(.billing)
        let chief = try await world.person(.admin)
        let begun = await clerk.send("/tariff-drafts", ["tariff": "electricity/basis", "from": "2027-01-01"])
        let path = try #require(begun.headers["Location"])
        #expect(path.hasPrefix("/tariff-drafts/"))
        #expect(await clerk.open("/tariffs").text.contains("Entwürfe"))

        // A German clerk types a comma.
        let saved = await clerk.send(path, ["version": "1", "cell.components[0].price": "30,15", "recompute": "1"])
        #expect(saved.status == 303)
        let page = await clerk.open(path).text
        #expect(page.contains("value=\"30,15\"") && page.contains("<ins><code>") && page.contains("Ohne Fehler"))
        #expect(page.contains("veröffentlichen muss eine zweite Person") && !page.contains("\(path)/publish"))

        // What the examples say is said in German.
        _ = await clerk.send(path, ["version": "2", "cell.components[0].price": "30,25"])
        let other = await clerk.open(path).text
        #expect(other.contains("erwartet sind") && other.contains("Bitte von Hand nachrechnen") && !other.contains("computed"))
        _ = await clerk.send(path, ["version": "3", "cell.components[0].price": "30,15", "recompute": "1"])
        // A slip of the pen is told before anybody publishes it.
        #expect(!page.contains("Fünffache"))
        _ = await clerk.send(path, ["version": "4", "cell.components[0].price": "2990,00", "recompute": "1"])
        let slip = await clerk.open(path).text
        #expect(slip.contains("Fünffache") && slip.contains("(bisher 27,6500)"))
        _ = await clerk.send(path, ["version": "5", "cell.components[0].price": "-5,00", "recompute": "1"])
        #expect(await clerk.open(path).text.contains("<strong>-5,00</strong>"))
        _ = await clerk.send(path, ["version": "6", "cell.components[0].price": "30,15", "recompute": "1"])

        let effect = await clerk.open(path + "/simulation").text
        #expect(effect.contains("Änderung je Vertrag") && effect.contains("<svg"))
        let own = await clerk.send(path + "/publish", ["version": "7"])
        #expect(own.status == 422 && own.text.contains("zweite Person"))
        let late = await chief.send(path + "/publish", ["version": "1"])
        #expect(late.status == 422 && late.text.contains("hat inzwischen gespeichert"))
        let done = await chief.send(path + "/publish", ["version": "7"])
        #expect(done.status == 303)
        let closed = await chief.open(path).text
        #expect(closed.contains("veröffentlicht von"), "\(closed)")
        #expect(!closed.contains("status: draft"))
        #expect(await chief.open("/tariffs").text.contains("Frau admin"))
    }

    @Test func `what is no number comes back as a sentence at the top, and nothing is saved`() async throws {
        let world = try await CockpitWorld()
        _ = try await world.bill()
        let clerk = try await world.person(.billing)
        let path = try #require(
            await clerk.send("/tariff-drafts", ["tariff": "electricity/basis", "from": "2027-01-01"]).headers["Location"])
        let wrong = await clerk.send(path, ["version": "1", "cell.components[0].price": "teuer!"])
        #expect(wrong.status == 422 && wrong.text.contains("Das ist keine Zahl"))
        // What was typed stays in its field with the sentence beside it; the rest of the form is there, and nothing is English.
        let slip = await clerk.send(path, ["version": "1", "cell.components[0].price": "29,9x", "cell.components[1].price": "31,15"])
        #expect(slip.status == 422 && slip.text.contains("value=\"29,9x\"") && slip.text.contains("value=\"31,15\""))
        #expect(slip.text.contains("aria-invalid=\"true\"") && !slip.text.contains("no number"))
        #expect(slip.text.contains("29,95"))
        #expect(try await ReviewTariffDraft(pool: world.pool).list().first?.version == 1)
        let reader = try await world.person(.readonly)
        #expect(await reader.open(path).status == 200)
        #expect(await reader.send(path, ["version": "1", "cell.components[0].price": "1"]).status == 403)
        #expect(await clerk.open("/tariff-drafts/4711").status == 404)
    }
}
