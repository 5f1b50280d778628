import Billing
import Foundation
import Metering
import Tariffs
import Values

/// Bills of every kind, made by the same function as real ones: six products, seven periods (two of them across changes of the tax
/// rate), eight circumstances.
enum GeneratedBills {
    struct Bill {
        let name: String
        let invoice: Invoice
    }

    enum Product: String, CaseIterable { case strom, zweitarif, gas, wasser, waerme, einspeisung }
    enum Span: String, CaseIterable {
        case year, month, interim, final, vat2020, gasTax, leap
        var period: DayRange {
            switch self {
            case .year: range("2025-01-01", "2026-01-01")
            case .month: range("2025-03-01", "2025-04-01")
            case .interim: range("2025-01-01", "2025-06-01")
            case .final: range("2025-01-01", "2025-08-18")
            case .vat2020: range("2020-03-01", "2021-03-01")
            case .gasTax: range("2023-10-01", "2024-10-01")
            case .leap: range("2024-01-01", "2025-01-01")
            }
        }
        var kind: BillKind {
            switch self {
            case .month: .monthly
            case .interim: .interim
            case .final: .final
            default: .annual
            }
        }
    }
    enum Circumstance: String, CaseIterable { case plain, paid, credit, storno, estimated, business, authority, taxAtEnd }

    static func all() throws -> [Bill] {
        var serial: Int64 = 400_001
        return try Product.allCases.flatMap { product in
            try Span.allCases.flatMap { span in
                try Circumstance.allCases.map { circumstance in
                    serial += 1
                    return Bill(
                        name: "\(product.rawValue)-\(span.rawValue)-\(circumstance.rawValue)",
                        invoice: try invoice(product, span, circumstance, serial: serial))
                }
            }
        } + together()
    }

    static func invoice(_ product: Product, _ span: Span, _ circumstance: Circumstance, serial: Int64 = 400_001) throws -> Invoice {
        let period = span.period
        let issued = (period.until ?? period.from).adding(days: 12)
        let invoice = Invoice(
            number: PrintedNumber(.invoice, serial: serial), issuedOn: issued,
            draft: try Billing.Bill.compute(billingCase(product, span, circumstance)))
        guard circumstance == .storno else { return invoice }
        return invoice.cancellation(
            number: PrintedNumber(.invoice, serial: serial + 100_000), on: issued.adding(days: 20),
            settled: CancelledClaim(paid: Money(cents: product == .gas ? 10_000 : 0), balance: .zero))
    }

    static func billingCase(_ product: Product, _ span: Span, _ circumstance: Circumstance) throws -> BillingCase {
        let period = span.period
        let contract = contract(product, circumstance)
        let method: VATMethod = circumstance == .taxAtEnd ? .periodEnd : .split
        let version = version(product, key: contract.tariff, vat: method)
        let tariffs = Timeline(steps: [(day("2015-01-01"), PublishedTariff(version: version, hash: String(repeating: "5a", count: 32)))])
        let cuts = Billing.Bill.cuts(contract: contract, period: period, tariffs: tariffs, prices: prices)
        var billingCase = BillingCase(
            contract: contract, supplier: supplier, period: period, kind: span.kind,
            usage: usage(product, period, cuts: cuts, isEstimated: circumstance == .estimated), tariffs: tariffs, prices: prices,
            previous: previous(product, period))
        let gross = try Billing.Bill.compute(billingCase).totals.gross
        switch circumstance {
        case .paid, .credit:
            let share: Int64 = circumstance == .paid ? 9 : 13
            let each = Money(cents: gross.cents * share / 10 / 4)
            billingCase.instalments = (0..<4).map {
                Instalment(paidOn: period.from.adding(months: $0), gross: each, tax: Money(cents: each.cents * 19 / 119))
            }
        default: break
        }
        return billingCase
    }

