import Billing
import Metering
import Tariffs
import Testing
import Values

@Suite struct `Compared with the year before` {
    private func bill(_ period: DayRange, _ kWh: String, before: DayRange, _ kWhBefore: String) throws -> InvoiceDraft {
        let until = period.until ?? period.from
        var billed = made(
            period, [piece("M", "1-0:1.8.0", period.from.description, until.description, kWh)],
            made([("2020-01-01", [("ap", energy("30"))])]))
        billed.previous = PreviousPeriod(
            period: before, consumption: Measure(micro: micro(kWhBefore), unit: .kilowattHour), gross: money("1.00"))
        return try Bill.compute(billed)
    }

    @Test func `a part of a year is compared per day, not with the whole year`() throws {
        // 900 kWh in 90 days beside 3,650 in 365: 10 a day, as before.
        let draft = try bill(range("2025-01-01", "2025-04-01"), "900", before: range("2024-01-01", "2024-12-31"), "3650")
        let year = try #require(draft.yearComparison)
        #expect((year.days, year.daysBefore, year.percent) == (90, 365, 0))
        #expect(year.isPerDay)
        #expect(year.beforeInDays.micro == 900_000_000)
        #expect(
            try bill(range("2025-01-01", "2025-04-01"), "1125", before: range("2024-01-01", "2024-12-31"), "3650").yearComparison?.percent
                == 25)
        #expect(
            try bill(range("2025-01-01", "2025-04-01"), "450", before: range("2024-01-01", "2024-12-31"), "3650").yearComparison?.percent
                == -50)
    }
    @Test func `a leap year is no other length, and nothing before is no comparison`() throws {
        let draft = try bill(.year(2025), "3650", before: .year(2024), "3660")
        #expect(draft.yearComparison?.isPerDay == false)
        #expect(draft.yearComparison?.percent == 0)
        #expect(try bill(.year(2025), "3650", before: .year(2024), "0").yearComparison?.percent == 0)
    }
}

@Suite struct `A gas point` {
    /// m³ to the end of June, then another device.
    private func bill(_ later: [UsagePiece]) throws -> InvoiceDraft {
        let key = try #require(TariffKey("gas/basis"))
        let chain = try #require(catalog.chains[key])
        let cuts = Bill.cuts(contract: contract(key), period: .year(2025), tariffs: chain.timeline, prices: catalog.prices)
        func cut(_ pieces: [UsagePiece]) -> [UsagePiece] {
            pieces.flatMap { piece in
                let days = piece.range.split(at: cuts)
                let parts = Money(cents: piece.quantity.micro).split(by: days.map { Int64($0.count ?? 1) })
                return zip(days, parts).map { range, micro in
                    UsagePiece(
                        serial: piece.serial, obis: piece.obis, tariffRegister: piece.tariffRegister, range: range,
                        quantity: Measure(micro: micro.cents, unit: piece.quantity.unit), begin: nil, end: nil, division: .measured)
                }
            }
        }
        return try Bill.compute(
            published("gas/basis", .year(2025), cut([piece("V", "7-0:3.0.0", "2025-01-01", "2025-07-01", "600", .cubicMetre)] + later)))
    }

    @Test func `whose meter in m³ was followed by one in kWh is billed over the whole year`() throws {
        let draft = try bill([piece("E", "7-0:1.8.0", "2025-07-01", "2026-01-01", "5000")])
        let energy = draft.lines.filter { $0.component == "ap" }
        #expect(Set(energy.flatMap(\.serials)) == ["V", "E"])
        let counted = energy.flatMap(\.parts).filter { $0.piece.serial == "E" }
        #expect(counted.allSatisfy { $0.conversion == nil })
        #expect(counted.reduce(0) { $0 + $1.micro } == 5_000_000_000)
        #expect(energy.flatMap(\.parts).filter { $0.piece.serial == "V" }.allSatisfy { $0.conversion != nil })
    }
    @Test func `whose device tells both is charged once`() throws {
        let both = try bill([
            piece("E", "7-0:1.8.0", "2025-07-01", "2026-01-01", "5000"),
            piece("E", "7-0:3.0.0", "2025-07-01", "2026-01-01", "450", .cubicMetre),
        ])
        #expect(try bill([piece("E", "7-0:1.8.0", "2025-07-01", "2026-01-01", "5000")]).totals == both.totals)
    }
}
