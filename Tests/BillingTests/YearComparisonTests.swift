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

    private func month(_ kWh: String, same: (days: DayRange, kWh: String), basis: PreviousPeriod.SameDays.Basis = .values) throws
        -> InvoiceDraft
    {
        var billed = made(
            .month(2025, 1), [piece("M", "1-0:1.8.0", "2025-01-01", "2025-02-01", kWh)], made([("2020-01-01", [("ap", energy("30"))])]))
        billed.previous = PreviousPeriod(
            period: .year(2024), consumption: Measure(micro: micro("3660"), unit: .kilowattHour), gross: money("1.00"),
            sameDays: .init(period: same.days, consumption: Measure(micro: micro(same.kWh), unit: .kilowattHour), basis: basis))
        return try Bill.compute(billed)
    }

    @Test func `a month is compared with the same days, and no average of the year makes it a double`() throws {
        // 620 kWh in January: twice the average day of a year of 3,660, and what January used before.
        let draft = try month("620", same: (.month(2024, 1), "600"), basis: .divided)
        let year = try #require(draft.yearComparison)
        #expect((year.percent, year.isPerDay, year.basis) == (3, false, .divided))
        #expect((year.periodBefore, year.before.micro) == (.month(2024, 1), 600_000_000))
        func unusual(_ draft: InvoiceDraft) -> [CheckResult] {
            CheckedBill(draft, issuedOn: day("2025-02-05")).results.filter { $0.code == "unusual-consumption" }
        }
        #expect(unusual(draft).isEmpty)
        #expect(try unusual(month("1200", same: (.month(2024, 1), "600"))).isEmpty)
        let twice = try unusual(month("1201", same: (.month(2024, 1), "600")))
        #expect(twice.first?.explanation.contains("in denselben Tagen des Vorjahres 600 kWh (nach den Messwerten)") == true)
        // Of other days it says nothing: the bill of the year before is compared per day, as it was.
        #expect(try month("620", same: (.month(2024, 3), "600")).yearComparison?.isPerDay == true)
    }

    @Test func `stretches of a contract are compared together`() throws {
        func stretch(_ from: String, _ until: String, _ before: (String, String)?) throws -> InvoiceDraft {
            var billed = made(
                range(from, until), [piece("M", "1-0:1.8.0", from, until, "500")], made([("2020-01-01", [("ap", energy("30"))])]))
            billed.previous = PreviousPeriod(
                period: range("2023-07-01", "2024-07-01"), consumption: Measure(micro: micro("3660"), unit: .kilowattHour), gross: .zero,
                sameDays: before.map {
                    .init(
                        period: billed.period.aYearBefore, consumption: Measure(micro: micro($0.0), unit: .kilowattHour),
                        basis: .init(rawValue: $0.1) ?? .days)
                })
            return try Bill.compute(billed)
        }
        let both = try InvoiceDraft.combined([
            stretch("2025-01-01", "2025-02-01", ("400", "values")), stretch("2025-02-01", "2025-04-01", ("700", "profile")),
        ])
        #expect(both.previous?.sameDays?.consumption.number == "1100")
        #expect(both.previous?.sameDays?.period == range("2024-01-01", "2024-04-01"))
        #expect(both.yearComparison?.basis == .profile, "as good as the weakest")
        // One alone says nothing of the whole.
        let one = try InvoiceDraft.combined([
            stretch("2025-01-01", "2025-02-01", nil), stretch("2025-02-01", "2025-04-01", ("700", "profile")),
        ])
        #expect(one.previous?.sameDays == nil)
        #expect(one.yearComparison?.isPerDay == true)
    }

    @Test func `29 February has a day before it`() {
        #expect(range("2024-02-29", "2024-03-01").aYearBefore == range("2023-02-28", "2023-03-01"))
        #expect(DayRange.month(2024, 2).aYearBefore == .month(2023, 2))
        #expect(range("2024-02-28", "2024-02-29").aYearBefore == range("2023-02-28", "2023-03-01"))
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
