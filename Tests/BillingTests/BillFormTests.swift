import Billing
import Metering
import Tariffs
import Testing
import Values

/// What is computed otherwise than it once was: bills of then stay what they are.
@Suite struct `Waste water where main meter and garden meter were read on different days` {
    /// A version from New Year on; the bill is of July to July.
    private func bill(_ garden: (String, String), form: BillForm = .current) throws -> InvoiceDraft {
        let (turn, end) = ("2026-01-01", "2026-07-01")
        let own = Charge.wasteWater(UnitPrice(euros: "2.00") ?? .zero)
        var billed = made(
            range("2025-07-01", end),
            [
                piece("M", "8-0:1.0.0", "2025-07-01", turn, "36.8", .cubicMetre), piece("M", "8-0:1.0.0", turn, end, "36.2", .cubicMetre),
                piece("G", "8-0:1.0.0", "2025-07-01", turn, garden.0, .cubicMetre),
                piece("G", "8-0:1.0.0", turn, end, garden.1, .cubicMetre),
            ], made([("2020-01-01", [("sw", own)]), (turn, [("sw", own)])]))
        billed.contract.attributes = ["deductionMeter": "G"]
        billed.form = form
        return try Bill.compute(billed)
    }
    private func codes(_ draft: InvoiceDraft) -> [String] { CheckedBill(draft, issuedOn: Day(2026, 7, 10)).results.map(\.code) }

    @Test func `is short of what the garden took, in all of the bill`() throws {
        let draft = try bill(("45", "0"))
        // 73 m³ less 45 are 28: 36.8 in the first slice, 8.2 in the second.
        #expect(draft.lines.map(\.explanation.quantity?.number) == ["0", "28"])
        #expect(draft.lines.map(\.carried) == [-8_200_000, 8_200_000])
        #expect(draft.totals.net == money("56.00"))
        #expect(!codes(draft).contains("negative-consumption"))
        // The other way round it is the same.
        #expect(try bill(("0", "45")).totals.net == money("56.00"))
    }

    @Test func `waits where the garden took more than came in all of the bill`() throws {
        #expect(codes(try bill(("70", "5"))).contains("negative-consumption"))
        #expect(try bill(("70", "5")).totals.net == .zero)
    }

    @Test func `stays what it was on a bill of before`() throws {
        let draft = try bill(("45", "0"), form: .first)
        #expect(draft.totals.net == money("72.40") && draft.lines.allSatisfy { $0.carried == 0 })
    }
}

@Suite struct `A register that was set back inside a bill` {
    @Test func `stands in two rows, each with its own begin and end`() throws {
        func shown(_ from: String, _ until: String, _ begin: String, _ end: String, _ kWh: String) -> UsagePiece {
            var own = piece("A", "1-0:1.8.0", from, until, kWh)
            own.begin?.micro = micro(begin)
            own.end?.micro = micro(end)
            return own
        }
        var billed = made(
            .year(2025),
            [
                shown("2025-01-01", "2025-03-01", "4500", "4530", "30"), shown("2025-03-01", "2025-06-01", "4530", "4562", "32"),
                shown("2025-06-01", "2026-01-01", "0", "31", "31"),
            ], made([("2020-01-01", [("ap", energy("30"))])]))
        let rows = try Bill.compute(billed).meters
        #expect(
            rows.map { [$0.begin?.micro, $0.end?.micro, $0.quantity.micro] } == [
                [micro("4500"), micro("4562"), micro("62")], [0, micro("31"), micro("31")],
            ])
        billed.form = .first
        #expect(try Bill.compute(billed).meters.map(\.quantity.micro) == [micro("93")])
    }
}

@Suite struct `Intervals of several channels and devices at a point` {
    private func bill(_ intervals: [IntervalUsage], form: BillForm = .current) throws -> InvoiceDraft {
        var billed = made(
            range("2025-01-01", "2025-03-01"), [],
            made([("2020-01-01", [("lp", .demand(DemandPrice(price: UnitPrice(euros: "10") ?? .zero, period: .month)))])]))
        billed.intervals = intervals
        billed.form = form
        return try Bill.compute(billed)
    }

    @Test(arguments: [ObisCode(1, 0, 21, 8, 0), ObisCode(1, 1, 1, 8, 0)])
    func `of one device hold the bill where two could be meant`(other: ObisCode) throws {
        var second = intervals("2025-01-01", "2025-03-01")
        second.obis = other
        let both = [intervals("2025-01-01", "2025-03-01"), second]
        #expect(throws: BillingProblem.ambiguousRegisters(serial: "M", [both[0].obis, other])) { try bill(both) }
        #expect(throws: Never.self) { try bill(both, form: .first) }
    }

    @Test func `need not end together`() throws {
        let all = intervals("2025-01-01", "2025-03-01", serial: "A")
        let part = intervals("2025-01-01", "2025-02-01", serial: "B")
        #expect(throws: Never.self) { try bill([all, part]) }
    }
}
