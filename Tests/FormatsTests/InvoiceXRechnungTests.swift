import Billing
import Foundation
import InvoiceFormats
import Tariffs
import Testing
import Values

/// Documents are left where `ZAEHLWERK_TEST_INVOICES` says, for the rules of EN 16931 and XRechnung to be checked outside.
private func keep(_ bytes: [UInt8], _ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["ZAEHLWERK_TEST_INVOICES"] else { return }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: folder).appending(path: "\(name).xml"))
}

private func day(_ text: String) -> Day { Day(text) ?? Day(1, 1, 1) }

/// A bill of components that need no readings, by every way a line can be priced.
private func invoice(
    recipient: Recipient = Recipient(partner: "GP-1", name: "Erika Muster", street: "Hauptstraße 1", postcode: "24534", city: "Neumünster"),
    components: [(String, BilledService, TaxTreatment, Charge)], instalments: [Instalment] = [], fixed: Proration = .daysActual
) throws -> Invoice {
    guard let key = TariffKey("water/basis") else { preconditionFailure("a tariff") }
    let version = TariffVersion(
        key: key, from: day("2025-01-01"), supersedes: nil, title: Label(de: "T", en: "T"), status: .published,
        rules: RatingRules(fixed: fixed),
        components: components.map {
            PriceComponent(id: $0.0, label: Label(de: "Bestandteil \($0.0)", en: $0.0), service: $0.1, tax: $0.2, charge: $0.3)
        })
    let rates: [VATTable.Class: Timeline<TaxRate>] = [
        .standard: Timeline(constant: TaxRate(basisPoints: 1_900)), .reduced: Timeline(constant: TaxRate(basisPoints: 700)),
    ]
    let billingCase = BillingCase(
        contract: BilledContract(
            number: "VT-3000018", key: "c", account: "VK-2000019", tariff: key, valid: DayRange(from: day("2025-01-01")),
            meteringPoint: "DE1",
            place: ["Großflecken 9", "24534 Neumünster"], attributes: ["sealedArea": "120.5", "connectedLoad": "15"], recipient: recipient),
        supplier: Supplier(
            name: "Stadtwerke & Töchter <GmbH>", street: "Werkstraße 1", postcode: "24534", city: "Neumünster", country: "DE",
            vatId: "DE123456788", taxNumber: "20/299/12345",
            registerCourt: "Amtsgericht Kiel", registerNumber: "HRB 1", phone: "+49 4321 1", email: "a@stadtwerke.invalid",
            website: "https://b.invalid", iban: "DE02120300000000202051",
            bic: "BYLADEM1001", contact: "Kundenservice"),
        period: DayRange(from: day("2025-03-15"), until: day("2025-11-01")), kind: .final, usage: [],
        tariffs: Timeline(steps: [(day("2025-01-01"), PublishedTariff(version: version, hash: "ab"))]),
        prices: PriceCatalog(vat: VATTable(rates: rates)),
        instalments: instalments)
    return Invoice(number: PrintedNumber(.invoice, serial: 400_001), issuedOn: day("2026-01-12"), draft: try Bill.compute(billingCase))
}
private func year(_ euros: Int64) -> Price { Price(hundredMillionths: euros * 100_000_000, time: .year) }
private let everything: [(String, BilledService, TaxTreatment, Charge)] = [
    ("base", .water, .reduced, .fixed(year(96))),
    ("month", .water, .standard, .fixed(Price(hundredMillionths: 1_234_000_000, time: .month))),
    (
        "load", .heat, .standard,
        .capacity(
            CapacityPrice(
                price: UnitPrice(hundredMillionths: 3_720_000_000), time: .year,
                load: AttributeRule(names: ["connectedLoad"], fallback: nil)))
    ),
    (
        "rain", .rainwater, .outside,
        .area(
            AreaPrice(
                price: UnitPrice(hundredMillionths: 60_000_000), time: .year, area: AttributeRule(names: ["sealedArea"], fallback: nil),
                coefficient: AttributeRule(names: ["c"], fallback: "1"), rounding: .awayFromZero))
    ),
    ("bonus", .water, .reduced, .fixed(year(-20))),
    ("least", .water, .standard, .minimum(year(500), of: ["load"])),
]

private func text(_ invoice: Invoice) -> String { String(decoding: XRechnung.bytes(invoice), as: UTF8.self) }
/// What stands between the tags of this name, in order.
private func values(_ name: String, in xml: String) -> [String] {
    xml.components(separatedBy: "<\(name)").dropFirst().compactMap { part in
        guard let start = part.firstIndex(of: ">"), let end = part.range(of: "</\(name)>") else { return nil }
        return String(part[part.index(after: start)..<end.lowerBound])
    }
}

@Suite struct `An invoice as XRechnung` {
    @Test func `says the cents of the bill`() throws {
        let bill = try invoice(components: everything)
        let xml = text(bill)
        try keep(Array(xml.utf8), "everything")
        let lines = values("ram:SpecifiedTradeSettlementLineMonetarySummation", in: xml).flatMap { values("ram:LineTotalAmount", in: $0) }
        #expect(lines == bill.draft.lines.map(\.amount.description))
        #expect(values("ram:TaxBasisTotalAmount", in: xml) == [bill.draft.totals.net.description])
        #expect(values("ram:TaxTotalAmount", in: xml) == [bill.draft.totals.tax.description])
        #expect(values("ram:GrandTotalAmount", in: xml) == [bill.draft.totals.gross.description])
        #expect(values("ram:DuePayableAmount", in: xml) == [bill.draft.due.description])
        #expect(values("ram:TypeCode", in: xml).first == "380")
        // 19 %, 7 %, and what is outside of tax with its reason.
        #expect(values("ram:ExemptionReason", in: xml).count == 1)
    }

