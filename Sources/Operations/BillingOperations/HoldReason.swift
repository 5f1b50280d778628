public import Tariffs

/// What holds a bill, and what to do about it, in both languages. The code is what is stored and handed out; the stored sentence with its
/// numbers stands beside it.
public struct HoldReason: Hashable, Sendable {
    public let title: Label
    public let mend: Label

    /// What a code means; nil for one that is not here.
    public static func of(_ code: String) -> HoldReason? { all.first { $0.key == code }?.value }

    /// Whether something is to be done about a code although it holds nothing.
    public static func isTask(_ code: String) -> Bool { code == UnbilledDays.code }

    /// In the order in which a clerk chooses among them.
    public static let all: KeyValuePairs<String, HoldReason> = [
        "unusual-consumption": HoldReason(
            title: Label(de: "Ungewöhnlicher Verbrauch", en: "Unusual consumption"),
            mend: Label(de: "Zählerstände prüfen, sonst mit Grund freigeben.", en: "Check the readings, else release with a reason.")),
        "estimated-share": HoldReason(
            title: Label(de: "Zu viel geschätzt", en: "Too much estimated"),
            mend: Label(
                de: "Ablesen lassen und neu prüfen, sonst mit Grund freigeben.",
                en: "Have it read and check again, else release with a reason.")),
        "deadline-missed": HoldReason(
            title: Label(de: "Frist versäumt", en: "Deadline missed"),
            mend: Label(
                de: "Mit Grund freigeben; ein späterer Tag macht es nicht besser.", en: "Release with a reason; waiting makes it no better."
            )),
        "unknown-deduction-meter": HoldReason(
            title: Label(de: "Abzugszähler unbekannt", en: "Deduction meter unknown"),
            mend: Label(de: "Zähler anlegen oder Vertrag berichtigen.", en: "Add the meter or correct the contract.")),
        "estimated-again": HoldReason(
            title: Label(de: "Zweimal geschätzt", en: "Estimated twice"),
            mend: Label(de: "Ablesen lassen, dann neu prüfen.", en: "Have it read, then check again.")),
        FindCorrections.OtherAccount.code: HoldReason(
            title: Label(de: "Anderes Vertragskonto", en: "Another account"),
            mend: Label(
                de: "Rechnung stornieren; der nächste Lauf trennt die Konten.", en: "Cancel the bill; the next run parts the accounts.")
        ),
        StrandedInstalments.code: HoldReason(
            title: Label(de: "Abschläge nach dem Ende", en: "Instalments after the end"),
            mend: Label(
                de: "Letzte Rechnung stornieren und als Schlussrechnung neu abrechnen.",
                en: "Cancel the last bill and bill it anew as the final one.")),
        "contradicting-registers": HoldReason(
            title: Label(de: "Zählwerke widersprechen sich", en: "Registers contradict each other"),
            mend: Label(
                de: "Auffälligkeit der Messstelle klären, dann neu prüfen, sonst mit Grund freigeben.",
                en: "Settle the finding of the point, then check again, else release with a reason.")),
        "negative-consumption": HoldReason(
            title: Label(de: "Zähler läuft rückwärts", en: "Meter runs backwards"),
            mend: Label(
                de: "Zählerstand oder Zählerwechsel berichtigen, dann neu prüfen.", en: "Correct reading or exchange, then check again.")),
        "huge-amount": HoldReason(
            title: Label(de: "Sehr hoher Betrag", en: "Very high amount"),
            mend: Label(
                de: "Zählerstände und Tarif prüfen, sonst mit Grund freigeben.",
                en: "Check readings and tariff, else release with a reason.")),
        "no-amount": HoldReason(
            title: Label(de: "Kein Betrag", en: "No amount"), mend: Label(de: "Tarif und Vertrag prüfen.", en: "Check tariff and contract.")
        ),
        "not-adding-up": HoldReason(
            title: Label(de: "Rechnung geht nicht auf", en: "Bill does not add up"),
            mend: Label(de: "Nicht freigeben; bitte der Technik melden.", en: "Do not release; please tell the engineers.")),
        "missing-statement": HoldReason(
            title: Label(de: "Pflichtangabe fehlt", en: "Mandatory statement missing"),
            mend: Label(
                de: "Angaben des Versorgers, des Vertrags oder der Messstelle ergänzen.",
                en: "Complete what supplier, contract or metering point says.")),
        "missing-reading": HoldReason(
            title: Label(de: "Zählerstand fehlt", en: "Reading missing"),
            mend: Label(de: "Ablesen oder schätzen, dann neu prüfen.", en: "Read or estimate, then check again.")),
        "usage-unusable": HoldReason(
            title: Label(de: "Werte nicht verwendbar", en: "Values not usable"),
            mend: Label(
                de: "Auffälligkeiten der Messstelle klären, dann neu prüfen.", en: "Settle the findings of the point, then check again.")),
        "ambiguous-registers": HoldReason(
            title: Label(de: "Zählwerk nicht eindeutig", en: "Register ambiguous"),
            mend: Label(de: "Zählwerke an der Messstelle berichtigen.", en: "Correct the registers of the point.")),
        "missing-gas-conversion": HoldReason(
            title: Label(de: "Zustandszahl oder Brennwert fehlt", en: "Gas conversion missing"),
            mend: Label(de: "Reihe ergänzen, dann neu prüfen.", en: "Complete the series, then check again.")),
        "no-tariff": HoldReason(
            title: Label(de: "Kein gültiger Tarif", en: "No tariff holds"),
            mend: Label(de: "Tarif veröffentlichen oder Vertrag berichtigen.", en: "Publish the tariff or correct the contract.")),
        "tariff-not-applicable": HoldReason(
            title: Label(de: "Tarif passt nicht zum Vertrag", en: "Tariff does not fit the contract"),
            mend: Label(de: "Vertrag oder Tarif berichtigen.", en: "Correct contract or tariff.")),
        "wrong-commodity": HoldReason(
            title: Label(de: "Tarif einer anderen Sparte", en: "Tariff of another commodity"),
            mend: Label(de: "Vertrag berichtigen.", en: "Correct the contract.")),
        "missing-attribute": HoldReason(
            title: Label(de: "Merkmal fehlt", en: "Attribute missing"),
            mend: Label(de: "Am Vertrag ergänzen.", en: "Complete it at the contract.")),
        "bad-attributes": HoldReason(
            title: Label(de: "Merkmal unbrauchbar", en: "Attribute unusable"),
            mend: Label(de: "Am Vertrag berichtigen.", en: "Correct it at the contract.")),
        "missing-price": HoldReason(
            title: Label(de: "Preis fehlt", en: "Price missing"), mend: Label(de: "Preisreihe ergänzen.", en: "Complete the price series.")),
        "partly-billed": HoldReason(
            title: Label(de: "Teilweise abgerechnet", en: "Partly billed"),
            mend: Label(de: "Rechnung stornieren, dann neu prüfen.", en: "Cancel the bill, then check again.")),
        "earlier-days-open": HoldReason(
            title: Label(de: "Frühere Tage noch nicht abgerechnet", en: "Earlier days not billed yet"),
            mend: Label(
                de: "Zuerst die früheren Tage abrechnen, dann neu prüfen.", en: "Bill the earlier days first, then check again.")),
        UnbilledDays.code: HoldReason(
            title: Label(de: "Tage davor ohne Rechnung", en: "Days before it without a bill"),
            mend: Label(
                de: "Diese Tage abrechnen; hat sie ein anderes System abgerechnet, ist nichts zu tun.",
                en: "Bill these days; where another system has billed them nothing is to be done.")),
        "already-billed": HoldReason(
            title: Label(de: "Schon abgerechnet", en: "Billed already"),
            mend: Label(
                de: "Rechnung stornieren und neu abrechnen, wenn die Bedingungen falsch waren.",
                en: "Cancel and bill again if the terms were wrong.")),
        "on-hold": HoldReason(
            title: Label(de: "Gesperrt", en: "On hold"),
            mend: Label(de: "Sperre aufheben, dann neu prüfen.", en: "Lift the hold, then check again.")),
        "readings-in-motion": HoldReason(
            title: Label(de: "Messwerte in Bewegung", en: "Readings in motion"),
            mend: Label(de: "Später neu prüfen lassen.", en: "Have it checked again later.")),
        "bill-incomplete": HoldReason(
            title: Label(de: "Wartet auf einen anderen Vertrag", en: "Waits for another contract"),
            mend: Label(de: "Erst den anderen Vertrag klären.", en: "Settle the other contract first.")),
        "missing-spot-price": HoldReason(
            title: Label(de: "Börsenpreis fehlt", en: "Spot price missing"),
            mend: Label(de: "Preise der Börse einlesen, dann neu prüfen.", en: "Import the spot prices, then check again.")),
        "missing-intervals": HoldReason(
            title: Label(de: "Lastgang fehlt", en: "Interval values missing"),
            mend: Label(
                de: "Viertelstundenwerte nachliefern oder ersetzen, dann neu prüfen.",
                en: "Deliver or substitute the interval values, then check again.")),
        "missing-series": HoldReason(
            title: Label(de: "Preisreihe fehlt", en: "Price series missing"),
            mend: Label(de: "Preisreihe veröffentlichen.", en: "Publish the price series.")),
        "missing-tax-rate": HoldReason(
            title: Label(de: "Steuersatz fehlt", en: "Tax rate missing"),
            mend: Label(de: "Steuersätze ergänzen.", en: "Complete the tax rates.")),
        "bad-attribute": HoldReason(
            title: Label(de: "Merkmal passt nicht zum Preis", en: "Attribute does not fit the price"),
            mend: Label(de: "Am Vertrag berichtigen.", en: "Correct it at the contract.")),
        "no-step": HoldReason(
            title: Label(de: "Keine passende Preisstufe", en: "No step of the price fits"),
            mend: Label(de: "Tarif oder Merkmal berichtigen.", en: "Correct the tariff or the attribute.")),
        "bad-formula": HoldReason(
            title: Label(de: "Preisformel nicht auswertbar", en: "Price formula cannot be computed"),
            mend: Label(de: "Formel oder Indizes berichtigen.", en: "Correct the formula or its indices.")),
        "usage-not-cut": HoldReason(
            title: Label(de: "Verbrauch nicht abgegrenzt", en: "Usage not divided"),
            mend: Label(
                de: "Später neu prüfen lassen; bleibt es, der Technik melden.", en: "Check again later; if it stays, tell the engineers.")),
        "seam-differs": HoldReason(
            title: Label(de: "Teile der Rechnung schließen nicht aneinander an", en: "Parts of the bill do not meet"),
            mend: Label(
                de: "Zum Tag des Wechsels ablesen oder schätzen, dann neu prüfen.",
                en: "Read or estimate at the day of the change, then check again.")),
        "whole-bill-divided": HoldReason(
            title: Label(
                de: "Tarifwechsel bei Preisen, die für die ganze Rechnung gelten", en: "Prices of the whole bill, and a change of tariff"),
            mend: Label(
                de:
                    "Leistung, Mindestbetrag, Bonus und Staffeln über den ganzen Zeitraum nachrechnen, dann mit Grund freigeben oder die Verträge trennen.",
                en: "Work out load, minimum, bonus and steps over the whole period, then release with a reason or part the contracts.")),
        "reading-needed": HoldReason(
            title: Label(de: "Ablesung zum Preiswechsel nötig", en: "Reading needed at the change of price"),
            mend: Label(de: "Zum Tag des Preiswechsels ablesen oder schätzen.", en: "Read or estimate at the day of the change.")),
        "unknown-earlier-usage": HoldReason(
            title: Label(de: "Früherer Verbrauch unbekannt", en: "Earlier usage unknown"),
            mend: Label(de: "Früheren Zeitraum zuerst abrechnen.", en: "Bill the earlier period first.")),
        "overflow": HoldReason(
            title: Label(de: "Zahl zu groß", en: "Number too large"),
            mend: Label(de: "Zählerstände und Merkmale prüfen.", en: "Check readings and attributes.")),
        "no-ledger-account": HoldReason(
            title: Label(de: "Konto im Kontenplan fehlt", en: "Ledger account missing"),
            mend: Label(de: "Konto für den Steuersatz anlegen.", en: "Open an account for the tax rate.")),
        "billed-beyond-end": HoldReason(
            title: Label(de: "Über das Vertragsende abgerechnet", en: "Billed beyond the contract's end"),
            mend: Label(de: "Berichtigung suchen und freigeben.", en: "Find and release the correction.")),
        "unknown-commodity": HoldReason(
            title: Label(de: "Sparte unbekannt", en: "Commodity unknown"),
            mend: Label(de: "Messstelle berichtigen.", en: "Correct the metering point.")),
        "not-due": HoldReason(
            title: Label(de: "Nichts abzurechnen", en: "Nothing to bill"),
            mend: Label(de: "Es ist nichts zu tun.", en: "Nothing is to be done.")),
        "no-bill-yet": HoldReason(
            title: Label(de: "Noch keine Rechnung", en: "No bill yet"),
            mend: Label(de: "Erst abrechnen, dann vergleichen.", en: "Bill first, then compare.")),
        "bill-damaged": HoldReason(
            title: Label(de: "Frühere Rechnung nicht nachrechenbar", en: "Earlier bill cannot be computed again"),
            mend: Label(de: "Bitte der Technik melden.", en: "Please tell the engineers.")),
        "invoice-damaged": HoldReason(
            title: Label(de: "Rechnung nicht nachrechenbar", en: "Bill cannot be computed again"),
            mend: Label(de: "Bitte der Technik melden.", en: "Please tell the engineers.")),
        "time-limit": HoldReason(
            title: Label(de: "Frist für Berichtigungen abgelaufen", en: "Too late to correct"),
            mend: Label(de: "Eine Berichtigung ist nicht mehr zulässig.", en: "The law allows no correction any longer.")),
        FindCorrections.OtherTerms.code: HoldReason(
            title: Label(de: "Kein abgerechneter Tag gehört mehr zum Vertrag", en: "No billed day is the contract's any more"),
            mend: Label(de: "Rechnung stornieren.", en: "Cancel the bill.")),
    ]
}
