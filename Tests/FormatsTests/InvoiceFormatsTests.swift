import Billing
import InvoiceFormats
import JSON
import Metering
import Tariffs
import Testing
import Values

private func day(_ text: String) -> Day { Day(text) ?? Day(1, 1, 1) }
private func range(_ from: String, _ until: String) -> DayRange { DayRange(from: day(from), until: day(until)) }

/// A gas bill over two prices with all that a case can hold.
private func gasCase(name: String = "Erika Muster", serial: String = "7GMT1") -> BillingCase {
    let key = TariffKey("gas/basis") ?? TariffKey(commodity: .gas, id: "x")
    let set = "gas-x"
    func series(_ name: String, _ unit: PriceSeries.Unit, _ value: Int64) -> (SeriesKey, PriceSeries) {
        let key = SeriesKey(set: set, name: name)
        return (
            key,
            PriceSeries(
                key: key, label: Label(de: name, en: name), unit: unit, values: Timeline(constant: .init(millionths: value, source: "Test"))
            )
        )
    }
    let catalog = PriceCatalog(
        series: Dictionary(uniqueKeysWithValues: [
            series("conversion_factor", .ratio, 968_600), series("calorific_value", .kilowattHoursPerCubicMetre, 11_362_000),
            series("steuer", .centsPerKilowattHour, 550_000),
        ]),
        vat: VATTable(rates: [
            .standard: Timeline(constant: TaxRate(basisPoints: 1_900)), .reduced: Timeline(constant: TaxRate(basisPoints: 700)),
        ]),
        hashes: ["gas-x": "ab", "de-vat": "cd"])
    func version(_ from: String, _ cents: Int64) -> PublishedTariff {
        PublishedTariff(
            version: TariffVersion(
                key: key ?? fallback, from: day(from), supersedes: nil, title: Label(de: "Gas", en: "Gas"), status: .published,
                conversion: GasConversionRule(region: AttributeRule(names: ["region"], fallback: "x"), sets: ["x": set]),
                components: [
                    PriceComponent(
                        id: "ap", label: Label(de: "Arbeitspreis", en: "Energy price"), service: .gas, tax: .commodity,
                        charge: .energy(.total, UnitPrice(hundredMillionths: cents * 1_000_000))),
                    PriceComponent(
                        id: "gp", label: Label(de: "Grundpreis", en: "Base price"), service: .gas, tax: .commodity,
                        charge: .fixed(Price(hundredMillionths: 15_600_000_000, time: .year))),
                ], breakdown: [BreakdownRule(series: SeriesKey(set: set, name: "steuer"))]),
            hash: "hash-\(from)")
    }
    func piece(_ from: String, _ until: String, _ quantity: Int64, _ division: Division) -> UsagePiece {
        let begin = ReadingRef(
            at: LocalTime.berlin.start(of: day(from)), micro: 4_711_300_000, unit: .cubicMetre, status: .measured, method: 0, version: 3,
            origin: .measured)
        return UsagePiece(
            serial: serial, obis: ObisCode(7, 0, 3, 0, 0), tariffRegister: .total, range: range(from, until),
            quantity: Measure(micro: quantity, unit: .cubicMetre),
            begin: begin, end: division == .estimated ? nil : begin, division: division)
    }
    let contract = BilledContract(
        number: "VT-3000018", key: "c-1", account: "VK-2000019", tariff: key ?? fallback, valid: range("2025-01-01", "2026-01-01"),
        meteringPoint: "DE1",
        place: ["Großflecken 9", "24534 Neumünster"], attributes: ["region": "x", "note": "a \"b\" <c>"],
        recipient: Recipient(
            partner: "GP-1", name: name, street: "Großflecken 9", postcode: "24534", city: "Neumünster", email: "e@m.invalid"))
    return BillingCase(
        contract: contract, supplier: supplier, period: range("2025-09-01", "2025-11-01"), kind: .interim,
        usage: [piece("2025-09-01", "2025-10-01", 60_000_000, .measured), piece("2025-10-01", "2025-11-01", 120_000_000, .estimated)],
        tariffs: Timeline(steps: [(day("2025-01-01"), version("2025-01-01", 9)), (day("2025-10-01"), version("2025-10-01", 8))]),
        prices: catalog,
        instalments: [Instalment(paidOn: day("2025-09-15"), gross: Money(cents: 5_000), tax: Money(cents: 798))],
        previous: PreviousPeriod(
            period: range("2024-09-01", "2024-11-01"), consumption: Measure(micro: 2_100_000_000, unit: .kilowattHour),
            gross: Money(cents: 30_000)))
}
private let fallback: TariffKey = {
    guard let key = TariffKey(commodity: .gas, id: "x") else { preconditionFailure("x is an id") }
    return key
}()
private let supplier = Supplier(
    name: "Stadtwerke", street: "Werkstraße 1", postcode: "24534", city: "Neumünster", country: "DE", vatId: "DE123456788",
    taxNumber: "20/1", registerCourt: "Kiel",
    registerNumber: "HRB 0", phone: "+49", email: "a@b.invalid", website: "https://b.invalid", iban: "DE02120300000000202051", bic: nil,
    contact: "Service")