    private static func contract(_ product: Product, _ circumstance: Circumstance) -> BilledContract {
        var recipient = Recipient(
            partner: "GP-1000016", name: "Erika Musterfrau", street: "Großflecken 9", postcode: "24534", city: "Neumünster",
            email: "erika@kunden.invalid")
        if circumstance == .business {
            recipient = Recipient(
                partner: "GP-1000024", name: "Bäckerei Çelik & Söhne GmbH", street: "Am Teich 3", postcode: "24534", city: "Neumünster",
                electronicAddress: "9930:DE123456788", vatId: "DE123456788")
        }
        if circumstance == .authority {
            recipient = Recipient(
                partner: "GP-1000032", name: "Stadt Neumünster, Zentrale Gebäudewirtschaft", street: "Markt 1", postcode: "24534",
                city: "Neumünster",
                electronicAddress: "rechnung@stadt.invalid", leitwegId: "04011000-12345-03")
        }
        let names: [Product: String] = [
            .strom: "electricity/basis", .zweitarif: "electricity/zweitarif", .gas: "gas/basis", .wasser: "water/basis",
            .waerme: "heat/basis", .einspeisung: "electricity/einspeisung",
        ]
        guard let key = TariffKey(names[product] ?? "") else { preconditionFailure("a tariff") }
        let isKnown = product == .einspeisung && circumstance != .estimated
        return BilledContract(
            number: "VT-3000018", key: "c", account: "VK-2000019", tariff: key, valid: DayRange(from: day("2019-01-01")),
            meteringPoint: product == .strom ? "51238696781" : "DE0001234567890000000000000000001",
            place: ["Großflecken 9", "24534 Neumünster"],
            attributes: [
                "usage": circumstance == .business ? "business" : "household", "region": "x", "sealedArea": "120.5", "connectedLoad": "15",
                "taxNumber": isKnown ? "20/111/22222" : "",
            ],
            recipient: recipient)
    }

    private static func version(_ product: Product, key: TariffKey, vat: VATMethod) -> TariffVersion {
        func year(_ cents: Int64) -> Price { Price(hundredMillionths: cents * 1_000_000, time: .year) }
        func component(_ id: String, _ de: String, _ en: String, _ service: BilledService, _ tax: TaxTreatment, _ charge: Charge)
            -> PriceComponent
        {
            PriceComponent(id: id, label: Label(de: de, en: en), service: service, tax: tax, charge: charge)
        }
        let base = "Grundpreis"
        let components: [PriceComponent] =
            switch product {
            case .strom:
                [
                    component(
                        "ap", "Arbeitspreis", "Energy price", .electricity, .commodity,
                        .energy(.total, UnitPrice(hundredMillionths: 27_430_000))),
                    component("gp", base, "Base price", .electricity, .commodity, .fixed(year(11_400))),
                ]
            case .zweitarif:
                [
                    component(
                        "ht", "Arbeitspreis HT", "Energy price HT", .electricity, .commodity,
                        .energy(.high, UnitPrice(hundredMillionths: 27_400_000))),
                    component(
                        "nt", "Arbeitspreis NT", "Energy price NT", .electricity, .commodity,
                        .energy(.low, UnitPrice(hundredMillionths: 21_800_000))),
                    component("gp", base, "Base price", .electricity, .commodity, .fixed(year(13_200))),
                    component(
                        "min", "Mindestbetrag", "Minimum", .electricity, .commodity, .minimum(year(150_000), of: ["ht", "nt", "gp"])),
                ]
            case .gas:
                [
                    component(
                        "ap", "Arbeitspreis Gas", "Energy price gas", .gas, .commodity,
                        .tiered(
                            TieredPrice(
                                register: .total, unit: .kilowattHour,
                                steps: [
                                    .init(upTo: 10_000_000_000, hundredMillionths: 9_340_000),
                                    .init(upTo: nil, hundredMillionths: 8_710_000),
                                ]))),
                    component(
                        "co2", "CO₂-Preis", "CO₂ price", .gas, .commodity, .passThrough(SeriesKey(set: "gas-x", name: "co2"), .total)),
                    component("gp", base, "Base price", .gas, .commodity, .fixed(Price(hundredMillionths: 1_250_000_000, time: .month))),
                ]
            case .wasser:
                [
                    component(
                        "tw", "Trinkwasser", "Drinking water", .water, .commodity, .volume(UnitPrice(hundredMillionths: 173_000_000))),
                    component("gp", "Grundpreis Wasser", "Base price water", .water, .commodity, .fixed(year(9_600))),
                    component(
                        "sw", "Schmutzwasser", "Waste water", .wastewater, .outside, .volume(UnitPrice(hundredMillionths: 251_000_000))),
                    component(
                        "nw", "Niederschlagswasser", "Rain water", .rainwater, .outside,
                        .area(
                            AreaPrice(
                                price: UnitPrice(hundredMillionths: 60_000_000), time: .year,
                                area: AttributeRule(names: ["sealedArea"], fallback: nil),
                                coefficient: AttributeRule(names: ["c"], fallback: "1"), rounding: .awayFromZero))),
                ]
            case .waerme:
                [
                    component(
                        "ap", "Arbeitspreis Wärme", "Energy price heat", .heat, .commodity,
                        .energy(.total, UnitPrice(hundredMillionths: 10_120_000))),
                    component(
                        "lp", "Leistungspreis", "Capacity price", .heat, .commodity,
                        .capacity(
                            CapacityPrice(
                                price: UnitPrice(hundredMillionths: 3_720_000_000), time: .year,
                                load: AttributeRule(names: ["connectedLoad"], fallback: nil)))),
                ]
            case .einspeisung:
                [
                    component(
                        "ev", "Einspeisevergütung", "Feed-in credit", .feedIn, .standard, .feedIn(UnitPrice(hundredMillionths: 8_030_000)))
                ]
            }
        let breakdown: [BreakdownRule] =
            switch product {
            case .strom, .zweitarif:
                ["stromsteuer", "kwkg", "offshore", "netz"].map { BreakdownRule(series: SeriesKey(set: "de-strom", name: $0)) }
            case .gas: ["steuer", "emission"].map { BreakdownRule(series: SeriesKey(set: "gas-x", name: $0)) }
            default: []
            }
        return TariffVersion(
            key: key, from: day("2015-01-01"), supersedes: nil, title: Label(de: "T", en: "T"), status: .published,
            rules: RatingRules(vat: vat),
            conversion: product == .gas
                ? GasConversionRule(region: AttributeRule(names: ["region"], fallback: "x"), sets: ["x": "gas-x"]) : nil,
            components: components, breakdown: breakdown)
    }

