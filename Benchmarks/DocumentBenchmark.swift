import BillPDF
import Billing
import Foundation
import InvoiceFormats
import Metering
import TariffFiles
import Tariffs
import Values
import BillingOperations

/// The faces of one bill, one core: JSON and e-invoices against Foundation's writer of the same JSON, paper against the e-invoice.
struct DocumentBenchmark {
    let home: String

    func run(count: Int) throws {
        Report.section("Documents of a bill, one core, no database")
        let invoice = try invoice()
        let json = InvoiceJSON.bytes(invoice)
        let object = try JSONSerialization.jsonObject(with: Data(json))
        var size = 0
        let rounds = count * 20
        let foundation = try seconds { for _ in 0..<rounds { size &+= try JSONSerialization.data(withJSONObject: object).count } }
        func show(_ name: String, _ times: Int, _ body: () throws -> Int) throws {
            let elapsed = try seconds { for _ in 0..<times { size &+= try body() } }
            Report.show(
                Figure(
                    name: name, rate: Double(times) / elapsed, unit: "documents/s", baseline: "JSONSerialization of the same bill",
                    baselineRate: Double(rounds) / foundation))
        }
        try show("canonical JSON, \(json.count) bytes", rounds) { InvoiceJSON.bytes(invoice).count }
        try show("XRechnung CII, \(XRechnung.bytes(invoice).count) bytes", rounds) { XRechnung.bytes(invoice).count }
        try show("UBL 2.1, \(UBLInvoice.bytes(invoice).count) bytes", rounds) { UBLInvoice.bytes(invoice).count }
        let pdf = try BillDocument.bytes(invoice, language: .de)
        try show("PDF/A-3 with XML, \(pdf.count) bytes", count) { try BillDocument.bytes(invoice, language: .de).count }
        guard size > 0 else { throw BillingBenchmark.Failure(description: "nothing was written") }
    }

    /// A year of a household over two price versions, with readings, levies, instalments and last year.
    private func invoice() throws -> Invoice {
        let catalog = TariffFolder(try TariffSources.read(folder: home + "/Tariffs")).catalog
        guard let key = TariffKey("electricity/basis"), let chain = catalog.chains[key], let supplier = catalog.supplier else {
            throw BillingBenchmark.Failure(description: "the tariff electricity/basis is not in \(home)/Tariffs")
        }
        let period = DayRange.year(2025)
        let contract = BilledContract(
            number: "VT-3000018", key: "c", account: "VK-2000019", tariff: key, valid: DayRange(from: Day(2020, 1, 1)),
            meteringPoint: "51238696781", place: ["Hauptstraße 1", "24534 Neumünster"],
            attributes: ["usage": "household", "region": "neumuenster"],
            recipient: Recipient(partner: "GP-1", name: "Erika Muster", street: "Hauptstraße 1", postcode: "24534", city: "Neumünster"))
        let cuts = Bill.cuts(contract: contract, period: period, tariffs: chain.timeline, prices: catalog.prices)
        var counter: Int64 = 4_711_300_000
        let edges = [period.from] + cuts + [Day(2026, 1, 1)]
        let usage = zip(edges, edges.dropFirst()).map { from, until in
            let quantity = Int64(from.days(until: until)) * 9_600_000
            func reading(_ day: Day, _ micro: Int64) -> ReadingRef {
                ReadingRef(
                    at: LocalTime.berlin.start(of: day), micro: micro, unit: .kilowattHour, status: .measured, method: 0, version: 1,
                    origin: .measured)
            }
            defer { counter += quantity }
            return UsagePiece(
                serial: "1ESY1160123456", obis: ObisCode(1, 0, 1, 8, 0), tariffRegister: .total, range: DayRange(from: from, until: until),
                quantity: Measure(micro: quantity, unit: .kilowattHour), begin: reading(from, counter),
                end: reading(until, counter + quantity),
                division: .measured)
        }
        let draft = try Bill.compute(
            BillingCase(
                contract: contract, supplier: supplier, period: period, kind: .annual, usage: usage, tariffs: chain.timeline,
                prices: catalog.prices,
                instalments: (1...11).map {
                    Instalment(paidOn: Day(2025, $0, 15), gross: Money(cents: 8_000), tax: Money(cents: 1_277))
                },
                previous: PreviousPeriod(
                    period: DayRange.year(2024), consumption: Measure(micro: 3_700_000_000, unit: .kilowattHour),
                    gross: Money(cents: 130_000))))
        return Invoice(number: PrintedNumber(.invoice, serial: 400_001), issuedOn: Day(2026, 1, 12), draft: draft)
    }
}