private func invoice(_ billingCase: BillingCase = gasCase()) throws -> Invoice {
    Invoice(number: PrintedNumber(.invoice, serial: 400_001), issuedOn: day("2026-01-12"), draft: try Bill.compute(billingCase))
}

@Suite struct `The JSON of an invoice` {
    @Test func `is the same for the same invoice, and parses`() throws {
        let bytes = InvoiceJSON.bytes(try invoice())
        #expect(bytes == InvoiceJSON.bytes(try invoice()))
        let json = try JSONValue(parsing: bytes)
        #expect(json["number"]?.string == "R-4000014")
        #expect(json["lines"]?[0]?["quantity"]?.string == "660.314")
        #expect(json["lines"]?[0]?["amount"]?.string == "59.43")
        #expect(json["lines"]?[0]?["tariff"]?["hash"]?.string == "hash-2025-01-01")
        #expect(json["lines"]?[1]?["division"]?.string == "estimated")
        #expect(json["meters"]?[0]?["begin"]?["at"]?.string == "2025-09-01T00:00:00+02:00")
        #expect(json["meters"]?[0]?["begin"]?["status"]?.string == "measured")
    }

    @Test func `says amounts that add up`() throws {
        let json = try JSONValue(parsing: InvoiceJSON.bytes(try invoice()))
        let lines = (json["lines"]?.array ?? []).compactMap { $0["amount"]?.string.flatMap { Money($0) } }.total()
        let net = json["totals"]?["net"]?.string.flatMap { Money($0) }
        let tax = json["totals"]?["tax"]?.string.flatMap { Money($0) } ?? .zero
        let gross = json["totals"]?["gross"]?.string.flatMap { Money($0) } ?? .zero
        let due = json["due"]?.string.flatMap { Money($0) }
        #expect(lines == net)
        #expect(lines + tax == gross)
        #expect(due == gross - Money(cents: 5_000))
    }

    @Test func `holds no JSON number for an amount or a quantity`() throws {
        func numbers(_ value: JSONValue, _ path: String) -> [String] {
            if value.number != nil { return [path] }
            if let array = value.array { return array.flatMap { numbers($0, path) } }
            return (value.object?.members ?? []).flatMap { numbers($0.value, $0.key) }
        }
        let found = Set(numbers(try JSONValue(parsing: InvoiceJSON.bytes(try invoice())), ""))
        #expect(found.subtracting(["position", "method", "version"]).isEmpty)
    }

    @Test func `is handed out with its state`() throws {
        let json = try JSONValue(parsing: InvoiceJSON.presented(InvoiceJSON.bytes(try invoice()), state: .cancelled, cancelledBy: "R-2"))
        #expect(json["state"]?.string == "cancelled")
        #expect(json["cancelledBy"]?.string == "R-2")
        #expect(json["number"]?.string == "R-4000014")
    }

