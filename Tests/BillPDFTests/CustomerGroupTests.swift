import Billing
import InvoiceFormats
import Metering
import Testing
import Values

@Suite struct `Compared with other customers` {
    private func groups(
        _ product: GeneratedBills.Product, _ span: GeneratedBills.Span, _ attributes: [String: String] = [:],
        language: BillLanguage = .de
    ) throws -> BillPage.Comparison? {
        var billed = try GeneratedBills.billingCase(product, span, .plain)
        billed.contract.attributes.merge(attributes) { $1 }
        let invoice = Invoice(
            number: PrintedNumber(.invoice, serial: 1), issuedOn: Day(2026, 1, 13), draft: try Billing.Bill.compute(billed))
        return BillPage(invoice, language: language).customerGroups
    }

    // § 5 FFVAV wants it of heat as § 40(2) No. 9 EnWG does of electricity and gas.
    @Test func `heat stands beside homes of usual size, or buildings of the same area`() throws {
        let homes = try #require(try groups(.waerme, .year))
        #expect(homes.bars.count == 5 && homes.bars.contains { $0.label == "Wohnung 80 m²" && $0.text == "8.800\u{00A0}kWh" })
        #expect(homes.sentence.hasSuffix("Für Fernwärme sind es Beispielwerte."))
        #expect(homes.bars[homes.own].label == "Sie")
        let area = try #require(try groups(.waerme, .year, ["heatedArea": "142.5"], language: .en))
        #expect(area.bars.contains { $0.label == "100 kWh per m²" && $0.text.hasPrefix("14,250") }, "\(area.bars)")
        #expect(area.sentence.contains("sample values"))
        // A business is compared by its area or not at all.
        #expect(try groups(.waerme, .year, ["usage": "commercial"]) == nil)
        let office = try #require(try groups(.waerme, .year, ["usage": "commercial", "heatedArea": "1000"]))
        #expect(office.title == "Vergleich mit anderen Kunden")
        for broken in ["", "0", "-3", "viel", "99999999999"] {
            #expect(try groups(.waerme, .year, ["usage": "commercial", "heatedArea": broken]) == nil, "\(broken)")
        }
    }

    @Test func `a part of a year stands beside what its season usually takes`() throws {
        let year = try #require(try groups(.gas, .year))
        #expect(!year.sentence.contains("Jahreszeit") && !year.sentence.contains("Beispielwerte"))
        let part = try #require(try groups(.gas, .month))
        #expect(part.sentence.contains("Tage dieser Jahreszeit; es sind Richtwerte."))
        let water = try #require(try groups(.wasser, .month))
        #expect(!water.sentence.contains("Jahreszeit"), "water has no season")
    }
}
