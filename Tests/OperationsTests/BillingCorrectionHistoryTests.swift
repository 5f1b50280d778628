import Billing
import BillingOperations
import PartnerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

extension BillingFixture {
    /// A year of c-1 that was billed on 3,500 kWh; its end was read again since.
    fileprivate static func late(_ value: String) async throws -> (town: BillingFixture, invoice: InvoiceRecord) {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        _ = try await town.bill()
        try await town.reread(value)
        return (town, try #require(try await town.invoices(.init(accounts: ["a-1"])).first))
    }
    fileprivate func reread(_ value: String, now: Instant = F.now) async throws {
        try await send(
            [
                #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            ], now: now)
    }
    fileprivate func find(now: Instant = F.now) async throws -> FindCorrections.Report {
        try await FindCorrections(pool: pool)(author: "finder", now: now)
    }
    fileprivate func proposals(_ state: CorrectionProposal.State = .proposed) async throws -> [CorrectionProposal] {
        try await ListCorrections(pool: pool)(state: state).items
    }
    fileprivate func cancel(_ number: String) async throws {
        _ = try await CancelInvoice(pool: pool)(number, reason: "x", author: F.author, today: F.today, now: F.now)
    }
    fileprivate func other(_ terms: String) async throws {
        try await load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster", "note": "other terms"}, \#(terms)}]}"#
        )
    }
}

@Suite(.database) struct `What was decided about a correction` {
    private func say(
        _ author: String, _ id: Int64, _ town: BillingFixture, person: String? = nil, method: CorrectionProposal.Method = .difference
    ) async throws -> CorrectionProposal {
        try await ReleaseCorrection(pool: town.pool, limit: .zero)(
            id, method: method, reason: "geprüft", author: author, person: person, today: F.today, now: F.now)
    }

    @Test func `stays told when its document is taken back, and two people decide about it anew`() async throws {
        let (town, invoice) = try await F.late("4000")
        _ = try await town.find()
        let first = try #require(try await town.proposals().first)
        #expect(try await say("anke", first.id, town).state == .proposed)
        let released = try await say("bernd", first.id, town)
        let document = try #require(released.document)
        try await town.cancel(document)
        let report = try await town.find()
        #expect((report.proposed, report.waiting) == (1, 1))
        let second = try #require(try await town.proposals().first)
        #expect(second.id != first.id && second.gross == first.gross && second.invoice == invoice.number)
        let told = try #require(try await town.proposals(.released).first)
        #expect(told.id == first.id && told.decidedBy == "bernd" && told.document == document && told.reason == "geprüft")
        #expect(told.documentCancelledBy == (try await GetInvoice(pool: town.pool)(document).record.cancelledBy))
        let words = try await ReleaseCorrection(pool: town.pool).approvals(of: [first.id, second.id])
        #expect(words[first.id]?.approvedBy == "anke" && words[second.id] == nil)
        // Who was the first of two then is not the first now.
        #expect(try await say("bernd", second.id, town).state == .proposed)
        #expect(try await say("carl", second.id, town).state == .released)
        #expect(try await town.proposals(.released).count == 2)
        await #expect(throws: DatabaseError.self) {
            try await town.pool.transaction { try $0.execute("UPDATE correction SET reason = 'x' WHERE id = \(first.id)") }
        }
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `by two keys of one person was decided by one person`() async throws {
        let (town, _) = try await F.late("4000")
        _ = try await town.find()
        let id = try #require(try await town.proposals().first).id
        #expect(try await say("key:demo", id, town, person: "anna").state == .proposed)
        await #expect(throws: BillingRefusal.secondPerson("key:demo")) { try await say("key:new", id, town, person: "anna") }
        await #expect(throws: BillingRefusal.secondPerson("key:demo")) { try await say("anna", id, town) }
        #expect(try await say("key:other", id, town, person: "berta").state == .released)
    }

    @Test(arguments: CorrectionProposal.Method.allCases)
    func `is not released when something has come since it was proposed, nor between the first and the second person`(
        method: CorrectionProposal.Method
    ) async throws {
        let (town, invoice) = try await F.late("4000")
        _ = try await town.find()
        let first = try #require(try await town.proposals().first)
        #expect(try await say("anke", first.id, town, method: method).state == .proposed)
        try await town.reread("4200")
        await #expect(throws: BillingRefusal.outdatedCorrection(first.id)) { try await say("bernd", first.id, town, method: method) }
        #expect(try await town.invoices().count == 2, "nothing went out")
        let second = try #require(try await town.proposals().first)
        #expect(second.id != first.id && second.gross.magnitude < first.gross.magnitude)
        await #expect(throws: BillingRefusal.notProposed(first.id)) { try await say("bernd", first.id, town, method: method) }
        // The first person as well says yes to what is known now.
        try await town.reread("4500")
        await #expect(throws: BillingRefusal.outdatedCorrection(second.id)) { try await say("anke", second.id, town, method: method) }
        #expect(try await town.proposals().isEmpty, "as it was billed")
        #expect(try await GetInvoice(pool: town.pool)(invoice.number).record.state == .issued)
    }

    @Test func `rests on what was known then: a reading that comes right after it is found`() async throws {
        let (town, _) = try await F.late("4000")
        _ = try await town.find()
        let id = try #require(try await town.proposals().first).id
        let at = F.now.adding(seconds: 3_600)
        _ = try await DecideCorrection(pool: town.pool).release(
            id, method: .rebill, reason: "x", author: F.author, today: F.today, now: at)
        try await town.reread("4100", now: at.adding(seconds: 1))
        #expect(try await town.find(now: at.adding(seconds: 7_200)).proposed == 1)
    }

    @Test func `goes with its bill: a Storno leaves no proposal`() async throws {
        let (town, invoice) = try await F.late("4000")
        _ = try await town.find()
        let id = try #require(try await town.proposals().first).id
        try await town.cancel(invoice.number)
        #expect(try await town.proposals().isEmpty)
        #expect(try await town.proposals(.superseded).map(\.id) == [id])
        #expect(try await town.bill().billed == 2)
        #expect(try await town.find().waiting == 0)
    }

    @Test func `what another search has proposed waits, and is said to`() async throws {
        let (town, invoice) = try await F.late("4000")
        let report = try await FindCorrections(pool: town.pool)(invoices: [invoice.number], author: "zaehlwerk", now: F.now)
        #expect((report.proposed, report.waiting) == (1, 1))
        let again = try await town.find()
        #expect((again.proposed, again.waiting) == (0, 1))
    }
}

@Suite(.database) struct `A proposal whose reason is gone` {
    /// 2025 is billed, and c-1 is said to have ended with November.
    private func ended() async throws -> (town: BillingFixture, invoice: InvoiceRecord, proposal: CorrectionProposal) {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        _ = try await town.bill()
        let invoice = try #require(try await town.invoices(.init(accounts: ["a-1"])).first)
        _ = try await EndContract(pool: town.pool)("c-1", until: Day(2025, 12, 1), author: F.author, now: F.now)
        _ = try await town.find()
        return (town, invoice, try #require(try await town.proposals().first))
    }
    private func putRight(_ town: BillingFixture) async throws {
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-01-01", "until": "2026-07-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster"}}]}"#
        )
    }

    @Test func `goes when the end of the contract is put right`() async throws {
        let (town, _, proposal) = try await ended()
        try await putRight(town)
        await #expect(throws: BillingRefusal.outdatedCorrection(proposal.id)) {
            try await DecideCorrection(pool: town.pool).release(
                proposal.id, reason: "x", author: F.author, today: F.today, now: F.now.adding(seconds: 86_400))
        }
        #expect(try await town.proposals().isEmpty)
        #expect(try await town.find(now: F.now.adding(seconds: 86_400)).waiting == 0)
    }

    @Test func `and was released already is charged again`() async throws {
        let (town, invoice, proposal) = try await ended()
        let document = try #require(
            try await DecideCorrection(pool: town.pool).release(
                proposal.id, reason: "Auszug", author: F.author, today: F.today, now: F.now
            ).document)
        try await putRight(town)
        let later = F.now.adding(seconds: 86_400)
        #expect(try await town.find(now: later).proposed == 1)
        let back = try #require(try await town.proposals().first)
        #expect((back.invoice, back.cause) == (invoice.number, .contract))
        #expect(back.gross == -proposal.gross && back.right == invoice.gross)
        _ = try await DecideCorrection(pool: town.pool).release(back.id, reason: "Irrtum", author: F.author, today: F.today, now: later)
        let sum = try await town.invoices(.init(accounts: ["a-1"])).map(\.gross).total()
        #expect(sum == invoice.gross, "\(document) and what followed cancel each other out")
        #expect(try await town.find(now: later.adding(seconds: 60)).waiting == 0)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `because the bill cannot be computed any more is withdrawn, and the bill is named until it can`() async throws {
        let (town, invoice) = try await F.late("4000")
        _ = try await town.find()
        let proposal = try #require(try await town.proposals().first)
        try await town.other(#""tariff": "electricity/nowhere", "from": "2025-07-01""#)
        let report = try await town.find()
        #expect(report.unclear.map(\.invoice) == [invoice.number])
        #expect(try await town.proposals().isEmpty)
        let list = try await ListCorrections(pool: town.pool).unclear()
        #expect(list.count == 1 && list.items.map(\.invoice) == [invoice.number])
        await #expect(throws: BillingRefusal.notProposed(proposal.id)) {
            try await DecideCorrection(pool: town.pool).release(
                proposal.id, reason: "x", author: F.author, today: F.today, now: F.now)
        }
        try await town.other(#""tariff": "electricity/basis", "from": "2025-07-01""#)
        #expect(try await town.find().proposed == 1)
        #expect(try await ListCorrections(pool: town.pool).unclear().count == 0)
    }

    @Test func `goes when it is too late, by the commodity's own rule`() async throws {
        let town = try await F()
        try await town.add([
            .init(key: "1"),
            .init(
                key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25",
                attributes: #"{"sealedArea": "120.5"}"#),
        ])
        _ = try await town.bill()
        for contract in ["c-1", "c-W"] {
            _ = try await EndContract(pool: town.pool)(contract, until: Day(2025, 12, 1), author: F.author, now: F.now)
        }
        #expect(try await town.find().proposed == 2)
        let twoYears = try await town.find(now: F.now.adding(seconds: 2 * 366 * 86_400))
        #expect(twoYears.unclear.map(\.code) == ["time-limit"])
        #expect(twoYears.unclear.allSatisfy { $0.explanation.contains("AVBWasserV") && $0.explanation.contains("zwei Jahren") })
        #expect(try await town.proposals().count == 1, "electricity has three years")
        let threeYears = try await town.find(now: F.now.adding(seconds: 3 * 366 * 86_400))
        #expect(threeYears.unclear.contains { $0.explanation.contains("StromGVV") })
        #expect(try await town.proposals().isEmpty)
        #expect(try await ListCorrections(pool: town.pool).unclear().count == 0, "nobody can do anything about it")
    }
}

@Suite(.database) struct `Terms that began behind a bill` {
    private func story(_ terms: String) async throws -> BillingFixture {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        try await town.other(terms)
        #expect(try await town.bill().held > 0, "nobody has looked at it yet")
        return town
    }

    @Test func `and move no price are settled when somebody has looked`() async throws {
        let town = try await story(#""tariff": "electricity/basis", "from": "2025-07-01""#)
        #expect(try await town.find().proposed == 0)
        #expect(try await town.bill().held == 0)
        #expect(try await town.invoices().count == 1)
    }

    @Test(arguments: [true, false])
    func `and move the price are held until the difference is decided`(isReleased: Bool) async throws {
        let town = try await story(#""tariff": "electricity/basis", "from": "2025-07-01", "until": "2025-12-01""#)
        #expect(try await town.find().proposed == 1)
        #expect(try await town.bill().held > 0)
        let id = try #require(try await town.proposals().first).id
        let decide = DecideCorrection(pool: town.pool)
        if isReleased {
            _ = try await decide.release(id, reason: "x", author: F.author, today: F.today, now: F.now)
        } else {
            _ = try await decide.dismiss(id, reason: "x", author: F.author, now: F.now)
        }
        #expect(try await town.bill().held == 0)
        #expect(try await town.find().proposed == 0)
    }
}