    @Test func `of a cancellation repeats the amounts with the other sign`() throws {
        let original = try invoice()
        let storno = original.cancellation(number: PrintedNumber(.invoice, serial: 400_002), on: day("2026-02-01"))
        let (a, b) = (try JSONValue(parsing: InvoiceJSON.bytes(original)), try JSONValue(parsing: InvoiceJSON.bytes(storno)))
        #expect(b["type"]?.string == "cancellation")
        #expect(b["cancels"]?.string == "R-4000014")
        for (line, back) in zip(a["lines"]?.array ?? [], b["lines"]?.array ?? []) {
            #expect(back["amount"]?.string == "-" + (line["amount"]?.string ?? ""))
        }
        #expect(b["totals"]?["gross"]?.string == "-" + (a["totals"]?["gross"]?.string ?? ""))
    }
}

@Suite struct `The explanation of an invoice` {
    @Test func `leads each line back to readings, tariff and formula`() throws {
        let json = try JSONValue(parsing: ExplanationJSON.bytes(try invoice()))
        let line = try #require(json["lines"]?[0])
        #expect(line["formula"]?.string == "660.314 kWh × 9.00 ct/kWh")
        #expect(line["tariff"]?["path"]?.string == "Tariffs/gas/basis/2025-01-01.yaml")
        #expect(line["parts"]?[0]?["conversion"]?["formula"]?.string == "60 m³ × 0.9686 × 11.362 kWh/m³")
        #expect(line["parts"]?[0]?["billed"]?.string == "660.313992")
        #expect(line["parts"]?[0]?["begin"]?["version"]?.number == "3")
        #expect(json["taxes"]?[0]?["formula"]?.string?.hasSuffix("EUR × 19 %") == true)
    }
}

@Suite struct `Stored inputs` {
    @Test func `are read back as they were written`() throws {
        let stored = StoredCase(gasCase())
        #expect(try StoredCase(parsing: stored.bytes) == stored)
        #expect(try StoredCase(parsing: stored.bytes).bytes == stored.bytes)
        // The same days of the year before are a member that older inputs have not.
        var same = stored
        same.previous?.sameDays = .init(
            period: range("2024-09-01", "2024-11-01"), consumption: Measure(micro: 1, unit: .kilowattHour), basis: .divided)
        #expect(try StoredCase(parsing: same.bytes) == same)
        #expect(String(decoding: stored.bytes, as: UTF8.self).contains("\"same\"") == false)
    }
    @Test func `keep the slots that a price of the quarter hour was computed from`() throws {
        var original = gasCase()
        let days = range("2025-03-29", "2025-04-01")
        let start = LocalTime.berlin.start(of: days.from)
        let count = 96 + 92 + 96
        original.intervals = [
            IntervalUsage(
                serial: "M", obis: ObisCode(1, 0, 1, 8, 0), days: days,
                series: Series(
                    start: start, secondsPerSlot: 900, values: (0..<count).map { Int64($0 * $0 % 7_919) - 3 },
                    statuses: (0..<count).map { $0 % 50 == 7 ? 2 : 1 }))
        ]
        let stored = StoredCase(original)
        #expect(try StoredCase(parsing: stored.bytes) == stored)
        #expect(stored.bytes.count < StoredCase(gasCase()).bytes.count + count * 4 + 400)
    }

