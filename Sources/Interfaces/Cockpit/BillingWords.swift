internal import AccessOperations
internal import BillingOperations
internal import Web

/// The words of billing's worklists: what a stable word of a reason means, and why billing would not do something.
enum BillingWords {
    /// What holds a bill, and what to do about it; the stored sentence with its numbers stands beside it.
    struct Reason: Sendable {
        let title: Phrase
        let mend: Phrase
    }

    /// Reasons that a clerk meets, in the order of the filter. A word that is not here is shown as it is.
    static let reasons: KeyValuePairs<String, Reason> = [
        "unusual-consumption": Reason(
            title: Phrase("Ungewöhnlicher Verbrauch", "Unusual consumption"),
            mend: Phrase("Zählerstände prüfen, sonst mit Grund freigeben.", "Check the readings, else release with a reason.")),
        "estimated-share": Reason(
            title: Phrase("Zu viel geschätzt", "Too much estimated"),
            mend: Phrase(
                "Ablesen lassen und neu prüfen, sonst mit Grund freigeben.", "Have it read and check again, else release with a reason.")),
        "deadline-missed": Reason(
            title: Phrase("Frist versäumt", "Deadline missed"),
            mend: Phrase(
                "Mit Grund freigeben; ein späterer Tag macht es nicht besser.", "Release with a reason; waiting makes it no better.")),
        "estimated-again": Reason(
            title: Phrase("Zweimal geschätzt", "Estimated twice"),
            mend: Phrase("Ablesen lassen, dann neu prüfen.", "Have it read, then check again.")),
        "negative-consumption": Reason(
            title: Phrase("Zähler läuft rückwärts", "Meter runs backwards"),
            mend: Phrase("Zählerstand oder Zählerwechsel berichtigen, dann neu prüfen.", "Correct reading or exchange, then check again.")),
        "huge-amount": Reason(
            title: Phrase("Sehr hoher Betrag", "Very high amount"),
            mend: Phrase(
                "Zählerstände und Tarif prüfen, sonst mit Grund freigeben.", "Check readings and tariff, else release with a reason.")),
        "no-amount": Reason(
            title: Phrase("Kein Betrag", "No amount"), mend: Phrase("Tarif und Vertrag prüfen.", "Check tariff and contract.")),
        "not-adding-up": Reason(
            title: Phrase("Rechnung geht nicht auf", "Bill does not add up"),
            mend: Phrase("Nicht freigeben; bitte der Technik melden.", "Do not release; please tell the engineers.")),
        "missing-statement": Reason(
            title: Phrase("Pflichtangabe fehlt", "Mandatory statement missing"),
            mend: Phrase("Angaben des Versorgers oder der Messstelle ergänzen.", "Complete what the supplier or the point says.")),
        "missing-reading": Reason(
            title: Phrase("Zählerstand fehlt", "Reading missing"),
            mend: Phrase("Ablesen oder schätzen, dann neu prüfen.", "Read or estimate, then check again.")),
        "usage-unusable": Reason(
            title: Phrase("Werte nicht verwendbar", "Values not usable"),
            mend: Phrase("Auffälligkeiten der Messstelle klären, dann neu prüfen.", "Settle the findings of the point, then check again.")),
        "ambiguous-registers": Reason(
            title: Phrase("Zählwerk nicht eindeutig", "Register ambiguous"),
            mend: Phrase("Zählwerke an der Messstelle berichtigen.", "Correct the registers of the point.")),
        "missing-gas-conversion": Reason(
            title: Phrase("Zustandszahl oder Brennwert fehlt", "Gas conversion missing"),
            mend: Phrase("Reihe ergänzen, dann neu prüfen.", "Complete the series, then check again.")),
        "no-tariff": Reason(
            title: Phrase("Kein gültiger Tarif", "No tariff holds"),
            mend: Phrase("Tarif veröffentlichen oder Vertrag berichtigen.", "Publish the tariff or correct the contract.")),
        "tariff-not-applicable": Reason(
            title: Phrase("Tarif passt nicht zum Vertrag", "Tariff does not fit the contract"),
            mend: Phrase("Vertrag oder Tarif berichtigen.", "Correct contract or tariff.")),
        "wrong-commodity": Reason(
            title: Phrase("Tarif einer anderen Sparte", "Tariff of another commodity"),
            mend: Phrase("Vertrag berichtigen.", "Correct the contract.")),
        "missing-attribute": Reason(
            title: Phrase("Merkmal fehlt", "Attribute missing"), mend: Phrase("Am Vertrag ergänzen.", "Complete it at the contract.")),
        "bad-attributes": Reason(
            title: Phrase("Merkmal unbrauchbar", "Attribute unusable"),
            mend: Phrase("Am Vertrag berichtigen.", "Correct it at the contract.")),
        "missing-price": Reason(
            title: Phrase("Preis fehlt", "Price missing"), mend: Phrase("Preisreihe ergänzen.", "Complete the price series.")),
        "missing-spot-price": Reason(
            title: Phrase("Börsenpreis fehlt", "Spot price missing"),
            mend: Phrase(
                "Preise einlesen, dann neu prüfen; ein Ersatzpreis gilt nie.",
                "Import the prices, then check again; there is no price in their stead.")),
        "missing-intervals": Reason(
            title: Phrase("Lastgang unvollständig", "Intervals missing"),
            mend: Phrase("Werte nachfordern oder schätzen, dann neu prüfen.", "Ask for the values or estimate, then check again.")),
        "reading-needed": Reason(
            title: Phrase("Ablesung am Stichtag nötig", "Reading at the date needed"),
            mend: Phrase("Zählerstand zum Tag des Preiswechsels erfassen.", "Record a reading of the day of the price change.")),
        "no-ledger-account": Reason(
            title: Phrase("Sachkonto fehlt", "Ledger account missing"),
            mend: Phrase("Kontenplan ergänzen.", "Complete the chart of accounts.")),
        "billed-beyond-end": Reason(
            title: Phrase("Über das Ende hinaus abgerechnet", "Billed beyond the end"),
            mend: Phrase("Berichtigung freigeben oder stornieren.", "Release the correction or cancel.")),
        "unknown-deduction-meter": Reason(
            title: Phrase("Abzugszähler unbekannt", "Deduction meter unknown"),
            mend: Phrase("Zähler anlegen oder Vertrag berichtigen.", "Add the meter or correct the contract.")),
        "unknown-commodity": Reason(
            title: Phrase("Sparte unbekannt", "Commodity unknown"), mend: Phrase("Messstelle berichtigen.", "Correct the metering point.")),
        "partly-billed": Reason(
            title: Phrase("Teilweise abgerechnet", "Partly billed"),
            mend: Phrase("Rechnung stornieren, dann neu prüfen.", "Cancel the bill, then check again.")),
        "already-billed": Reason(
            title: Phrase("Schon abgerechnet", "Billed already"),
            mend: Phrase(
                "Rechnung stornieren und neu abrechnen, wenn die Bedingungen falsch waren.",
                "Cancel and bill again if the terms were wrong.")),
        "on-hold": Reason(
            title: Phrase("Gesperrt", "On hold"), mend: Phrase("Sperre aufheben, dann neu prüfen.", "Lift the hold, then check again.")),
        "readings-in-motion": Reason(
            title: Phrase("Messwerte in Bewegung", "Readings in motion"),
            mend: Phrase("Später neu prüfen lassen.", "Have it checked again later.")),
        "bill-incomplete": Reason(
            title: Phrase("Wartet auf einen anderen Vertrag", "Waits for another contract"),
            mend: Phrase("Erst den anderen Vertrag klären.", "Settle the other contract first.")),
    ]

