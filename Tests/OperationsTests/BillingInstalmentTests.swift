import Billing
import BillingOperations
import Foundation
import InvoiceFormats
import LedgerOperations
import Postgres
import Tariffs
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `Instalments` {
    private func pay(_ cents: Int64, _ day: Day, _ town: BillingFixture, key: String, account: String = "a-1") async throws {
        _ = try await PostPayment(pool: town.pool)(
            IncomingPayment(account: account, amount: Money(cents: cents), valueDate: day, reference: "", key: key), author: "bank",
            today: F.today, now: F.now)
    }
    private func request(_ until: Day, _ town: BillingFixture) async throws -> RequestInstalments.Report {
        try await RequestInstalments(pool: town.pool)(dueUntil: until, author: F.author, today: Day(2025, 12, 1), now: F.now)
    }
    private func plan(_ town: BillingFixture, yearly: String = "1100.00") async throws -> InstalmentPlan {
        try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money(yearly), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author, now: F.now
        )
    }
    private func balance(_ ledger: Int32, _ town: BillingFixture) async throws -> Int64 {
        try await town.pool.with {
            try $0.one("SELECT coalesce(sum(amount_cents), 0)::bigint FROM posting WHERE ledger = \(ledger)", as: Int64.self)
        }
    }

    @Test func `are requested once, paid, and set off with their tax as booked; what was not paid is withdrawn`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        let plan = try await plan(town)
        #expect(plan.instalments.count == 11)
        #expect(plan.instalments[0].gross == Money("100.00"))
        #expect(plan.instalments[0].tax == Money("15.97"))
        let report = try await request(Day(2026, 1, 1), town)
        #expect((report.requested, report.gross, report.tax) == (11, Money("1100.00"), Money("175.67")))
        #expect(try await request(Day(2026, 1, 1), town).requested == 0)
        let texts = try await town.pool.with {
            try $0.query("SELECT text FROM journal_entry ORDER BY id LIMIT 1").map { try $0.get(0) as String }
        }
        #expect(texts == ["Abschlag zum 01.02.2025"])
        // A request is no revenue.
        #expect(try await balance(1718, town) == -92_433)
        #expect(try await balance(8410, town) == 0)
        for month in 0..<8 { try await pay(10_000, Day(2025, 3, 1).adding(months: month), town, key: "p\(month)") }
        try await pay(4_000, Day(2025, 12, 1), town, key: "half")
        let run = try await town.bill()
        #expect(run.billed == 1)
        let invoice = try #require(try await town.invoices().first)
        #expect(invoice.due == invoice.gross - Money(cents: 84_000))
        let draft = try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
        #expect(draft.instalments.count == 9)
        #expect(draft.instalments.map(\.gross).total() == Money("840.00"))
        #expect(draft.instalments.map(\.tax).total() == Money(cents: 8 * 1_597 + 639))
        // What is owed is what the bill says, prepayments are gone, and tax is that of the bill.
        #expect(try await town.receivables() == invoice.due)
        #expect(try await balance(1718, town) == 0)
        #expect(try await balance(1776, town) == -draft.totals.tax.cents)
        #expect(try await balance(8410, town) == -draft.totals.net.cents)
        let records = try await ListInstalments(pool: town.pool)(contract: "c-1", limit: 100).items
        #expect(records.filter { $0.invoice == invoice.number }.count == 9)
        #expect(records.filter { $0.state == .withdrawn }.count == 2)
        // The next plan follows the bill, stands on it, and is requested from then on.
        let next = try #require(draft.plans.first)
        #expect(next.instalments[0].due > invoice.dueOn)
        #expect(next.instalments[0].gross.cents % 100 == 0)
        #expect(records.filter { $0.state == .planned }.map(\.gross) == next.instalments.map(\.gross))
        let json = try #require(String(bytes: try await GetInvoice(pool: town.pool).document(invoice.number), encoding: .utf8))
        #expect(json.contains("instalmentPlans"))
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
    }

    @Test func `have papers that are kept as they went out, and a plan that is a letter`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await plan(town)
        _ = try await request(Day(2025, 4, 1), town)
        let get = GetInstalment(pool: town.pool)
        let records = try await ListInstalments(pool: town.pool)(contract: "c-1").items
        let number = try #require(records.first?.number)
        #expect(try await get(number).gross == Money("100.00"))
        let xml = try await get.xml(number, now: F.now)
        #expect(String(decoding: xml, as: UTF8.self).contains("Abschlagsanforderung Strom, fällig am 01.02.2025"))
        let paper = try await get.pdf(number, language: .de, now: F.now)
        // The customer moves; what went out stays.
        try await town.load(
            #"{"partners": [{"key": "p-1", "address": {"street": "Anderswo", "house": "2", "postcode": "24103", "city": "Kiel"}}]}"#)
        #expect(try await get.xml(number, now: F.now) == xml)
        #expect(try await get.pdf(number, language: .de, now: F.now) == paper)
        #expect(try await get.pdf(number, language: .en, now: F.now) != paper)
        #expect(try await town.count("instalment_document") == 4)
        let second = try #require(records.dropFirst().first?.number)
        #expect(String(decoding: try await get.xml(second, now: F.now), as: UTF8.self).contains("Anderswo 2"))
        let letter = try await GetInstalmentPlan(pool: town.pool)("c-1", today: F.today)
        #expect(letter.entries.count == 11)
        #expect(letter.entries.compactMap(\.requestedBy).count == 2)
        #expect(letter.yearly == Money("1100.00"))
        #expect(letter.follows == nil)
        await #expect(throws: BillingRefusal.unknownInstalment("AB-1")) { try await get.xml("AB-1", now: F.now) }
        await #expect(throws: BillingRefusal.unknownContract("nobody")) {
            try await GetInstalmentPlan(pool: town.pool)("nobody", today: F.today)
        }
    }

    @Test func `are set off by the new bill when the old one is taken back`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await plan(town)
        _ = try await request(Day(2025, 4, 1), town)
        try await pay(10_000, Day(2025, 2, 3), town, key: "1")
        try await pay(10_000, Day(2025, 3, 3), town, key: "2")
        _ = try await town.bill()
        let first = try #require(try await town.invoices().first)
        _ = try await CancelInvoice(pool: town.pool)(first.number, reason: "x", author: F.author, today: F.today, now: F.now)
        #expect(try await town.receivables() == .zero)
        #expect(try await balance(1718, town) != 0)
        _ = try await town.bill()
        let second = try #require(try await town.invoices().first)
        #expect(second.due == first.due)
        #expect(try await town.receivables() == first.due)
        #expect(try await balance(1718, town) == 0)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `that nobody had paid stay withdrawn when the bill is taken back: its paper says so, and the new bill charges their time`()
        async throws
    {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await plan(town)
        _ = try await request(Day(2025, 5, 1), town)
        try await pay(10_000, Day(2025, 2, 3), town, key: "1")
        try await pay(4_000, Day(2025, 3, 3), town, key: "2")
        _ = try await town.bill()
        let first = try #require(try await town.invoices().first)
        let numbers = try await ListInstalments(pool: town.pool)(contract: "c-1").items.compactMap(\.number)
        let paper = BillPage(try await GetInvoice(pool: town.pool)(first.number).invoice, language: .de)
        #expect(paper.sums.contains { $0.label.hasPrefix("Abschlag vom 03.02.2025, \(numbers[0]) (darin USt") })
        let number = try await CancelInvoice(pool: town.pool)(first.number, reason: "x", author: F.author, today: F.today, now: F.now)
        let storno = try await GetInvoice(pool: town.pool)(number).invoice
        #expect(storno.draft.settled?.withdrawn == Money("160.00"), "60 of March, 100 of April")
        #expect(BillPage(storno, language: .de).due.contains("Offene Abschläge über 160,00\u{A0}€"))
        #expect(try await town.receivables() == .zero)
        // Nothing of these days is asked for in advance any more.
        #expect(try await request(Day(2026, 1, 1), town).requested == 0)
        _ = try await town.bill()
        let second = try #require(try await town.invoices().first)
        #expect(second.due == first.due && second.due == second.gross - Money(cents: 14_000))
        #expect(try await town.receivables() == second.due)
        let again = try await CancelInvoice(pool: town.pool)(second.number, reason: "x", author: F.author, today: F.today, now: F.now)
        #expect(try await GetInvoice(pool: town.pool)(again).invoice.draft.settled?.withdrawn == .zero, "that bill withdrew nothing")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
    }

    @Test func `of a contract on hold are not requested`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await plan(town)
        _ = try await HoldBilling(pool: town.pool).hold(.account("a-1"), reason: "x", author: "clerk", now: F.now)
        let report = try await request(Day(2025, 4, 1), town)
        #expect((report.requested, report.onHold) == (0, 2))
    }

    @Test func `end with the contract: the final bill sets off all and plans nothing`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2025-10-01")])
        _ = try await plan(town)
        _ = try await request(Day(2025, 12, 1), town)
        for month in 1...10 { try await pay(10_000, Day(2025, month + 1, 2), town, key: "\(month)") }
        _ = try await town.bill()
        let invoice = try #require(try await town.invoices().first)
        #expect(invoice.kind == .final)
        let draft = try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
        #expect(draft.instalments.count == 8, "February to September: nothing is requested for days after the end")
        #expect(draft.plans.isEmpty)
        #expect(try await ListInstalments(pool: town.pool)(contract: "c-1", state: .planned).items.isEmpty)
        #expect(try await balance(1718, town) == 0)
    }

    @Test func `of both taxes keep each its own`() throws {
        // 98.00 of which most is at 19 % and a little at 7 %.
        let plan = try #require(
            try InstalmentPlan(
                contract: "VT-1", yearly: Money(cents: 107_800),
                taxes: [
                    (Tax(rate: TaxRate(basisPoints: 1_900)), Money(cents: 90_000)),
                    (Tax(rate: TaxRate(basisPoints: 700)), Money(cents: 10_000)),
                ],
                rule: InstalmentRule(count: 11, firstDue: Day(2026, 2, 1))))
        let instalment = plan.instalments[0]
        #expect(instalment.gross == Money("98.00"))
        #expect(instalment.shares.map(\.gross.cents) == [8_820, 980])
        #expect(instalment.shares.map(\.amount.cents) == [1_408, 64])
        // A part payment loses no cent, and what is left is the rest.
        for cents in [1, 33, 4_999, 9_799] as [Int64] {
            let paid = try instalment.shares.paid(Money(cents: cents))
            #expect(paid.map(\.gross).total() == Money(cents: cents))
            let rest = instalment.shares.less(paid)
            #expect((paid + rest).map(\.gross).total() == instalment.gross)
            #expect((paid + rest).map(\.amount).total() == instalment.tax)
        }
    }

    @Test func `of the published example: 191.09 is their tax, and 191.12 is what the sum would give`() throws {
        // Reference billing 4.1 B: instalments with the tax as booked, 1,197.00 in all.
        let instalments = [Instalment(paidOn: Day(2015, 11, 1), gross: Money(cents: 119_700), tax: Money(cents: 19_109))]
        #expect(instalments.map(\.tax).total() == Money("191.09"))
        #expect(Money(cents: 102_905) - instalments.map(\.gross).total() == Money("-167.95"))
    }

    @Test func `are not requested for days after the contract's end, and no plan begins there`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2025-06-01")])
        _ = try await plan(town)
        #expect(try await request(Day(2026, 1, 1), town).requested == 4, "February to May")
        await #expect(throws: BillingRefusal.nothingToPlan("c-1")) {
            try await PlanInstalments(pool: town.pool)(
                contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 7, 1)), author: F.author,
                now: F.now)
        }
    }

    @Test func `of water bear tax on the water alone, before there is a bill, too`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3")])
        let plan = try await plan(town)
        let instalment = try #require(plan.instalments.first)
        #expect(instalment.shares.count == 2 && instalment.shares.contains { $0.tax.isOutside && $0.amount == .zero })
        #expect(instalment.shares.map(\.gross).total() == instalment.gross && instalment.tax > .zero)
        #expect(instalment.tax < Money(cents: instalment.gross.cents * 7 / 107), "waste water of a public body bears none")
    }

    @Test func `of a bill stop where the contract ends, and are the parts of a whole year all the same`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2026-07-01")])
        _ = try await plan(town)
        _ = try await town.bill()
        let number = try #require(try await town.invoices().first).number
        let following = try #require(try await GetInvoice(pool: town.pool)(number).invoice.draft.plans.first)
        #expect(following.instalments.allSatisfy { $0.due < Day(2026, 7, 1) } && following.instalments.count < 11, "\(following)")
        #expect(following.count == 11 && following.instalments[0].gross == Money(cents: following.yearly.cents).rounded(by: 11))
        #expect(try await ListInstalments(pool: town.pool)(contract: "c-1", state: .planned).items.count == following.instalments.count)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `follow from the whole year when terms changed inside it`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2025-12-01")])
        _ = try await plan(town)
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-12-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster", "note": "other terms"}}]}"#
        )
        #expect(try await town.bill().held == 0)
        let invoice = try #require(try await town.invoices().first)
        let draft = try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
        #expect(draft.supplies.count == 1, "terms that no price reads make no second supply")
        let next = try #require(draft.plans.first)
        #expect(next.basis?.days == 365)
        #expect(next.basis?.gross == draft.totals.gross)
        #expect(next.yearly == draft.totals.gross)
    }

    @Test func `paid before the terms changed are set off once, and months count from the first day of the contract`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await plan(town)
        _ = try await request(Day(2025, 4, 1), town)
        try await pay(10_000, Day(2025, 3, 15), town, key: "march")
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-07-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster", "note": "other terms"}}]}"#
        )
        let run = try await town.bill()
        #expect((run.billed, run.held) == (2, 0))
        let invoice = try #require(try await town.invoices().first)
        let draft = try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
        #expect(draft.instalments.map(\.gross) == [Money(cents: 10_000)])
        #expect(invoice.due == invoice.gross - Money(cents: 10_000))
        #expect(try await balance(1718, town) == 0)
        #expect(draft.supplies.map(\.contract.valid.from) == [Day(2025, 1, 1)])
        #expect(draft.supplies.map(\.contract.start) == [Day(2025, 1, 1)])
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
}

extension Money {
    /// A part of so many, in whole euros, half up.
    fileprivate func rounded(by count: Int64) -> Money { Money(cents: (cents + count * 50) / (count * 100) * 100) }
}
