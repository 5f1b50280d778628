import Billing
import Metering
import Tariffs
import Testing
import Values

/// A contract's days at a price per kWh and a base price a year.
private func stretch(
    _ number: String, _ from: String, _ until: String, _ kWh: String, cents: String = "30", yearly base: String = "120",
    kind: BillKind = .annual, rule: InstalmentRule? = nil
) -> BillingCase {
    var own = made(
        range(from, until), [piece("M-\(number)", "1-0:1.8.0", from, until, kWh)],
        made([("2000-01-01", [("ap", energy(cents)), ("gp", yearly(base))])]))
    own.contract.number = number
    own.kind = kind
    own.instalmentRule = rule
    return own
}
private func paper(_ cases: [BillingCase], by unit: SupplyUnit = .contract) throws -> InvoiceDraft {
    try InvoiceDraft.combined(try cases.map { try Bill.compute($0) }, by: unit)
}
private let rule = InstalmentRule(count: 11, firstDue: day("2026-02-01"))

@Suite struct `A paper of several contracts` {
    @Test(arguments: [
        ([BillKind.final, .interim], BillKind.interim), ([.interim, .final], .interim), ([.monthly, .final], .monthly),
        ([.final, .annual], .annual), ([.final, .final], .final), ([.interim, .annual], .annual),
    ])
    func `is what it is for those that go on`(kinds: [BillKind], expected: BillKind) throws {
        let draft = try paper(kinds.enumerated().map { stretch("VT-\($0.offset)", "2025-01-01", "2025-07-01", "1000", kind: $0.element) })
        #expect(draft.kind == expected)
        #expect(draft.endsContract == kinds.contains(.final))
        for (place, kind) in kinds.enumerated() { #expect(draft.kind(of: "VT-\(place)") == kind) }
    }

    @Test func `says of a contract what its last stretch says, wherever that stands`() throws {
        let draft = try paper([
            stretch("VT-1", "2025-01-01", "2025-07-01", "1000", kind: .interim), stretch("VT-2", "2025-01-01", "2026-01-01", "1000"),
            stretch("VT-1", "2025-07-01", "2025-12-01", "1000", kind: .final),
        ])
        #expect(draft.kind == .annual && draft.kind(of: "VT-1") == .final && draft.kind(of: "VT-2") == .annual)
        #expect(draft.kind(of: "VT-3") == nil)
    }

    @Test func `stands as it was issued before contracts were told apart`() throws {
        let cases = [
            stretch("VT-1", "2025-01-01", "2025-07-01", "1000", kind: .final),
            stretch("VT-2", "2025-01-01", "2025-07-01", "1000", kind: .interim),
        ]
        #expect(try paper(cases, by: .stretch).kind == .annual)
    }
}

@Suite struct `The plan of a contract whose terms changed inside the year` {
    @Test func `is made where the year costs money, though the last stretch ends in a credit`() throws {
        let cases = [
            stretch("VT-1", "2025-01-01", "2025-07-01", "3000", kind: .interim),
            stretch("VT-1", "2025-07-01", "2026-01-01", "10", yearly: "-400", rule: rule),
        ]
        #expect(try Bill.compute(cases[1]).totals.gross < .zero)
        let draft = try paper(cases)
        let plan = try #require(draft.plans.first)
        #expect(draft.plans.count == 1 && plan.yearly == draft.totals.gross)
        #expect(plan.basis?.gross == draft.totals.gross && plan.basis?.days == 365)
        // What was issued without it is computed without it.
        #expect(try paper(cases, by: .stretch).plans.isEmpty)
    }

    @Test func `is not made where the year ends in a credit, though the last stretch costs money`() throws {
        let cases = [
            stretch("VT-1", "2025-01-01", "2025-07-01", "10", yearly: "-4000", kind: .interim),
            stretch("VT-1", "2025-07-01", "2026-01-01", "1500", rule: rule),
        ]
        let draft = try paper(cases)
        #expect(draft.totals.gross < .zero && draft.plans.isEmpty)
        #expect(try !paper(cases, by: .stretch).plans.isEmpty)
    }

    @Test func `is the same whichever contracts stand beside it`() throws {
        let own = [
            stretch("VT-1", "2025-01-01", "2025-07-01", "3000", kind: .interim),
            stretch("VT-1", "2025-07-01", "2026-01-01", "1000", rule: rule),
        ]
        let alone = try paper(own).plans
        #expect(alone.first?.instalments.count == 11)
        #expect(try paper([own[0], stretch("VT-2", "2025-01-01", "2026-01-01", "800"), own[1]]).plans == alone)
        #expect(
            try paper(own + [stretch("VT-2", "2025-01-01", "2026-01-01", "800", rule: rule)]).plans.map(\.contract) == ["VT-1", "VT-2"])
    }
}

@Suite struct `Terms that change behind a bill` {
    private let whole = stretch("VT-1", "2025-01-01", "2026-01-01", "2000")
    private func cut(_ second: String = "1000", cents: String = "30") -> [BillingCase] {
        [
            stretch("VT-1", "2025-01-01", "2025-07-01", "1000", kind: .interim),
            stretch("VT-1", "2025-07-01", "2026-01-01", second, cents: cents),
        ]
    }

    @Test func `and move no price give no correction`() throws {
        let billed = try paper([whole])
        let right = try paper(cut())
        #expect(reconcile(billed: billed.charged(), proposed: right.charged()).isEmpty)
        #expect(try right.correction(of: [billed]) == nil)
        #expect(try right.correction(of: [billed], by: .stretch)?.totals.gross == .zero, "what it came to by the places on the paper")
    }

    @Test func `and only round once more give none either`() throws {
        var seen = 0
        for kWh in 1...40 {
            let halves = "\(kWh).055"
            let billed = try paper([stretch("VT-1", "2025-01-01", "2026-01-01", "\(2 * kWh).110", cents: "30.31")])
            let right = try paper([
                stretch("VT-1", "2025-01-01", "2025-07-01", halves, cents: "30.31", kind: .interim),
                stretch("VT-1", "2025-07-01", "2026-01-01", halves, cents: "30.31"),
            ])
            if !reconcile(billed: billed.charged(), proposed: right.charged()).isEmpty { seen += 1 }
            #expect(try right.correction(of: [billed]) == nil)
        }
        #expect(seen > 0, "the case is there")
        // Where the days stay whole a cent is a cent.
        let cent = try #require(
            try paper([stretch("VT-1", "2025-01-01", "2026-01-01", "100.05")]).correction(
                of: [try paper([stretch("VT-1", "2025-01-01", "2026-01-01", "100.02")])]))
        #expect(cent.totals.net == money("0.01"))
    }

    @Test func `and move one are charged to the contract, line by line`() throws {
        let other = stretch("VT-2", "2025-01-01", "2026-01-01", "700")
        let billed = try paper([whole, other])
        let right = try paper([cut()[0], other, cut(cents: "32")[1]])
        let difference = try #require(try right.correction(of: [billed]))
        #expect(difference.totals.net == money("20.00"))
        #expect(!difference.lines.contains { difference.supplies[$0.supply].contract.number == "VT-2" })
        #expect(try right.correction(of: [billed, difference]) == nil)
        // A stretch that has moved on the paper is taken back where it stands now.
        let moved = try paper([other, cut()[0], cut("900")[1]])
        let back = try #require(try moved.correction(of: [right]))
        #expect(Set(back.lines.map { back.supplies[$0.supply].contract.number }) == ["VT-1"])
        #expect(back.totals.net == money("-50.00"))
    }
}
