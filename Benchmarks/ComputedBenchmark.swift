import Billing
import BillingOperations
import Foundation
import Metering
import TariffFiles
import Tariffs
import Values

/// Bills per second on one core, without a database: usage from readings, then lines, explanations, tax, breakdown. Each beside the same
/// products and sums over bare arrays, without lines, explanations or checks.
struct ComputedBenchmark {
    let home: String
    let count: Int

    struct Failure: Error, CustomStringConvertible { let description: String }

    func run() throws {
        Report.section("Bills computed, one core, no database")
        let catalog = TariffFolder(try TariffSources.read(folder: home + "/Tariffs")).catalog
        try registers("register bill of a year, two price versions", "electricity/basis", [ObisCode(1, 0, 1, 8, 0)], catalog)
        try registers(
            "two-rate bill of a year, split in July", "electricity/twin", [ObisCode(1, 0, 1, 8, 1), ObisCode(1, 0, 1, 8, 2)], catalog)
        try dynamic(catalog)
    }

    private func contract(_ key: TariffKey) -> BilledContract {
        BilledContract(
            number: "VT-1", key: "c", account: "VK-1", tariff: key, valid: DayRange(from: Day(2020, 1, 1)), meteringPoint: "DE1",
            place: ["Hauptstraße 1"], attributes: ["usage": "household", "region": "neumuenster"],
            recipient: Recipient(partner: "GP-1", name: "Erika Muster", street: "Hauptstraße 1", postcode: "24534", city: "Neumünster"))
    }

    private func registers(_ name: String, _ tariff: String, _ codes: [ObisCode], _ catalog: TariffCatalog) throws {
        guard let key = TariffKey(tariff), let chain = catalog.chains[key], let supplier = catalog.supplier else {
            throw Failure(description: "the tariff \(tariff) is not in \(home)/Tariffs")
        }
        let period = DayRange.year(2025)
        let contract = contract(key)
        // A run reads a tariff once for all bills of a period.
        let plan = BillPlan(tariffs: chain.timeline, prices: catalog.prices, period: period)
        let cuts = plan.cuts(for: contract)
        let input = UsageInput(
            meters: codes.enumerated().map { place, code in
                let register = Register(
                    id: Identifier(Int64(place + 1)), meter: Identifier(1), serial: "1BEN", obis: code, unit: .kilowattHour,
                    resolution: nil,
                    parameters: Timeline(constant: .init(digits: 6, decimals: 1)), commodity: .electricity,
                    installations: Timeline(constant: Identifier(1)), capacity: nil)
                return MeterUsage(
                    installation: DayRange(from: Day(2020, 1, 1)), register: register,
                    readings: ([period.from] + cuts + [Day(2026, 1, 1)]).enumerated().map { index, day in
                        RegisterReading(
                            at: LocalTime.berlin.start(of: day), micro: Int64(index) * 1_750_300_000, status: .measured, method: 0,
                            reason: 0, version: 1)
                    })
            })
        var gross = Money.zero
        let elapsed = try seconds {
            for _ in 0..<count {
                let usage = try Usage.pieces(input, period: period, cuts: cuts)
                let draft = try Bill.compute(
                    BillingCase(
                        contract: contract, supplier: supplier, plan: plan, kind: .annual, usage: usage.pieces, findings: usage.findings))
                gross += draft.totals.gross
            }
        }
        let prices: [Int64] = Array([114_000, 274_000, 114_000, 259_000, 187_000, 171_000].prefix(2 + 2 * codes.count))
        var plain: Int64 = 0
        let rounds = count * 200
        let plainSeconds = seconds {
            for round in 0..<rounds {
                var net: Int64 = 0
                for (index, price) in prices.enumerated() {
                    net &+= (price &* (3_500_600 &+ Int64(round & 7)) &+ 5_000 &* Int64(index)) / 10_000
                }
                plain &+= net &+ (net &* 19 &+ 50) / 100
            }
        }
        guard gross > .zero, plain != 0 else { throw Failure(description: "nothing was computed") }
        Report.show(
            Figure(
                name: name, rate: Double(count) / elapsed, unit: "bills/s", baseline: "bare products over arrays",
                baselineRate: Double(rounds) / plainSeconds))
    }

    /// 35,040 quarter hours at 35,040 prices, a markup and a base price.
    private func dynamic(_ catalog: TariffCatalog) throws {
        guard let key = TariffKey("electricity/bench"), let supplier = catalog.supplier else { throw Failure(description: "no supplier") }
        let period = DayRange.year(2026)
        let start = LocalTime.berlin.start(of: period.from)
        let quarters = 35_040
        let spotKey = SeriesKey(set: "bench", name: "spot")
        let spot = try SpotSeries(
            key: spotKey, label: Label(de: "Börse", en: "Spot"), source: "bench",
            segments: [.init(start: start, secondsPerUnit: 900, prices: (0..<quarters).map { Int64($0 % 977) * 20_000 - 1_000_000 })])
        let series = Series(
            start: start, secondsPerSlot: 900, values: (0..<quarters).map { Int64($0 % 613) * 650 },
            statuses: Array(repeating: ValueStatus.measured.rawValue, count: quarters))
        let version = TariffVersion(
            key: key, from: period.from, supersedes: nil, title: Label(de: "Börse", en: "Spot"), status: .published,
            components: [
                PriceComponent(
                    id: "ap", label: Label(de: "Arbeitspreis", en: "Energy price"), service: .electricity, tax: .commodity,
                    charge: .dynamic(DynamicPrice(series: spotKey, markup: 17_350_000))),
                PriceComponent(
                    id: "gp", label: Label(de: "Grundpreis", en: "Base price"), service: .electricity, tax: .commodity,
                    charge: .fixed(Price(hundredMillionths: 13_800_000_000, time: .year))),
            ])
        var prices = catalog.prices
        prices.spots[spotKey] = spot
        let billed = BillingCase(
            contract: contract(key), supplier: supplier,
            plan: BillPlan(
                tariffs: Timeline(steps: [(version.from, PublishedTariff(version: version, hash: "bench"))]), prices: prices, period: period
            ),
            kind: .annual, usage: [],
            intervals: [IntervalUsage(serial: "1BEN", obis: ObisCode(1, 0, 1, 8, 0), days: period, series: series)])
        let bills = max(200, count / 20)
        var gross = Money.zero
        let elapsed = try seconds { for _ in 0..<bills { gross += try Bill.compute(billed).totals.gross } }
        let (values, costs) = (series.values, spot.segments[0].prices)
        var plain: Int64 = 0
        let plainSeconds = seconds {
            for round in 0..<bills {
                var net: Int64 = 0
                for slot in values.indices { net &+= values[slot] &* (costs[slot] &+ 17_350_000 &+ Int64(round & 7)) >> 20 }
                plain &+= net
            }
        }
        guard gross > .zero, plain != 0 else { throw Failure(description: "nothing was computed") }
        Report.show(
            Figure(
                name: "dynamic bill of a year, 35,040 prices", rate: Double(bills) / elapsed, unit: "bills/s",
                baseline: "bare products over arrays", baselineRate: Double(bills) / plainSeconds))
    }
}