    static func reason(_ code: String) -> Reason? { reasons.first { $0.key == code }?.value }

    static func title(_ code: String, _ screen: Screen) -> String { reason(code).map { screen($0.title) } ?? code }

    /// A reason as a cell: the word, what to do, and the stored sentence. That sentence is German; in the English page it says so to
    /// a screen reader.
    /// - Parameter isNotice: it held nothing, so there is nothing to do about it.
    static func cell(_ reason: HeldReason, _ screen: Screen, isNotice: Bool = false) -> HTML {
        let known = isNotice ? nil : BillingWords.reason(reason.code)
        let mend: HTML = known.map { "<br><small>\(screen($0.mend))</small>" } ?? .nothing
        return "\(Parts.chip(title(reason.code, screen), .warn)) <span lang=\"de\">\(reason.text)</span>\(mend)"
    }

    static func refusal(_ refusal: BillingRefusal, _ screen: Screen) -> String {
        guard screen.language == .german else { return refusal.explanation }
        return switch refusal {
        case .noReason: "Sagen Sie mit einem Satz, warum; der Grund bleibt beim Beleg."
        case .alreadyOnHold(let what): "\(what) ist schon gesperrt."
        case .notOnHold(let what): "\(what) ist nicht gesperrt."
        case .unknownContract(let number): "Den Vertrag \(number) gibt es nicht."
        case .notReleasable: "Das lässt sich nicht freigeben: erst beheben, was fehlt, dann neu prüfen."
        case .notProposed: "Darüber ist schon entschieden, oder es hat sich etwas geändert. Bitte neu suchen."
        case .onHold(let reason): "Vertrag oder Konto ist gesperrt. Erst die Sperre aufheben. \(reason)"
        case .secondPerson(let author): "\(author) ist die erste von zwei Personen; freigeben muss eine andere."
        case .approvedOtherwise(let person, let method):
            "\(person) hat als erste von zwei Personen anders freigegeben (\(method == "rebill" ? "stornieren und neu ausstellen" : "über den Unterschied")). Bitte ebenso freigeben, oder \(person) ändert den eigenen Weg."
        case .unknownInstalment(let number): "Unter der Nummer \(number) ist kein Abschlag angefordert."
        case .noPlan(let contract): "Der Vertrag \(contract) hat keinen Abschlagsplan."
        case .nothingToPlan(let contract):
            "Der Vertrag \(contract) hat noch keine Rechnung (dann den Betrag eines Jahres nennen), kostet weniger als einen Euro je Abschlag, oder endet vor dem ersten."
        case .isCorrected(let number, let by): "Die Rechnung \(number) ist durch \(by) berichtigt; erst diese zurücknehmen."
        case .alreadyCancelled(let number, let by): "Die Rechnung \(number) ist schon durch \(by) zurückgenommen."
        case .damaged(let number): "Die Rechnung \(number) lässt sich nicht nachrechnen; bitte der Technik melden."
        default: refusal.explanation
        }
    }
}

/// The pages of the billing section, at the head of each of them.
enum BillingSection {
    static func links(_ screen: Screen, here: String = "") -> HTML {
        var pages: [(path: String, word: String)] = []
        if screen.may(.readBillingRuns) {
            pages.append(("/billing-runs", screen("Läufe", "Runs")))
            pages.append(("/bill-checks", screen("Prüfgrenzen", "Checks")))
        }
        if screen.may(.readInvoices) {
            pages.append(("/held-bills", screen("Angehaltene Rechnungen", "Held bills")))
            pages.append(("/corrections", screen("Berichtigungen", "Corrections")))
            pages.append(("/instalments", screen("Abschläge", "Instalments")))
        }
        let links = pages.filter { $0.path != here }.map { "<a class=\"button\" href=\"\(raw: $0.path)\">\($0.word)</a>" as HTML }
        return "<div class=\"verbs\">\(links)</div>"
    }
}