    @Test func `gives the reason of each line without tax, and one entry for all of them`() throws {
        let bill = try invoice(components: [
            ("fed", .feedIn, .outside, .fixed(year(-300))), ("rain", .rainwater, .outside, .fixed(year(60))),
            ("base", .water, .reduced, .fixed(year(96))),
        ])
        let xml = text(bill)
        try keep(Array(xml.utf8), "reasons")
        let reason = try #require(values("ram:ExemptionReason", in: xml).first)
        #expect(values("ram:ExemptionReason", in: xml).count == 1)
        #expect(reason.contains("hoheitliche Leistung") && reason.contains("§ 19 UStG"))
        let labels = BillPage(bill, language: .de).sums.map(\.label)
        #expect(labels.contains { $0.hasPrefix("Ohne Umsatzsteuer (Kleinunternehmer, § 19 UStG)") })
        #expect(labels.contains { $0.hasPrefix("Nicht steuerbar (hoheitliche Leistung)") })
    }

    @Test func `prices a base price by days, and never below zero`() throws {
        let bill = try invoice(components: everything)
        let xml = text(bill)
        #expect(xml.contains("<ram:ChargeAmount>96.00</ram:ChargeAmount><ram:BasisQuantity unitCode=\"DAY\">365</ram:BasisQuantity>"))
        #expect(xml.contains("<ram:BilledQuantity unitCode=\"DAY\">231</ram:BilledQuantity>"))
        #expect(!values("ram:ChargeAmount", in: xml).contains { $0.hasPrefix("-") })
        #expect(xml.contains("<ram:BilledQuantity unitCode=\"C62\">-1</ram:BilledQuantity>"))
    }

    @Test func `of a cancellation is a credit note with the same amounts`() throws {
        let bill = try invoice(components: everything)
        let storno = bill.cancellation(number: PrintedNumber(.invoice, serial: 400_002), on: day("2026-02-01"))
        let xml = text(storno)
        try keep(Array(xml.utf8), "cancellation")
        #expect(values("ram:TypeCode", in: xml).first == "381")
        #expect(values("ram:GrandTotalAmount", in: xml) == values("ram:GrandTotalAmount", in: text(bill)))
        #expect(values("ram:InvoiceReferencedDocument", in: xml) == ["<ram:IssuerAssignedID>\(bill.number)</ram:IssuerAssignedID>"])
    }

    @Test func `with a credit says what was prepaid`() throws {
        let bill = try invoice(
            components: [("base", .water, .reduced, .fixed(year(96)))],
            instalments: [Instalment(paidOn: day("2025-06-01"), gross: Money(cents: 50_000), tax: Money(cents: 3_271))])
        let xml = text(bill)
        try keep(Array(xml.utf8), "credit")
        #expect(values("ram:TotalPrepaidAmount", in: xml) == ["500.00"])
        #expect(values("ram:DuePayableAmount", in: xml).first?.hasPrefix("-") == true)
    }

    @Test(arguments: [Proration.daysActual, .days365, .months30, .monthsCalendar])
    func `holds for every way to share a year`(rule: Proration) throws {
        try keep(XRechnung.bytes(try invoice(components: everything, fixed: rule)), "shared-\(rule.rawValue)")
    }

    // electronic address, e-mail, what stands in BT-49
    @Test(
        arguments: [
            (nil, nil, "EM", "VK-2000019@kunden.invalid"), (nil, "e@m.de", "EM", "e@m.de"),
            ("rechnung@firma.de", "e@m.de", "EM", "rechnung@firma.de"),
            ("0204:99-STW-1", nil, "0204", "99-STW-1"), ("9930:DE123456788", nil, "9930", "DE123456788"),
            ("04011000-12345-03", nil, "0204", "04011000-12345-03"),
        ] as [(String?, String?, String, String)])
    func `reaches the partner`(own: String?, email: String?, scheme: String, address: String) throws {
        var recipient = Recipient(partner: "GP-1", name: "Firma", street: "", postcode: "", city: "")
        recipient.electronicAddress = own
        recipient.email = email
        let xml = text(try invoice(recipient: recipient, components: everything))
        try keep(Array(xml.utf8), "address-\(address.filter { $0.isLetter || $0.isNumber })")
        #expect(xml.contains("<ram:URIID schemeID=\"\(scheme)\">\(address)</ram:URIID>"))
        #expect(values("ram:BuyerReference", in: xml) == ["VK-2000019"])
        // Without an address of their own they are reached where the meter hangs.
        #expect(values("ram:CityName", in: xml).last == "Neumünster")
    }

    @Test func `names the routing id of a public buyer`() throws {
        let recipient = Recipient(
            partner: "GP-1", name: "Stadt", street: "Markt 1", postcode: "24534", city: "Neumünster", leitwegId: "04011000-12345-03")
        #expect(values("ram:BuyerReference", in: text(try invoice(recipient: recipient, components: everything))) == ["04011000-12345-03"])
    }

    @Test func `lets no name break it`() throws {
        let name = "</ram:Name><x a=\"1\"> & \u{0}\u{1F}\u{FFFF} 🐻 ]]>"
        let xml = text(
            try invoice(
                recipient: Recipient(partner: "GP-1", name: name, street: "'\"", postcode: "24534", city: "<city>"), components: everything)
        )
        try keep(Array(xml.utf8), "hostile")
        #expect(xml.contains("&lt;/ram:Name&gt;&lt;x a=&quot;1&quot;&gt; &amp;     🐻 ]]&gt;"))
        #expect(!xml.unicodeScalars.contains { $0.value < 32 || $0.value == 0xFFFF })
    }
}
