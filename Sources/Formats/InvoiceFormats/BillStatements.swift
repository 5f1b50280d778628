internal import Billing
internal import Metering
internal import Tariffs
internal import Values

/// What the law wants a bill to say (reference billing 2): § 40 EnWG and § 14 UStG for electricity and gas, FFVAV § 5 for heat.
struct BillStatements {
    let words: BillWords
    let invoice: Invoice
    /// The paper contract by contract: a collective bill says of each what the law wants.
    let contracts: [InvoiceDraft]
    init(_ words: BillWords, _ invoice: Invoice) {
        self.words = words
        self.invoice = invoice
        contracts = invoice.draft.perContract
    }

    var all: [BillPage.Statement] {
        // Who is paid for feed-in is told nothing of switching the supplier or of the mix of what was drawn.
        if invoice.draft.isSelfBilled { return [words.parties(invoice.draft), overview, readings, terms, network].compactMap(\.self) }
        let commodities = Set(contracts.map(\.commodity))
        let isEnergy = !commodities.isDisjoint(with: [.electricity, .gas])
        var statements = [overview].compactMap(\.self) + invoice.draft.plans.map(plan) + [readings, terms, supplier]
        if isEnergy { statements.append(network) }
        if commodities.contains(.gas) { statements.append(emissions) }
        if commodities.contains(.electricity) { statements.append(labelling) }
        if isEnergy || commodities.contains(.heat) { statements.append(advice(alsoForHeat: commodities.contains(.heat))) }
        if isEnergy { statements += [switching, disputes] }
        if commodities.contains(.heat) { statements += [heat, heatTaxes] }
        if commodities.contains(.water) { statements.append(water) }
        if !isEnergy { statements.append(consumerDisputes) }
        return statements
    }

    func statement(_ title: (String, String), _ paragraphs: [(String, String)]) -> BillPage.Statement {
        BillPage.Statement(title: words.say(title.0, title.1), paragraphs: paragraphs.map { words.say($0.0, $0.1) })
    }

