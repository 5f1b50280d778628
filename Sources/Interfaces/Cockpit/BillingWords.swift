internal import AccessOperations
internal import BillingOperations
internal import Tariffs
internal import Values
internal import Web

/// The words of billing's worklists: what a stable word of a reason means, and why billing would not do something.
enum BillingWords {
    static func title(_ code: String, _ screen: Screen) -> String {
        HoldReason.of(code).map { screen($0.title.de, $0.title.en) } ?? code
    }

    /// A reason as a cell: the word, what to do, and the stored sentence. That sentence is German: in English it is there on demand.
    /// - Parameter isNotice: it held nothing, so there is nothing to do about it, but for what `HoldReason` knows as a task.
    static func cell(_ reason: HeldReason, _ screen: Screen, isNotice: Bool = false) -> HTML {
        let chip = Parts.chip(title(reason.code, screen), .warn)
        // The German sentence says itself what is left to do.
        if isNotice && (screen.language == .german || !HoldReason.isTask(reason.code)) {
            return "\(chip) <span lang=\"de\">\(reason.text)</span>"
        }
        return "\(chip) \(told(reason.code, reason.text, screen))"
    }

    /// What to do about a code, and the stored sentence about it.
    static func told(_ code: String, _ sentence: String, _ screen: Screen) -> HTML {
        let known = HoldReason.of(code)
        if screen.language == .german {
            let mend: HTML = known.map { "<br><small>\($0.mend.de)</small>" } ?? .nothing
            return "\(sentence)\(mend)"
        }
        guard let known else { return "<span lang=\"de\">\(sentence)</span>" }
        return "\(known.mend.en)<details><summary>Details in German</summary><span lang=\"de\">\(sentence)</span></details>"
    }

    static func refusal(_ refusal: BillingRefusal, _ screen: Screen) -> String {
        guard screen.language == .german else { return refusal.explanation }
        return switch refusal {
        case .noReason: "Sagen Sie mit einem Satz, warum; der Grund bleibt beim Beleg."
        case .dayOutOfRange: "Das ist kein Tag der Jahre 1900 bis 2199."
        case .firstInstalmentOutside(let contract, let days):
            "Der erste Abschlag des Vertrags \(contract) kann ab dem \(screen.format.day(days.from)) fällig werden: Davor wird nicht geliefert, oder es ist abgerechnet; und höchstens zwei Jahre voraus."
        case .alreadyOnHold(let what): "\(what) ist schon gesperrt."
        case .notOnHold(let what): "\(what) ist nicht gesperrt."
        case .unknownContract(let number): "Den Vertrag \(number) gibt es nicht."
        case .notReleasable: "Das lässt sich nicht freigeben: erst beheben, was fehlt, dann neu prüfen."
        case .notProposed: "Darüber ist schon entschieden, oder es hat sich etwas geändert. Bitte neu suchen."
        case .outdatedCorrection:
            "Seit diesem Vorschlag ist zu der Rechnung etwas hinzugekommen. Nichts ist freigegeben; was jetzt richtig ist, steht als neuer Vorschlag unter Berichtigungen, wenn ein Unterschied bleibt."
        case .onHold(let reason): "Vertrag oder Konto ist gesperrt. Erst die Sperre aufheben. \(reason)"
        case .secondPerson(let author): "\(author) ist die erste von zwei Personen; freigeben muss eine andere."
        case .approvedOtherwise(let person, let method):
            "\(person) hat als erste von zwei Personen anders freigegeben (\(method == "rebill" ? "stornieren und neu ausstellen" : "über den Unterschied")). Bitte ebenso freigeben, oder \(person) ändert den eigenen Weg."
        case .unknownInstalment(let number): "Unter der Nummer \(number) ist kein Abschlag angefordert."
        case .noPlan(let contract): "Der Vertrag \(contract) hat keinen Abschlagsplan."
        case .nothingToPlan(let contract):
            "Der Vertrag \(contract) hat noch keine Rechnung (dann den Betrag eines Jahres nennen), kostet weniger als einen Euro je Abschlag, oder endet vor dem ersten."
        case .isCorrected(let number, let by): "Die Rechnung \(number) ist durch \(by) berichtigt. Erst \(by) stornieren, dann diese."
        case .isCancellation(let number): "\(number) ist selbst ein Storno. Bitte neu abrechnen."
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
