internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

/// What a finding is called: the rule's name in the reader's language; the stored explanation where the rule is not known any more.
enum FindingWords {
    static func title(_ finding: Finding, _ screen: Screen) -> String {
        guard screen.language == .english, let rule = RuleCatalog.rule(named: finding.rule) else { return explanation(finding, screen) }
        return rule.english
    }

    /// The whole sentence, with its numbers.
    static func explanation(_ finding: Finding, _ screen: Screen) -> String {
        screen.language == .english ? finding.english : finding.explanation
    }

    /// What is wrong and where, in a line; the sentence with its numbers stands below.
    static func heading(_ record: FindingRecord, _ screen: Screen) -> String {
        let rule = RuleCatalog.rule(named: record.finding.rule)
        let what = rule.map { screen($0.german, $0.english) } ?? title(record.finding, screen)
        return ([what] + [record.meter].compactMap(\.self)).joined(separator: " · ")
    }

    static func action(_ action: EditAction, _ screen: Screen) -> String {
        switch action {
        case .accept: screen("als richtig angenommen", "accepted as right")
        case .confirm: screen("Schätzung bestätigt", "estimate confirmed")
        case .estimate: screen("geschätzt", "estimated")
        case .replace: screen("ersetzt", "replaced")
        case .withdraw: screen("zurückgezogen", "withdrawn")
        case .settle: screen("ohne Änderung erledigt", "settled without a change")
        case .undo: screen("zurückgenommen", "undone")
        case .cancelDelivery: screen("Lieferung storniert", "delivery cancelled")
        }
    }

    /// Why an action left the values as they were: what it would have made of them stands there already, or there are none.
    static func nothingChanged(_ action: EditAction, _ screen: Screen) -> String {
        switch action {
        case .estimate:
            screen(
                "Kein Wert ist anders als zuvor: Wo geschätzt werden kann, steht der Ersatzwert schon.",
                "No value is other than before: where an estimate is possible, it stands there already.")
        case .accept:
            screen(
                "Kein Wert ist anders als zuvor: Was geliefert wurde, gilt schon, oder es wurde nichts geliefert.",
                "No value is other than before: what was delivered counts already, or nothing was delivered.")
        case .confirm:
            screen(
                "Kein Wert ist anders als zuvor: Dort steht keine Schätzung.", "No value is other than before: no estimate stands there.")
        case .withdraw:
            screen("Kein Wert ist anders als zuvor: Dort gilt keiner.", "No value is other than before: none counts there.")
        case .replace, .settle, .undo, .cancelDelivery: ""
        }
    }

    /// How a value came about, by its name; in English the word of the interface.
    static func method(_ word: String?, _ screen: Screen) -> String? {
        word.map { word in
            SenderCode(word: word)?.text(isMethod: true)
                ?? screen(EstimationMethod(word: word)?.german ?? word, word.replacing("-", with: " "))
        }
    }

    /// Why it is not as measured.
    static func reason(_ word: String?, _ screen: Screen) -> String? {
        word.map { word in
            SenderCode(word: word)?.text(isMethod: false)
                ?? screen(EstimationReason(word: word)?.german ?? word, word.replacing("-", with: " "))
        }
    }
}
