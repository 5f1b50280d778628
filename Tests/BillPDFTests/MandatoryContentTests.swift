import BillPDF
import Billing
import Foundation
import InvoiceFormats
import Metering
import Tariffs
import Testing
import Values

/// What § 40 EnWG, § 14 UStG and FFVAV § 5 want on a bill (reference billing 2), one by one, on each of its faces.
@Suite struct `A bill says all that the law wants` {
    /// Page and JSON by their model; paper by what an independent reader finds on it.
    private func faces(_ product: GeneratedBills.Product, _ circumstance: GeneratedBills.Circumstance) throws -> [(
        name: String, text: String
    )] {
        let invoice = try GeneratedBills.invoice(product, .year, circumstance)
        let page = BillPage(invoice, language: .de)
        var faces = [
            ("HTML", String(decoding: BillHTML.bytes(page), as: UTF8.self)),
            (
                "JSON",
                String(
                    decoding: InvoiceJSON.presented(InvoiceJSON.bytes(invoice), of: invoice, state: .issued, cancelledBy: nil),
                    as: UTF8.self)
            ),
        ]
        let program = "/usr/bin/pdftotext"
        if FileManager.default.isExecutableFile(atPath: program) {
            let file = FileManager.default.temporaryDirectory.appending(path: "zaehlwerk-\(UUID().uuidString).pdf")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data(BillDocument.bytes(invoice, language: .de)).write(to: file)
            let process = Process()
            process.executableURL = URL(filePath: program)
            process.arguments = [file.path(), "-"]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let text = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            faces.append(("PDF", String(decoding: text, as: UTF8.self)))
        }
        return faces
    }
    /// Without blanks and line ends: where a line breaks is no matter of law.
    private func squeezed(_ text: String) -> String { text.filter { !$0.isWhitespace && $0 != "\u{00A0}" } }

    private func expect(_ wanted: [(String, String)], _ product: GeneratedBills.Product, _ circumstance: GeneratedBills.Circumstance) throws
    {
        for face in try faces(product, circumstance) where face.name != "JSON" {
            let text = squeezed(face.text)
            for (rule, words) in wanted where !text.contains(squeezed(words)) {
                Issue.record("\(face.name) of \(product) does not say \(rule): “\(words)”")
            }
        }
    }

    private static let everybody = [
        ("§ 40(1) amount due", "Zu zahlen"), ("§ 40(1) due day", "Zahlbar bis"), ("§ 40(1) explained free of charge", "unentgeltlich"),
        ("§ 40(2) 1 supplier", "Stadtwerke Musterstadt GmbH"), ("§ 40(2) 1 register", "Amtsgericht Kiel"),
        ("§ 40(2) 1 telephone", "+49 4321 1234-0"), ("§ 40(2) 1 e-mail", "service@stadtwerke.invalid"),
        ("§ 40(2) 3 contract term", "Vertragslaufzeit"), ("§ 40(2) 5 notice", "kündbar"),
        ("§ 40(2) 4 prices in force", "Tarif"), ("§ 40(2) 7 how it was read", "abgelesen"), ("§ 40(2) 7 readings", "4.711,3"),
        ("§ 14 UStG VAT id", "DE123456788"), ("§ 14 UStG tax number", "20/299/12345"), ("§ 14 UStG number", "R-400001"),
        ("§ 14 UStG period", "01.01.2025"), ("§ 14 UStG net", "Nettosumme"), ("§ 14 UStG tax", "Umsatzsteuer"),
        ("§ 14 UStG gross", "Bruttobetrag"), ("bank", "BYLADEM1001"), ("comparison with last year", "Vergleich mit dem Vorjahr"),
    ]
    private static let energy = [
        ("§ 40(2) 9 groups", "Vergleich mit anderen Haushalten"), ("§ 40(2) 10 arbitration", "Schlichtungsstelle Energie"),
        ("§ 40(2) 10 regulator", "Bundesnetzagentur"), ("§ 40(2) 11 advice", "Energieberatung"), ("§ 40(2) 12 switching", "§ 41c EnWG"),
        ("§ 40(2) 6 metering operator", "Messstellenbetreiber"), ("§ 40(2) 6 network operator", "Codenummer des Netzbetreibers"),
    ]

