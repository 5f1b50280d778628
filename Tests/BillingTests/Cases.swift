import Billing
import Foundation
import Metering
import TariffFiles
import Tariffs
import Values

func day(_ text: String) -> Day { Day(text) ?? Day(1, 1, 1) }
func range(_ from: String, _ until: String) -> DayRange { DayRange(from: day(from), until: day(until)) }
func money(_ text: String) -> Money { Money(text) ?? .zero }
func micro(_ text: String) -> Int64 { DecimalText.parse(text, scale: 6) ?? 0 }

/// The published tariffs of this repository.
let catalog: TariffCatalog = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "Tariffs"
    )
    .resolvingSymlinksInPath()
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: root.path)) ?? []
    return TariffFolder(
        paths.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".csv") }.sorted().compactMap { path in
            (try? Data(contentsOf: root.appending(path: path))).map {
                TariffFolder.Source(path: path, bytes: Array($0), hash: "hash of \(path)")
            }
        }
    ).catalog
}()

let demoSupplier = Supplier(
    name: "Stadtwerke", street: "Werkstraße 1", postcode: "24534", city: "Neumünster", country: "DE", vatId: "DE123456788", taxNumber: nil,
    registerCourt: "Kiel", registerNumber: "HRB 0", phone: "+49", email: "a@b.invalid", website: "https://b.invalid",
    iban: "DE02120300000000202051",
    bic: nil, contact: "Service")

/// One piece of a register; boundaries measured unless told otherwise.
func piece(
    _ serial: String = "1ESY1", _ obis: String = "1-0:1.8.0", _ from: String, _ until: String, _ quantity: String,
    _ unit: UnitCode = .kilowattHour,
    division: Division = .measured
) -> UsagePiece {
    let code = ObisCode(obis) ?? ObisCode(1, 0, 1, 8, 0)
    func reading(_ day: Day) -> ReadingRef {
        ReadingRef(at: LocalTime.berlin.start(of: day), micro: 0, unit: unit, status: .measured, method: 0, version: 1, origin: division)
    }
    return UsagePiece(
        serial: serial, obis: code, tariffRegister: code.tariffRegister, range: range(from, until),
        quantity: Measure(micro: micro(quantity), unit: unit),
        begin: reading(day(from)), end: reading(day(until)), division: division)
}

func contract(_ tariff: TariffKey, attributes: [String: String] = [:]) -> BilledContract {
    BilledContract(
        number: "VT-1", key: "con-1", account: "VK-1", tariff: tariff, valid: DayRange(from: Day(2006, 1, 1)), meteringPoint: "DE0001",
        place: ["Hauptstraße 1", "24534 Neumünster"],
        attributes: attributes,
        recipient: Recipient(partner: "GP-1", name: "Erika Muster", street: "Hauptstraße 1", postcode: "24534", city: "Neumünster"))
}

/// A case of a published tariff.
func published(_ tariff: String, _ period: DayRange, _ usage: [UsagePiece], attributes: [String: String] = [:]) throws -> BillingCase {
    guard let key = TariffKey(tariff), let chain = catalog.chains[key] else { throw BillingProblem.overflow }
    return BillingCase(
        contract: contract(key, attributes: attributes), supplier: demoSupplier, period: period, kind: .annual, usage: usage,
        tariffs: chain.timeline,
        prices: catalog.prices)
}

/// A tariff made for a test: versions by first day, each with its components.
func made(_ versions: [(String, [(String, Charge)])], vat: [(String, String)] = [("2000-01-01", "19")], rules: RatingRules = RatingRules())
    -> (Timeline<PublishedTariff>, PriceCatalog)
{
    let key = TariffKey(commodity: .electricity, id: "test") ?? contractKey
    let timeline = Timeline(
        steps: versions.map { entry in
            let version = TariffVersion(
                key: key, from: day(entry.0), supersedes: nil, title: Label(de: "Test", en: "Test"), status: .published, rules: rules,
                components: entry.1.map {
                    PriceComponent(id: $0.0, label: Label(de: $0.0, en: $0.0), service: .electricity, tax: .standard, charge: $0.1)
                })
            return (from: day(entry.0), value: PublishedTariff(version: version, hash: entry.0))
        })
    let rates = Timeline(steps: vat.map { (from: day($0.0), value: TaxRate(percent: $0.1) ?? TaxRate(basisPoints: 0)) })
    return (timeline, PriceCatalog(vat: VATTable(rates: [.standard: rates])))
}
let contractKey: TariffKey = catalog.chains.keys.sorted()[0]

func energy(_ cents: String, _ register: MeasuredRegister = .total) -> Charge { .energy(register, UnitPrice(cents: cents) ?? .zero) }
func yearly(_ euros: String) -> Charge { .fixed(Price(hundredMillionths: DecimalText.parse(euros, scale: 8) ?? 0, time: .year)) }

func made(
    _ period: DayRange, _ usage: [UsagePiece], _ tariff: (Timeline<PublishedTariff>, PriceCatalog), findings: [Finding] = [],
    instalments: [Instalment] = []
) -> BillingCase {
    BillingCase(
        contract: contract(TariffKey(commodity: .electricity, id: "test") ?? contractKey), supplier: demoSupplier, period: period,
        kind: .annual, usage: usage,
        findings: findings, tariffs: tariff.0, prices: tariff.1, instalments: instalments)
}

/// The lines as a table: component, days, quantity, amount.
func table(_ draft: InvoiceDraft) -> String {
    draft.lines.map { line in
        "\(line.component) \(line.period.from) \(line.period.count ?? 0)d \(line.explanation.quantity?.number ?? "-") \(line.amount)"
    }.joined(separator: "\n")
}

struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