    private static let prices: PriceCatalog = {
        func series(_ set: String, _ name: String, _ label: String, _ unit: PriceSeries.Unit, _ value: Int64) -> (SeriesKey, PriceSeries) {
            let key = SeriesKey(set: set, name: name)
            return (
                key,
                PriceSeries(
                    key: key, label: Label(de: label, en: label), unit: unit,
                    values: Timeline(constant: .init(millionths: value, source: "Beispiel")))
            )
        }
        let all = [
            series("de-strom", "stromsteuer", "Stromsteuer", .centsPerKilowattHour, 2_050_000),
            series("de-strom", "kwkg", "KWKG-Umlage", .centsPerKilowattHour, 277_000),
            series("de-strom", "offshore", "Offshore-Netzumlage", .centsPerKilowattHour, 816_000),
            series("de-strom", "netz", "Netzentgelt Arbeit", .centsPerKilowattHour, 8_410_000),
            series("gas-x", "steuer", "Energiesteuer", .centsPerKilowattHour, 550_000),
            series("gas-x", "co2", "CO₂-Preis", .centsPerKilowattHour, 997_700),
            series("gas-x", "emission", "Brennstoffemissionen", .kilogramsPerKilowattHour, 181_400),
            series("gas-x", "conversion_factor", "Zustandszahl", .ratio, 968_600),
            series("gas-x", "calorific_value", "Brennwert", .kilowattHoursPerCubicMetre, 11_362_000),
        ]
        func rate(_ points: Int32) -> TaxRate { TaxRate(basisPoints: points) }
        let (start, july, january) = (day("2007-01-01"), day("2020-07-01"), day("2021-01-01"))
        return PriceCatalog(
            series: Dictionary(uniqueKeysWithValues: all),
            vat: VATTable(
                rates: [
                    .standard: Timeline(steps: [(start, rate(1_900)), (july, rate(1_600)), (january, rate(1_900))]),
                    .reduced: Timeline(steps: [(start, rate(700)), (july, rate(500)), (january, rate(700))]),
                ],
                overrides: [
                    .water: Timeline(constant: .reduced),
                    .gas: Timeline(steps: [(start, .standard), (day("2022-10-01"), .reduced), (day("2024-04-01"), .standard)]),
                    .heat: Timeline(steps: [(start, .standard), (day("2022-10-01"), .reduced), (day("2024-04-01"), .standard)]),
                ]),
            hashes: ["de-strom": "ab", "gas-x": "cd", "de-vat": "ef"])
    }()