    @Test(arguments: GeneratedBills.Product.allCases.filter { $0 != .einspeisung })
    func `of every commodity`(product: GeneratedBills.Product) throws { try expect(Self.everybody, product, .plain) }

    @Test func `of electricity`() throws {
        try expect(
            Self.energy + [
                ("§ 40(3) tax", "Stromsteuer"), ("§ 40(3) levies", "KWKG-Umlage"), ("§ 40(3) network", "Netzentgelt"),
                ("§ 42", "§ 42 EnWG"), ("MaLo", "51238696781"),
            ], .strom, .plain)
    }
    @Test func `of gas`() throws {
        try expect(
            Self.energy + [
                ("§ 40(3) tax", "Energiesteuer"), ("CO₂", "CO₂-Preis"), ("conversion", "× z 0,9686"), ("calorific value", "11,362"),
                ("CO2KostAufG", "KostAufG"), ("§ 3 CO2KostAufG factor", "0,1814 kg/kWh"),
                ("§ 3 CO2KostAufG emissions", "Brennstoffemissionen"),
            ], .gas, .plain)
    }
    @Test func `of heat and of water`() throws {
        try expect([("FFVAV § 5", "§ 5 FFVAV"), ("complaints", "Beschwerden")], .waerme, .plain)
        try expect([("sovereign service", "Nicht steuerbar"), ("complaints", "Beschwerden")], .wasser, .plain)
    }
    @Test func `about estimates, at the top`() throws {
        try expect([("§ 40a", "enthält geschätzte Werte"), ("origin", "(geschätzt)")], .strom, .estimated)
        #expect(BillPage(try GeneratedBills.invoice(.strom, .year, .plain), language: .de).notice == nil)
    }
    @Test func `about instalments with their tax`() throws {
        try expect([("§ 14(5) UStG", "Abschlag vom 01.02.2025"), ("its tax", "darin USt")], .gas, .paid)
    }

