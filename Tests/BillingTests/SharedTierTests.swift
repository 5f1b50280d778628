import Billing
import Metering
import Tariffs
import Testing
import Values

/// Reference billing 1.1, "share": limits apply to the total of the period, every register gets its share of each step.
@Suite struct `Steps that time-of-use registers fill together` {
    private func bill(_ period: DayRange, _ high: String, _ low: String) throws -> InvoiceDraft {
        let (from, until) = (period.from.description, period.until?.description ?? "")
        return try Bill.compute(
            published(
                "electricity/twin-tiered", period,
                [piece("1ESY1", "1-0:1.8.1", from, until, high), piece("1ESY1", "1-0:1.8.2", from, until, low)],
                attributes: ["usage": "household", "region": "neumuenster"]))
    }
    private func steps(_ draft: InvoiceDraft, _ component: String) -> [Int64] {
        draft.lines.filter { $0.component == component }.flatMap { line -> [Int64] in
            guard case .tiers(let parts) = line.explanation else { return [] }
            return parts.map(\.micro)
        }
    }

    @Test func `are one limit, not one for each register`() throws {
        let draft = try bill(range("2026-01-01", "2027-01-01"), "2600", "1400")
        #expect(steps(draft, "ap_ht") == [1_625_000_000, 975_000_000])
        #expect(steps(draft, "ap_nt") == [875_000_000, 525_000_000])
        #expect(draft.totals.gross == money("1530.64"), "as the published example says")
    }

    @Test(arguments: [("2499", "0", 1), ("1250", "1250", 1), ("0", "9000", 2), ("0.001", "8999.999", 2), ("0", "0", 1)])
    func `hold all of what each register counted, and together no more than the limit`(high: String, low: String, count: Int) throws {
        let draft = try bill(range("2026-01-01", "2027-01-01"), high, low)
        let (ht, nt) = (steps(draft, "ap_ht"), steps(draft, "ap_nt"))
        #expect(ht.reduce(0, +) == micro(high) && nt.reduce(0, +) == micro(low))
        #expect(max(ht.count, nt.count) == count)
        let first = (ht.first ?? 0) + (nt.first ?? 0)
        #expect(first <= 2_500_000_001, "a limit, to 10^-6 kWh")
        if count == 2 { #expect(first >= 2_499_999_999) }
    }
}
