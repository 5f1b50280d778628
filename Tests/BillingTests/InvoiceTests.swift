import Billing
import Metering
import Tariffs
import Testing
import Values

private let draft: InvoiceDraft? = try? Bill.compute(
    published(
        "electricity/basis", .year(2025),
        [piece("M", "1-0:1.8.0", "2025-01-01", "2025-07-01", "1750.5"), piece("M", "1-0:1.8.0", "2025-07-01", "2026-01-01", "1749.623")]))

@Suite struct `An invoice` {
    private func invoice() throws -> Invoice {
        Invoice(number: PrintedNumber(.invoice, serial: 100_001), issuedOn: day("2026-01-10"), draft: try #require(draft))
    }

    // 2026-01-10 is a Saturday; 14 days later is one, too.
    @Test(arguments: [
        ("2026-01-10", "2026-01-26"), ("2026-01-12", "2026-01-26"), ("2026-01-16", "2026-01-30"), ("2026-01-18", "2026-02-02"),
    ])
    func `is due two weeks later on a working day`(issued: String, due: String) throws {
        let invoice = Invoice(number: PrintedNumber(.invoice, serial: 1), issuedOn: day(issued), draft: try #require(draft))
        #expect(invoice.dueOn == day(due))
    }

    @Test func `is taken back with its own amounts`() throws {
        let invoice = try invoice()
        let storno = invoice.cancellation(number: PrintedNumber(.invoice, serial: 100_002), on: day("2026-02-01"))
        #expect(storno.cancels == invoice.number)
        for (line, back) in zip(invoice.draft.lines, storno.draft.lines) { #expect(line.amount + back.amount == .zero) }
        #expect(storno.draft.totals.gross == -invoice.draft.totals.gross)
        #expect(storno.draft.totals.groups.map(\.amount) == invoice.draft.totals.groups.map { -$0.amount })
        #expect(storno.draft.due + invoice.draft.due == .zero)
        #expect(storno.draft.reversed.totals == invoice.draft.totals)
    }

    @Test func `billed again bills nothing`() throws {
        let charged = try #require(draft).charged()
        #expect(reconcile(billed: charged, proposed: charged).isEmpty)
    }
    @Test func `billed after a late reading bills the difference`() throws {
        let billed = try #require(draft).charged()
        let right = try Bill.compute(
            published(
                "electricity/basis", .year(2025),
                [
                    piece("M", "1-0:1.8.0", "2025-01-01", "2025-07-01", "1750.5"),
                    piece("M", "1-0:1.8.0", "2025-07-01", "2026-01-01", "1849.623"),
                ])
        ).charged()
        let difference = reconcile(billed: billed, proposed: right)
        #expect(difference.map(\.component) == ["ap"])
        #expect(difference.map(\.amount) == [money("28.74")])
        // What was billed and the difference together are what is right; then nothing is left.
        #expect(reconcile(billed: billed + difference, proposed: right).isEmpty)
        #expect(reconcile(billed: [], proposed: right).map(\.amount).total() == right.map(\.amount).total())
    }

    /// Two contracts of electricity and one of water on one paper; usage in kWh and m³.
    private func paper(_ first: Int, _ second: Int, _ water: Int) throws -> InvoiceDraft {
        func usage(_ serial: String, _ kWh: Int) -> [UsagePiece] {
            [
                piece(serial, "1-0:1.8.0", "2025-01-01", "2025-07-01", "\(kWh / 2).123"),
                piece(serial, "1-0:1.8.0", "2025-07-01", "2026-01-01", "\(kWh - kWh / 2).877"),
            ]
        }
        var cases = [
            try published("electricity/basis", .year(2025), usage("A", first)),
            try published("electricity/basis", .year(2025), usage("B", second)),
            try published(
                "water/basis", .year(2025), [piece("W", "8-0:1.0.0", "2025-01-01", "2026-01-01", "\(water).25", .cubicMetre)],
                attributes: ["usage": "household", "sealedArea": "120.5", "runoffCoefficient": "0.9"]),
        ]
        for index in cases.indices { cases[index].contract.number = "VT-\(index)" }
        return try InvoiceDraft.combined(try cases.map { try Bill.compute($0) })
    }

    @Test func `and its corrections together are the right bill: to the cent, by rate, supply and component`() throws {
        var random = Seeded(2026)
        for _ in 0..<120 {
            func any() -> (Int, Int, Int) {
                (
                    Int.random(in: 0...9_000, using: &random), Int.random(in: 0...9_000, using: &random),
                    Int.random(in: 0...400, using: &random)
                )
            }
            let first = any()
            var documents = [try paper(first.0, first.1, first.2)]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let now = any()
                let right = try paper(now.0, now.1, now.2)
                guard let difference = try right.correction(of: documents) else { continue }
                documents.append(difference)
                for group in right.totals.groups {
                    let all = documents.flatMap(\.totals.groups).filter { $0.tax == group.tax }
                    #expect(all.map(\.net).total() == group.net)
                    #expect(all.map(\.amount).total() == group.amount)
                }
                #expect(documents.map(\.totals.gross).total() == right.totals.gross)
                #expect(reconcile(billed: documents.flatMap { $0.charged() }, proposed: right.charged()).isEmpty)
                #expect(difference.lines.map(\.amount).total() == difference.totals.net)
                #expect(try right.correction(of: documents) == nil)
            }
        }
    }

    @Test func `whose contracts are wrong by the same amount in two directions is wrong`() throws {
        let billed = try paper(3_000, 4_000, 100)
        let right = try paper(4_000, 3_000, 100)
        let difference = try #require(try right.correction(of: [billed]))
        #expect(difference.totals.gross == .zero)
        #expect(Set(difference.lines.map(\.supply)) == [0, 1])
        #expect(Set(reconcile(billed: billed.charged(), proposed: right.charged()).map(\.contract)) == ["VT-0", "VT-1"])
        // What was issued with the tax of the difference is computed as it was issued.
        #expect(try right.correction(of: [billed], tax: .onDifference) != nil)
    }

    @Test func `lives as the table says`() {
        let table = InvoiceState.allCases.flatMap { state in
            InvoiceState.Event.allCases.compactMap { event in
                state.after(event).map { "\(state.rawValue) \(event.rawValue) → \($0.state.rawValue) \($0.effects.map(\.rawValue))" }
            }
        }
        #expect(
            table.joined(separator: "\n") == """
                draft approve → approved []
                draft hold → held ["createTask"]
                held release → approved []
                approved hold → held ["createTask"]
                approved issue → issued ["assignNumber", "post", "render"]
                issued cancel → cancelled ["cancelDocument", "reverse"]
                """)
    }
}

@Suite struct `A billing cycle` {
    @Test(arguments: [
        ("annual-12", "2026-01-01", "2025-01-01"), ("annual-02", "2024-03-01", "2023-03-01"), ("annual-06", "2025-07-01", "2024-07-01"),
        ("monthly", "2025-03-01", "2025-02-01"),
    ])
    func `has a period that ends on its day`(cycle: String, end: String, from: String) {
        #expect(BillingCycle(cycle)?.period(endingAt: day(end)) == range(from, end))
    }
    @Test(arguments: [("annual-12", "2026-02-01"), ("annual-12", "2026-01-02"), ("monthly", "2026-01-15")])
    func `has none that ends on another`(cycle: String, end: String) { #expect(BillingCycle(cycle)?.period(endingAt: day(end)) == nil) }
    @Test(arguments: ["annual-13", "annual-0", "annual-1", "yearly", "annual-", "annual-00", "MONTHLY"])
    func `is not made of other words`(text: String) { #expect(BillingCycle(text) == nil) }
    @Test(arguments: ["annual-01", "annual-12", "monthly"]) func `is written as it is read`(text: String) {
        #expect(BillingCycle(text)?.description == text)
    }
}