    @Test func `and hands it out as data too`() throws {
        let invoice = try GeneratedBills.invoice(.strom, .year, .estimated)
        let bytes = InvoiceJSON.presented(InvoiceJSON.bytes(invoice), of: invoice, state: .issued, cancelledBy: nil)
        let text = String(decoding: bytes, as: UTF8.self)
        for words in [
            "Schlichtungsstelle Energie", "Federal Network Agency", "Energieberatung", "geschätzte Werte", "Vergleich mit dem Vorjahr",
            "§ 42 EnWG",
        ] { #expect(text.contains(words), "\(words)") }
    }

    private func paragraphs(_ name: String) throws -> [String] {
        let bill = try #require(try GeneratedBills.together().first { $0.name == name })
        return BillPage(bill.invoice, language: .de).statements.flatMap(\.paragraphs)
    }

    @Test func `of each contract on the paper of an account`() throws {
        let bill = try #require(try GeneratedBills.together().first { $0.name == "haus-year-plain" })
        let page = BillPage(bill.invoice, language: .de)
        let text = page.statements.flatMap(\.paragraphs).joined(separator: "\n")
        for words in [
            "Strom: Vertrag VT-3000018", "Gas: Vertrag VT-3000026", "Trinkwasser: Vertrag VT-3000034", "51238696781",
            "DE0001234567890000000000000000001", "Vertrag VT-3000034: Vertragslaufzeit", "Brennstoffemissionen", "§ 42 EnWG",
            "hoheitliche Leistungen", "Schlichtungsstelle Energie",
        ] { #expect(text.contains(words), "\(words)") }
        #expect(page.comparisons.map(\.title).filter { $0.hasSuffix("Vergleich mit dem Vorjahr") }.count == 3)
        #expect(page.comparisons.contains { $0.title == "Gas: Vergleich mit anderen Haushalten" })
        #expect(page.facts.contains { $0.value == "VT-3000018, VT-3000026, VT-3000034" })
    }

    // Each line: attributes of the contract, and what the bill of 13 January 2026 says.
    @Test(
        arguments: [
            (["supply": "basic"], "jederzeit mit zwei Wochen Frist kündbar, nächstmöglich zum 27.01.2026."),
            (["supply": "special", "noticePeriod": "P1M"], "mit 1 Monat Frist kündbar, nächstmöglich zum 13.02.2026."),
            (["noticePeriod": "P4W", "fixedUntil": "2027-01-01"], "mit 4 Wochen Frist kündbar, nächstmöglich zum 01.01.2027."),
            (["supply": "special"], "mit der vereinbarten Frist kündbar."), ([:], "ein anderer Vertrag mit der vereinbarten Frist."),
        ] as [([String: String], String)])
    func `of when the contract can be ended next`(attributes: [String: String], words: String) throws {
        var billed = try GeneratedBills.billingCase(.strom, .year, .plain)
        billed.contract.attributes.merge(attributes) { $1 }
        let invoice = Invoice(
            number: PrintedNumber(.invoice, serial: 1), issuedOn: Day(2026, 1, 13), draft: try Billing.Bill.compute(billed))
        #expect(BillPage(invoice, language: .de).statements.flatMap(\.paragraphs).contains { $0.contains(words) })
    }

    @Test func `of how an estimate was made`() throws {
        var billed = try GeneratedBills.billingCase(.strom, .year, .estimated)
        // 12: the year before, by degree days.
        billed.usage[0].end?.method = 12
        let invoice = Invoice(
            number: PrintedNumber(.invoice, serial: 1), issuedOn: Day(2026, 1, 13), draft: try Billing.Bill.compute(billed))
        let text = BillPage(invoice, language: .de).statements.flatMap(\.paragraphs).joined()
        #expect(text.contains("geschätzt nach dem Verfahren „Vorjahreswert, nach Gradtagen angepasst“"))
    }

    @Test func `of the reason why there is no tax`() throws {
        let resold = try #require(try GeneratedBills.together().first { $0.name == "wiederverkauf-year-plain" }).invoice
        #expect(resold.draft.totals.tax == .zero)
        #expect(BillPage(resold, language: .de).sums.contains { $0.label.contains("Steuerschuldnerschaft des Leistungsempfängers") })
        for xml in [XRechnung.bytes(resold), UBLInvoice.bytes(resold)] {
            let text = String(decoding: xml, as: UTF8.self)
            #expect(text.contains(">AE<"))
            #expect(text.contains("§ 13b UStG"))
        }
        // Whoever owes the tax has to be known by his number.
        var nameless = try GeneratedBills.billingCase(.strom, .year, .plain)
        nameless.contract.attributes["reseller"] = "yes"
        let results = CheckedBill(try Billing.Bill.compute(nameless), issuedOn: Day(2026, 1, 13)).results
        #expect(results.contains { $0.weight == .hold && $0.explanation.contains("§ 13b UStG") })
    }

    @Test func `and is held where nobody has told what it must say`() throws {
        func missing(_ billed: BillingCase) throws -> String {
            CheckedBill(try Billing.Bill.compute(billed), issuedOn: Day(2026, 1, 13)).results
                .first { $0.code == "missing-statement" && $0.weight == .hold }?.explanation ?? ""
        }
        let told = ["meteringOperator": "Netz GmbH", "networkOperatorCode": "9900000000001", "noticePeriod": "P1M"]
        var power = try GeneratedBills.billingCase(.strom, .year, .plain)
        for attribute in told.keys { power.contract.attributes[attribute] = nil }
        power.contract.attributes["supply"] = nil
        power.contract.valid = DayRange(from: power.contract.valid.from)
        let all = try missing(power)
        for words in [
            "Messstellenbetreiber", "Codenummer des Netzbetreibers", "noticePeriod", "Stromkennzeichnung",
            "statements.electricity.energy_mix",
        ] { #expect(all.contains(words), "\(words)") }
        // By the contract, or once for all by the supplier.
        var own = power
        own.contract.attributes.merge(told) { $1 }
        #expect(
            try missing(own)
                == "Pflichtangaben fehlen: Stromkennzeichnung (§ 42 EnWG; in der Datei des Versorgers unter statements.electricity.energy_mix)."
        )
        var agreed = Supplier.Statements()
        agreed.energyMix = Label(de: "100 % Wind", en: "100 % wind")
        own.supplier.statements[.electricity] = agreed
        #expect(try missing(own).isEmpty)
        own.contract.attributes["noticePeriod"] = "a month"
        #expect(try missing(own).contains("Kündigungsfrist"))
        own.contract.attributes["supply"] = "basic"
        #expect(try missing(own).isEmpty)
        agreed.meteringOperator = "Netz GmbH"
        agreed.networkOperatorCode = "9900000000001"
        agreed.notice = NoticePeriod("P14D")
        power.supplier.statements[.electricity] = agreed
        #expect(try missing(power).isEmpty)
        // Who has ended a contract is not told how to.
        power.supplier.statements[.electricity]?.notice = nil
        #expect(try missing(power).contains("Kündigungsfrist"))
        power.contract.valid = DayRange(from: power.contract.valid.from, until: power.period.until)
        #expect(try missing(power).isEmpty)
        // Each commodity has its law; who resells or feeds in is no final customer.
        #expect(try missing(GeneratedBills.billingCase(.waerme, .year, .plain)).contains("Energieträger und Emissionen (§ 5 FFVAV"))
        for product in [GeneratedBills.Product.wasser, .einspeisung] {
            #expect(try missing(GeneratedBills.billingCase(product, .year, .plain)).isEmpty, "\(product)")
        }
        var resold = try GeneratedBills.billingCase(.strom, .year, .plain)
        resold.supplier.statements = [:]
        resold.contract.attributes["reseller"] = "yes"
        #expect(try !missing(resold).contains("Stromkennzeichnung"))
    }

    @Test func `and says what the supplier has told once for all`() throws {
        var agreed = Supplier.Statements()
        agreed.energyMix = Label(de: "100 % Wind, 0 g CO₂ je kWh", en: "100 % wind, 0 g CO₂ per kWh")
        agreed.meteringOperator = "Netz GmbH"
        agreed.networkOperatorCode = "9900000000001"
        agreed.notice = NoticePeriod("P4W")
        func text(_ product: GeneratedBills.Product, _ commodity: Commodity, _ language: BillLanguage) throws -> String {
            var billed = try GeneratedBills.billingCase(product, .year, .plain)
            for attribute in ["meteringOperator", "networkOperatorCode", "noticePeriod", "supply"] {
                billed.contract.attributes[attribute] = nil
            }
            billed.contract.valid = DayRange(from: billed.contract.valid.from)
            billed.supplier.statements[commodity] = agreed
            let invoice = Invoice(
                number: PrintedNumber(.invoice, serial: 1), issuedOn: Day(2026, 1, 13), draft: try Billing.Bill.compute(billed))
            return BillPage(invoice, language: language).statements.flatMap(\.paragraphs).joined(separator: "\n")
        }
        let power = try text(.strom, .electricity, .de)
        for words in [
            "100 % Wind, 0 g CO₂ je kWh", "Messstellenbetreiber: Netz GmbH. Codenummer des Netzbetreibers: 9900000000001.",
            "mit 4 Wochen Frist kündbar, nächstmöglich zum 10.02.2026.",
        ] { #expect(power.contains(words), "\(words)") }
        #expect(try text(.waerme, .heat, .en).contains("100 % wind, 0 g CO₂ per kWh"))
    }
}
