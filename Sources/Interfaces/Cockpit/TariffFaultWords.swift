internal import TariffFiles
internal import Web

/// What is wrong with a tariff file, in German. Files, keys and the shell speak English; who edits a draft in the cockpit need not.
///
/// A sentence that is not here yet stays English, which is better than a guess.
enum TariffFaultWords {
    static func message(_ error: TariffFileError, _ screen: Screen) -> String { words(error.message, screen) }
    static func mend(_ error: TariffFileError, _ screen: Screen) -> String { words(error.mend, screen) }
    static func sentence(_ error: TariffFileError, _ screen: Screen) -> String {
        let place = error.key.isEmpty ? "" : "\(error.key): "
        return "\(place)\(message(error, screen)). \(mend(error, screen))"
    }

    private static func words(_ text: String, _ screen: Screen) -> String {
        guard screen.language == .german else { return text }
        for (english, german) in known {
            if let found = parts(of: text, in: english) { return filled(german, found) }
        }
        return text
    }

    /// What stands at the stars of a pattern; nil if the text is another.
    static func parts(of text: String, in pattern: String) -> [Substring]? {
        let fixed = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard let first = fixed.first, text.hasPrefix(first) else { return nil }
        var rest = text.dropFirst(first.count)
        var found: [Substring] = []
        for (place, next) in fixed.enumerated().dropFirst() {
            if place == fixed.count - 1 {
                guard rest.hasSuffix(next) else { return nil }
                found.append(rest.dropLast(next.count))
                return found
            }
            guard let range = rest.firstRange(of: next) else { return nil }
            found.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return rest.isEmpty ? [] : nil
    }

    private static func filled(_ german: String, _ parts: [Substring]) -> String {
        var text = ""
        for (place, piece) in german.split(separator: "*", omittingEmptySubsequences: false).enumerated() {
            if place > 0, parts.indices.contains(place - 1) { text += parts[place - 1] }
            text += piece
        }
        return text
    }

    /// English with stars, German with the same stars in the same order.
    private static let known: KeyValuePairs<String, String> = [
        "expected nothing, computed *": "erwartet ist nichts, gerechnet *",
        "expected *, computed nothing": "erwartet sind *, gerechnet nichts",
        "expected *, computed *": "erwartet sind *, gerechnet *",
        "Compute it by hand and mend the price or the example.": "Bitte von Hand nachrechnen und den Preis oder das Beispiel berichtigen.",
        "cannot be computed: *": "lässt sich nicht rechnen: *",
        "Give the attributes and series it needs.": "Bitte die Merkmale und Reihen angeben, die es braucht.",
        "expected a text": "hier steht kein Text",
        "Write one value here, not a list or a table.": "Bitte einen Wert schreiben, keine Liste und keine Tabelle.",
        "empty value": "der Wert fehlt",
        "Give it a value or leave the key out.": "Bitte einen Wert angeben oder den Schlüssel weglassen.",
        "expected a number in quotes": "hier steht keine Zahl in Anführungszeichen",
        "the number * is not in quotes": "die Zahl * steht nicht in Anführungszeichen",
        "expected a table of keys and values": "hier steht keine Tabelle aus Schlüsseln und Werten",
        "expected a list": "hier steht keine Liste",
        "a key must be a word": "ein Schlüssel muss ein Wort sein",
        "the key occurs twice": "der Schlüssel steht zweimal da",
        "Keep one of them.": "Bitte nur einen behalten.",
        "unknown key": "den Schlüssel gibt es nicht",
        "Known here are: *.": "Hier gibt es: *.",
        "the key `*` is missing": "der Schlüssel `*` fehlt",
        "Add `*: …`.": "Bitte `*: …` ergänzen.",
        "the file * says it is *": "die Datei * sagt von sich, sie sei *",
        "Move it to *, or mend commodity, id or version.": "Bitte nach * verschieben, oder commodity, id oder version berichtigen.",
        "* is no known word": "das Wort * gibt es hier nicht",
        "Write one of: *.": "Möglich sind: *.",
        "* is beyond all measure": "* ist jenseits jedes Maßes",
        "Check its unit.": "Bitte die Einheit prüfen.",
        "this type is priced in *": "dieser Typ hat seinen Preis in *",
        "only `*` is known": "es gibt hier nur `*`",
        "a tariff charges for something": "der Tarif hat keinen Bestandteil",
        "Add a component.": "Bitte einen Bestandteil ergänzen.",
        "no example": "es fehlt ein Beispiel",
        "Add one that was computed by hand.": "Bitte eines ergänzen, das von Hand gerechnet ist.",
        "an example has an end": "ein Beispiel hat ein Ende",
        "the id * occurs twice": "die Kennung * steht zweimal da",
        "Give each its own id.": "Bitte jedem eine eigene Kennung geben.",
        "* is of *, which does not stand before it": "* bezieht sich auf *, das nicht davor steht",
        "Put it behind what it is of.": "Bitte dahinter stellen.",
        "* and * are taxed differently": "* und * sind verschieden besteuert",
        "Give both the same `vat`.": "Bitte beiden dieselbe `vat` geben.",
        "the limits do not ascend": "die Grenzen steigen nicht",
        "the last step has a limit": "die letzte Stufe hat eine Grenze",
        "the base is nothing": "die Basis ist null",
        "the cap lies below the floor": "die Obergrenze liegt unter der Untergrenze",
        "max lies below min": "max liegt unter min",
        "Exchange them.": "Bitte vertauschen.",
        "the range is empty": "der Bereich ist leer",
        "the window is empty": "das Fenster ist leer",
        "the list is empty": "die Liste ist leer",
        "no window": "es fehlt ein Fenster",
        "windows * and * hold at the same time": "die Fenster * und * gelten zur selben Zeit",
        "Let each hour have one zone.": "Bitte jeder Stunde nur eine Zone geben.",
        "there is no series *": "die Reihe * gibt es nicht",
        "Add it to *.": "Bitte in * ergänzen.",
        "there are no spot prices *": "Börsenpreise * gibt es nicht",
        "the version says it follows *, and before it lies *": "die Version sagt, sie folge auf *, davor liegt aber *",
        "two versions begin on *": "zwei Versionen beginnen am *",
        "a correction is a revision": "eine Berichtigung ist eine Revision",
        "a correction has the first day of what it corrects": "eine Berichtigung beginnt am selben Tag wie das Berichtigte",
        "this version was published in the meantime": "diese Version wurde inzwischen veröffentlicht",
        "Drop the draft, and begin another first day.": "Bitte den Entwurf verwerfen und an einem anderen Tag beginnen.",
        "the file is not UTF-8": "die Datei ist nicht in UTF-8",
        "Save it as UTF-8.": "Bitte als UTF-8 speichern.",
        "the file is empty": "die Datei ist leer",
        "anchors, aliases and tags are not allowed": "Anker, Verweise und Typangaben sind nicht erlaubt",
        "Write the value out.": "Bitte den Wert ausschreiben.",
        "the file cannot be read as YAML": "die Datei ist kein YAML",
        "Check the indentation.": "Bitte die Einrückung prüfen.",
        "the file has no such value": "diesen Wert gibt es in der Datei nicht",
        "Edit its text.": "Bitte den Text der Datei bearbeiten.",
        "“*” is no number or day": "„*“ ist keine Zahl und kein Tag",
        "Write a plain decimal with a point, like 31.20, or a day, like 2027-01-01.":
            "Bitte eine Zahl wie 31,20 oder einen Tag wie 2027-01-01 schreiben.",
        "Write a plain decimal with a point, like *.": "Bitte eine Zahl mit Punkt schreiben, wie *.",
        "Write it like *.": "Bitte so schreiben: *.",
        "Leave `*` out.": "Bitte `*` weglassen.",
        "Write *.": "Bitte * schreiben.",
        "* is no *": "* passt hier nicht (erwartet: *)",
    ]
}