    /// Quantities by days, a device exchanged in the middle where there are two registers.
    private static func usage(_ product: Product, _ period: DayRange, cuts: [Day], isEstimated: Bool) -> [UsagePiece] {
        let unit: UnitCode = product == .gas || product == .wasser ? .cubicMetre : .kilowattHour
        let daily: Int64 =
            switch product {
            case .gas: 4_700_000
            case .wasser: 342_000
            case .waerme: 41_000_000
            default: 9_600_000
            }
        let registers: [(ObisCode, ObisCode.TariffRegister?)] =
            switch product {
            case .zweitarif: [(ObisCode(1, 0, 1, 8, 1), .high), (ObisCode(1, 0, 1, 8, 2), .low)]
            case .gas: [(ObisCode(7, 0, 3, 0, 0), .total)]
            case .wasser: [(ObisCode(8, 0, 1, 0, 0), .total)]
            case .waerme: [(ObisCode(6, 0, 1, 0, 0), .total)]
            // A meter of its own that counts what the plant feeds in.
            case .einspeisung: [(ObisCode(1, 0, 2, 8, 0), .total)]
            case .strom: [(ObisCode(1, 0, 1, 8, 0), .total)]
            }
        guard let until = period.until else { return [] }
        let edges = ([period.from] + cuts + [until]).sorted()
        var pieces: [UsagePiece] = []
        for (obis, register) in registers {
            var counter: Int64 = 4_711_300_000
            for (from, to) in zip(edges, edges.dropFirst()) where from < to {
                let quantity = daily * Int64(from.days(until: to)) + 123_000
                func reading(_ day: Day, _ micro: Int64, _ origin: Division) -> ReadingRef {
                    ReadingRef(
                        at: LocalTime.berlin.start(of: day), micro: micro, unit: unit,
                        status: origin == .estimated ? .estimated : .measured,
                        method: 0, version: 1, origin: origin)
                }
                let isEnd = to == until
                let division: Division = isEnd ? (isEstimated ? .estimated : .measured) : .dayLinear
                pieces.append(
                    UsagePiece(
                        serial: "1ESY1160123456", obis: obis, tariffRegister: register, range: DayRange(from: from, until: to),
                        quantity: Measure(micro: quantity, unit: unit),
                        begin: reading(from, counter, from == period.from ? .measured : .dayLinear),
                        end: reading(to, counter + quantity, division), division: division))
                counter += quantity
            }
        }
        return pieces
    }

    private static func previous(_ product: Product, _ period: DayRange) -> PreviousPeriod? {
        guard product != .einspeisung, let until = period.until, let days = period.count else { return nil }
        let daily: Int64 =
            switch product {
            case .gas: 57_000_000
            case .wasser: 320_000
            case .waerme: 45_000_000
            default: 10_400_000
            }
        let unit: UnitCode = product == .wasser ? .cubicMetre : .kilowattHour
        func used(_ days: Int) -> Measure { Measure(micro: daily * Int64(days), unit: unit) }
        let same = DayRange(from: period.from.adding(months: -12), until: until.adding(months: -12))
        // Of a part of a year, the bill of the year before was over all of it.
        if period.from == day("2025-01-01"), days < 300, days > 100 {
            return PreviousPeriod(
                period: .year(2024), consumption: used(366), gross: Money(cents: 110_000),
                sameDays: .init(period: same, consumption: used(days), basis: product == .wasser ? .days : days > 200 ? .profile : .divided)
            )
        }
        return PreviousPeriod(period: same, consumption: used(days), gross: Money(cents: 110_000))
    }

    static let supplier = Supplier(
        name: "Stadtwerke Musterstadt GmbH", street: "Werkstraße 1", postcode: "24534", city: "Neumünster", country: "DE",
        vatId: "DE123456788", taxNumber: "20/299/12345", registerCourt: "Amtsgericht Kiel", registerNumber: "HRB 12345 KI",
        phone: "+49 4321 1234-0", email: "service@stadtwerke.invalid", website: "https://www.stadtwerke.invalid",
        iban: "DE02120300000000202051", bic: "BYLADEM1001", contact: "Kundenservice")

    private static func day(_ text: String) -> Day { Day(text) ?? Day(1, 1, 1) }
    private static func range(_ from: String, _ until: String) -> DayRange { DayRange(from: day(from), until: day(until)) }
}
