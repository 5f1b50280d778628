internal import Billing
internal import Metering
internal import Tariffs
internal import Values
internal import Web

extension BillPage {
    /// What the law wants to stand on a bill, in a quiet block at its end (§§ 40 ff. EnWG, § 14 UStG; FFVAV for heat).
    func law(_ screen: Screen) -> HTML {
        let from = invoice.draft.supplier
        let contract = invoice.draft.contract
        var paragraphs: [HTML] = [
            """
            <p>\(from.name), \(from.street), \(from.postcode) \(from.city). \(from.registerCourt), \(from.registerNumber). \
            \(screen("USt-IdNr.", "VAT id")) \(from.vatId)\(from.taxNumber.map { ", \(screen("Steuernummer", "tax number")) \($0)" }). IBAN \(from.iban).</p>
            """,
            """
            <p>\(screen("Vertrag", "Contract")) \(contract.number), \(screen.format.period(contract.valid)), \(screen(Words.tariff)) \(contract.tariff.description).</p>
            """,
        ]
        switch invoice.draft.commodity {
        case .electricity, .gas:
            paragraphs.append("""
                <p>\(screen(
                    "Fragen zur Rechnung beantworten wir kostenfrei: \(from.phone), \(from.email). Bei Beanstandungen, denen wir nicht abhelfen, können Verbraucher die Schlichtungsstelle Energie e. V., Friedrichstraße 133, 10117 Berlin, anrufen. Verbraucherservice der Bundesnetzagentur: Postfach 8001, 53105 Bonn. Hinweise zu Energieberatung und Preisvergleich: verbraucherzentrale.de, bfee-online.de.",
                    "We answer questions about this bill free of charge: \(from.phone), \(from.email). If we do not remedy a complaint, consumers may turn to Schlichtungsstelle Energie e. V., Friedrichstraße 133, 10117 Berlin. Consumer service of the Federal Network Agency: Postfach 8001, 53105 Bonn. Energy advice and price comparison: verbraucherzentrale.de, bfee-online.de."))</p>
                """)
        case .heat:
            paragraphs.append("""
                <p>\(screen(
                    "Fragen zur Rechnung und zur Energieeffizienz beantworten wir kostenfrei: \(from.phone), \(from.email) (§ 5 FFVAV). Hinweise: bfee-online.de, verbraucherzentrale.de.",
                    "We answer questions about this bill and about energy efficiency free of charge: \(from.phone), \(from.email) (§ 5 FFVAV)."))</p>
                """)
        case .water:
            paragraphs.append("<p>\(screen("Fragen zur Rechnung beantworten wir kostenfrei", "We answer questions about this bill free of charge")): \(from.phone), \(from.email).</p>")
        }
        if invoice.draft.meters.contains(where: { $0.division == .estimated }) {
            paragraphs.append("""
                <p>\(screen(
                    "Ein Teil des Verbrauchs ist geschätzt, weil kein abgelesener Wert vorlag (§ 40a Abs. 2 EnWG). Melden Sie uns gern den Zählerstand.",
                    "Part of the consumption is estimated because no reading was available (§ 40a(2) EnWG). You are welcome to tell us the reading."))</p>
                """)
        }
        return "<footer class=\"law\">\(paragraphs)</footer>"
    }

    static func service(_ service: BilledService) -> Phrase {
        switch service {
        case .electricity: Words.commodity(.electricity)
        case .gas: Words.commodity(.gas)
        case .water: Phrase("Trinkwasser", "Drinking water")
        case .wastewater: Phrase("Schmutzwasser", "Waste water")
        case .rainwater: Phrase("Niederschlagswasser", "Rain water")
        case .heat: Words.commodity(.heat)
        }
    }

    static func division(_ division: Division) -> Phrase {
        switch division {
        case .measured: Phrase("abgelesen", "read")
        case .intervals: Phrase("aus Lastgang abgegrenzt", "divided by the load curve")
        case .profile: Phrase("nach Lastprofil abgegrenzt", "divided by load profile")
        case .dayLinear: Phrase("rechnerisch abgegrenzt", "divided by days")
        case .estimated: Phrase("geschätzt", "estimated")
        }
    }
}