    /// A case whose second piece begins where nobody read, by readings of which one stands at an end of the case and one does not; with
    /// slots, and a channel that stands for itself.
    private func explained() -> BillingCase {
        var original = gasCase()
        let begin = original.usage[0].begin
        let known = RegisterReading(at: begin?.at ?? Instant(seconds: 0), micro: 4_711_300_000, version: 3)
        let beyond = RegisterReading(
            at: Instant(seconds: 1_762_000_000), micro: 5_000_000_000, status: .estimated, method: 2, reason: 1, version: 7)
        func made(share: IntervalShare? = nil) -> ReadingRef {
            ReadingRef(
                at: LocalTime.berlin.start(of: day("2025-10-01")), micro: 4_771_300_000, unit: .cubicMetre, status: .estimated, method: 0,
                version: nil, origin: .dayLinear, share: share)
        }
        original.usage[0].end = made()
        original.usage[0].endBasis = ReadingBasis(known, beyond)
        original.usage[1].begin = made(share: IntervalShare(since: known.at, until: beyond.at, part: 1, whole: 2))
        original.usage[1].beginBasis = ReadingBasis(beyond)
        let likeDay = Mark(status: .estimated, method: 2, reason: 1)
        let runs = [VersionRun(count: 100, version: 1, mark: .measured), VersionRun(count: 4, version: 300, mark: likeDay), .absent(2_876)]
        original.usage[1].slots = SlotRuns(
            start: LocalTime.berlin.start(of: day("2025-10-01")), resolution: .quarterHour, runs: runs)
        original.intervals = [
            IntervalUsage(
                serial: "M", obis: ObisCode(1, 0, 1, 8, 0), days: range("2025-10-01", "2025-11-01"),
                series: Series(empty: 2_980, start: LocalTime.berlin.start(of: day("2025-10-01")), secondsPerSlot: 900), runs: runs)
        ]
        return original
    }
    @Test func `keep versions of slots and the readings behind an end that was worked out`() throws {
        let stored = StoredCase(explained())
        #expect(try StoredCase(parsing: stored.bytes) == stored)
        #expect(try StoredCase(parsing: stored.bytes).bytes == stored.bytes)
        // One reading stands at an end of the case and is named by its place, the other is written out.
        let text = String(decoding: stored.bytes, as: UTF8.self)
        #expect(text.contains(#""day-linear",[0,["#) && text.contains(#","z":[900,""#))
        // What only explains can be left out, and then the bytes are those of before it was kept.
        let inputs = StoredInputs(parts: [stored])
        let bare = try #require(inputs.bare.parts.first)
        #expect(bare.usage.allSatisfy { $0.slots == nil && $0.beginBasis == nil && $0.endBasis == nil })
        #expect(bare.intervals.allSatisfy { $0.runs.isEmpty })
        #expect(!String(decoding: bare.bytes, as: UTF8.self).contains(#""z""#))
        #expect(try StoredCase(parsing: bare.bytes) == bare)
        #expect(StoredInputs(parts: [bare]) == inputs.bare && inputs.hasQuantities(of: inputs.bare))
    }
    @Test func `that explain more are the same document`() throws {
        var billed = explained()
        billed.intervals = []
        let told = try StoredCase(parsing: StoredCase(billed).bytes).billingCase(
            versions: billed.tariffs.entries.map(\.value), prices: billed.prices, supplier: billed.supplier)
        let bare = StoredInputs(parts: [StoredCase(billed)]).bare.parts[0].billingCase(
            versions: billed.tariffs.entries.map(\.value), prices: billed.prices, supplier: billed.supplier)
        #expect(InvoiceJSON.bytes(try invoice(told)) == InvoiceJSON.bytes(try invoice(bare)))
        #expect(XRechnung.bytes(try invoice(told)) == XRechnung.bytes(try invoice(bare)))
        #expect(UBLInvoice.bytes(try invoice(told)) == UBLInvoice.bytes(try invoice(bare)))
        #expect(ExplanationJSON.bytes(try invoice(told)) != ExplanationJSON.bytes(try invoice(bare)))
        #expect(try correction(told, of: bare) == nil)
    }
    private func correction(_ right: BillingCase, of billed: BillingCase) throws -> InvoiceDraft? {
        try Bill.compute(right).correction(of: [try Bill.compute(billed)])
    }

    @Test func `compute the same bill byte for byte`() throws {
        let original = gasCase(name: "Jürgen \"Straße\" 🐻 \u{7}\\ O'Neill", serial: "Z ä/1")
        let stored = try StoredCase(parsing: StoredCase(original).bytes)
        let again = stored.billingCase(
            versions: original.tariffs.entries.map(\.value), prices: original.prices, supplier: original.supplier)
        #expect(InvoiceJSON.bytes(try invoice(again)) == InvoiceJSON.bytes(try invoice(original)))
    }

