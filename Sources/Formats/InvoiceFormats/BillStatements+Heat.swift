internal import Billing
internal import Tariffs
internal import Values

/// What FFVAV § 5 wants on a bill of heat, and the contacts that it shares with § 40(2) No. 11 EnWG.
extension BillStatements {
    var heat: BillPage.Statement {
        let web = invoice.draft.supplier.website
        let own = mix(.heat)
        let source =
            own.isEmpty
            ? (
                "Angaben zu Energieträgern, Emissionen, Primärenergiefaktor und Vergleichskunden nach § 5 FFVAV finden Sie auf \(web).",
                "Energy carriers, emissions, primary energy factor and comparable customers (§ 5 FFVAV) are published at \(web)."
            )
            : (
                "Vergleichskunden und mehr dazu (§ 5 FFVAV): \(web).", "Comparable customers and more on it (§ 5 FFVAV): \(web)."
            )
        return statement(("Fernwärme", "District heat"), own + [source])
    }

    /// FFVAV § 5: which taxes and levies are collected; amounts stand where they are computed.
    var heatTaxes: BillPage.Statement {
        var labels: [String] = []
        for own in contracts where own.commodity == .heat {
            for label in own.breakdown.map({ words.say($0.label) }) where !labels.contains(label) { labels.append(label) }
        }
        var paragraphs = [
            (
                "Auf die Lieferung von Wärme wird Umsatzsteuer erhoben; Satz und Betrag stehen bei der Summe.",
                "VAT is collected on the supply of heat; rate and amount stand with the sum."
            ),
            (
                "Was auf die eingesetzten Brennstoffe an Energiesteuer und für CO₂ (BEHG) anfällt, zahlen wir; es ist in den Preisen enthalten, soweit es keine eigene Position ist. Zölle werden nicht erhoben.",
                "What falls due on the fuels as energy tax and for CO₂ (BEHG) is paid by us and contained in the prices, unless it is an item of its own. No customs duties are collected."
            ),
        ]
        if !labels.isEmpty {
            let list = labels.joined(separator: ", ")
            paragraphs.append(
                ("Einzeln ausgewiesen unter den Bestandteilen der Preise: \(list).", "Shown among the components of the prices: \(list)."))
        }
        return statement(("Steuern und Abgaben auf Wärme (§ 5 FFVAV)", "Taxes and levies on heat (§ 5 FFVAV)"), paragraphs)
    }

    /// § 40(2) No. 11 EnWG; FFVAV § 5 names consumer organisations and energy agencies, and what one can learn there.
    func advice(alsoForHeat: Bool) -> BillPage.Statement {
        var paragraphs = [
            (
                "Hinweise zu Energieeffizienz und Anbietern von Energieberatung: www.bfee-online.de und www.verbraucherzentrale-energieberatung.de.",
                "On efficiency and energy advice: www.bfee-online.de and www.verbraucherzentrale-energieberatung.de."
            )
        ]
        if alsoForHeat {
            paragraphs.append(
                (
                    "Über Maßnahmen zur Energieeffizienz, Vergleichsprofile von Endkunden und technische Angaben zu Geräten (§ 5 FFVAV) informieren auch: Verbraucherzentrale Bundesverband e. V., Rudi-Dutschke-Straße 17, 10969 Berlin, www.vzbv.de; Deutsche Energie-Agentur GmbH, Chausseestraße 128 a, 10115 Berlin, www.dena.de.",
                    "On measures of efficiency, profiles of comparable customers and technical data of appliances (§ 5 FFVAV) you can also ask: Verbraucherzentrale Bundesverband e. V., Rudi-Dutschke-Straße 17, 10969 Berlin, www.vzbv.de; Deutsche Energie-Agentur GmbH, Chausseestraße 128 a, 10115 Berlin, www.dena.de."
                ))
        }
        return statement(("Energieberatung", "Energy advice"), paragraphs)
    }
}