    /// § 40(2) EnWG: what is to be paid in advance, and how it was computed.
    private func plan(_ plan: InstalmentPlan) -> BillPage.Statement {
        var title = ("Ihre neuen Abschläge", "Your new instalments")
        if let name = words.name(of: plan.contract, among: contracts) {
            // The number as well: it is what a customer's standing order is for.
            let whose = name.hasSuffix(plan.contract) ? name : "\(name), \(words.say("Vertrag", "contract")) \(plan.contract)"
            title = ("\(title.0): \(whose)", "\(title.1): \(whose)")
        }
        guard let first = plan.instalments.first, let last = plan.instalments.last else { return statement(title, []) }
        var paragraphs = [
            (
                "\(plan.instalments.count) Abschläge zu \(words.money(first.gross)) (darin USt \(words.money(first.tax))), der erste fällig am \(words.day(first.due)), dann monatlich, der letzte am \(words.day(last.due)).",
                "\(plan.instalments.count) instalments of \(words.money(first.gross)) (VAT \(words.money(first.tax))), the first due on \(words.day(first.due)), then monthly, the last on \(words.day(last.due))."
            )
        ]
        if let basis = plan.basis {
            paragraphs.append(
                (
                    "Berechnung: \(words.money(basis.gross)) in \(basis.days) Tagen ergeben für 365 Tage \(words.money(plan.yearly)); geteilt durch \(plan.divisor) und gerundet auf \(words.money(plan.step)). Rechnen Sie mit weniger Verbrauch, sagen Sie es uns bitte.",
                    "Calculation: \(words.money(basis.gross)) in \(basis.days) days are \(words.money(plan.yearly)) in 365 days; divided by \(plan.divisor) and rounded to \(words.money(plan.step)). If you expect to use less, please tell us."
                ))
        }
        return statement(title, paragraphs)
    }
    private var readings: BillPage.Statement {
        let isEstimated = invoice.draft.shownMeters.contains { $0.division == .estimated }
        var paragraphs = [
            (
                "Wie jeder Zählerstand ermittelt wurde, steht bei den Zählerständen; wie eine Menge auf Preisänderungen verteilt wurde, an der Position.",
                "How each reading was obtained stands with the readings; how a quantity was divided at price changes stands on its line."
            )
        ]
        if isEstimated {
            paragraphs.append(
                (
                    "Diese Rechnung enthält geschätzte Werte, weil kein verwertbarer Zählerstand vorlag. Teilen Sie uns Ihren Stand mit, berichtigen wir die Rechnung.",
                    "This bill contains estimated values because no usable reading was available. Tell us your reading and we correct the bill."
                ))
        }
        let readings = statement(("Ablesung", "Readings"), paragraphs)
        return BillPage.Statement(
            title: readings.title,
            paragraphs: readings.paragraphs + invoice.draft.shownMeters.compactMap(words.rolledOver) + estimates)
    }
    private var supplier: BillPage.Statement {
        let supplier = invoice.draft.supplier
        let tax = supplier.taxNumber.map { (", Steuernummer \($0)", ", tax number \($0)") } ?? ("", "")
        return statement(
            ("Ihr Versorger", "Your supplier"),
            [
                (
                    "\(supplier.name), \(supplier.street), \(supplier.postcode) \(supplier.city); \(supplier.registerCourt), \(supplier.registerNumber)",
                    "\(supplier.name), \(supplier.street), \(supplier.postcode) \(supplier.city); \(supplier.registerCourt), \(supplier.registerNumber)"
                ),
                ("USt-IdNr. \(supplier.vatId)\(tax.0)", "VAT id \(supplier.vatId)\(tax.1)"),
                (
                    "\(words.contact(supplier)): \(supplier.phone), \(supplier.email), \(supplier.website)",
                    "\(words.contact(supplier)): \(supplier.phone), \(supplier.email), \(supplier.website)"
                ),
            ])
    }
    /// § 3 CO2KostAufG; the numbers stand with the components of the price.
    private var emissions: BillPage.Statement {
        let web = invoice.draft.supplier.website
        return statement(
            ("Emissionen", "Emissions"),
            [
                (
                    "Energiegehalt, Emissionsfaktor und Brennstoffemissionen nach § 3 CO₂KostAufG stehen bei den Preisbestandteilen, der CO₂-Preis bei den Positionen; mehr auf \(web). Mieter mit eigenem Vertrag können vom Vermieter einen Teil der CO₂-Kosten verlangen (§ 6 Abs. 2 CO₂KostAufG).",
                    "Energy content, emission factor and fuel emissions (§ 3 CO₂KostAufG) stand with the components of the price, the CO₂ price with the items; more at \(web). Tenants with a contract of their own may claim a part of the CO₂ cost from their landlord (§ 6(2) CO₂KostAufG)."
                )
            ])
    }
    /// § 42 EnWG.
    private var labelling: BillPage.Statement {
        let web = invoice.draft.supplier.website
        let own = mix(.electricity)
        let source =
            own.isEmpty
            ? (
                "Energiemix, CO₂-Emissionen und radioaktiver Abfall nach § 42 EnWG: \(web).",
                "Energy mix, CO₂ emissions and radioactive waste (§ 42 EnWG): \(web)."
            ) : ("Mehr dazu (§ 42 EnWG): \(web).", "More on it (§ 42 EnWG): \(web).")
        return statement(("Stromkennzeichnung", "Electricity labelling"), own + [source])
    }
    private var disputes: BillPage.Statement {
        statement(
            ("Beschwerden und Streitbeilegung", "Complaints and dispute resolution"),
            [
                (
                    "Beschwerden richten Sie bitte zuerst an unseren Kundenservice. Helfen wir nicht innerhalb von vier Wochen ab, können Sie die Schlichtungsstelle Energie e. V., Friedrichstraße 133, 10117 Berlin, www.schlichtungsstelle-energie.de, anrufen.",
                    "Please complain to our customer service first. If we do not help within four weeks, you may turn to Schlichtungsstelle Energie e. V., Friedrichstraße 133, 10117 Berlin, www.schlichtungsstelle-energie.de."
                ),
                (
                    "Verbraucherservice der Bundesnetzagentur: Postfach 8001, 53105 Bonn, Telefon 0228 141516, verbraucherservice-energie@bnetza.de.",
                    "Consumer service of the Federal Network Agency: Postfach 8001, 53105 Bonn, telephone +49 228 141516, verbraucherservice-energie@bnetza.de."
                ),
            ])
    }
    private var consumerDisputes: BillPage.Statement {
        statement(
            ("Beschwerden", "Complaints"),
            [
                (
                    "Beschwerden richten Sie bitte an unseren Kundenservice. An einem Verfahren vor einer Verbraucherschlichtungsstelle nehmen wir nicht teil.",
                    "Please address complaints to our customer service. We do not take part in consumer arbitration."
                )
            ])
    }
    private var switching: BillPage.Statement {
        statement(
            ("Lieferantenwechsel", "Switching"),
            [
                (
                    "Sie können Ihren Lieferanten wechseln. Preise lassen sich mit unabhängigen Vergleichsinstrumenten nach § 41c EnWG vergleichen.",
                    "You may switch your supplier. Prices can be compared with independent comparison tools (§ 41c EnWG)."
                )
            ])
    }
    /// Shares and emissions as the supplier has told them; on bills from before it did, the place where they are published says them.
    func mix(_ commodity: Commodity) -> [(String, String)] {
        invoice.draft.supplier.statements[commodity]?.energyMix.map { [($0.de, $0.en)] } ?? []
    }
    private var water: BillPage.Statement {
        statement(
            ("Wasser und Abwasser", "Water and waste water"),
            [
                (
                    "Trinkwasser unterliegt dem ermäßigten Steuersatz. Schmutz- und Niederschlagswasser sind hoheitliche Leistungen und nicht steuerbar.",
                    "Drinking water bears the reduced VAT rate. Waste water and rain water are sovereign services outside the scope of VAT."
                )
            ])
    }
}