    @Test func `that were damaged never trap`() throws {
        let whole = StoredCase(explained()).bytes
        for seed in 0..<1_200 {
            var broken = whole
            broken[(seed * 7_919) % broken.count] = UInt8(truncatingIfNeeded: seed * 31 + 7)
            if let stored = try? StoredCase(parsing: broken) {
                let original = gasCase()
                _ = try? Bill.compute(
                    stored.billingCase(versions: original.tariffs.entries.map(\.value), prices: original.prices, supplier: supplier))
            }
        }
    }
}

@Suite struct `What a paper of several parts is computed from` {
    @Test func `says what belongs together, and of one from before that each stretch is its own`() throws {
        let inputs = StoredInputs(parts: [StoredCase(gasCase()), StoredCase(gasCase(serial: "7GMT2"))])
        let again = try StoredInputs(parsing: inputs.bytes)
        #expect(again.unit == .contract && again.parts == inputs.parts && again.bytes == inputs.bytes)
        let text = String(decoding: inputs.bytes, as: UTF8.self)
        let before = try StoredInputs(parsing: Array(text.replacing(#","unit":"contract""#, with: "").utf8))
        #expect(text.contains(#""unit":"contract""#) && before.unit == .stretch)
        #expect(try StoredInputs(parsing: before.bytes) == before, "and stays what it is")
        #expect(throws: JSONError.self) {
            try StoredInputs(parsing: Array(text.replacing(#""unit":"contract""#, with: #""unit":"house""#).utf8))
        }
        // One part has nothing to tell apart, and is stored as it always was.
        let one = StoredInputs(parts: [StoredCase(gasCase())])
        #expect(one.bytes == one.parts[0].bytes)
        #expect(try StoredInputs(parsing: one.bytes) == one)
    }
}

@Suite struct `The page of a bill` {
    @Test func `answers how much and until when, in German`() throws {
        let page = BillPage(try invoice(), language: .de)
        #expect(page.title == "Zwischenrechnung Gas")
        #expect(page.headline.label == "Zu zahlen")
        #expect(page.due.contains("26.01.2026"))
        #expect(page.facts.first { $0.label == "Abrechnungszeitraum" }?.value == "01.09.2025 – 31.10.2025")
        #expect(page.groups.map(\.title) == ["Gas"])
        #expect(page.groups[0].rows[0].quantity == "660,314\u{A0}kWh")
        #expect(page.groups[0].rows[0].price == "9,00\u{A0}ct/kWh")
        #expect(page.groups[0].rows[1].note == "geschätzt")
        #expect(page.groups[0].rows[0].details[0] == "660,314 kWh × 9,00 ct/kWh = 59,43\u{A0}€")
        #expect(page.comparison?.sentence == "Ihr Verbrauch ist 6 % niedriger als im Vorjahr.")
        #expect(page.statements.contains { $0.paragraphs.contains { $0.contains("geschätzte Werte") } })
        #expect(page.statements.contains { $0.paragraphs.contains { $0.contains("Schlichtungsstelle Energie") } })
    }
    @Test func `and in English`() throws {
        let page = BillPage(try invoice(), language: .en)
        #expect(page.title == "Interim bill Gas")
        #expect(page.due.contains("26 Jan 2026"))
        #expect(page.groups[0].rows[0].amount == "€59.43")
        #expect(page.comparison?.bars.map(\.text).last == "1,981\u{A0}kWh")
    }
    @Test func `says the numbers of the JSON`() throws {
        let invoice = try invoice()
        let page = BillPage(invoice, language: .en)
        #expect(page.groups.flatMap(\.rows).count == invoice.draft.lines.count)
        #expect(page.sums.first?.value == "€\(invoice.draft.totals.net)")
        #expect(page.sums.last?.value == "€\(invoice.draft.due)")
        #expect(page.breakdowns.first?.rows.count == invoice.draft.breakdown.count)
    }
}
