internal import VEE
internal import Values
internal import Web

/// What a rule looked at and compared with, in the words and numbers of the reader's language: rules keep them in the words of the
/// interface, so that programs can read them.
enum FindingTerms {
    /// `value 60 kWh` as a line.
    static func input(_ input: Finding.Input, _ screen: Screen) -> (name: String, value: String) {
        let name = screen.language == .german ? (names[input.name] ?? input.name) : input.name
        guard !identifiers.contains(input.name) else { return (name, input.value) }
        if let at = try? Instant(input.value) { return (name, screen.format.moment(at)) }
        if let day = Day(input.value) { return (name, screen.format.day(day)) }
        let value = screen.language == .german ? (input.value == "unknown" ? "unbekannt" : input.value) : input.value
        return (name, numbers(value, screen.format))
    }

    static func threshold(_ text: String, _ screen: Screen) -> String {
        var text = text
        if screen.language == .german {
            for (english, german) in phrases where text.contains(english) { text = text.replacing(english, with: german) }
        }
        return numbers(text, screen.format)
    }

    /// The numbers of a text in the language's spelling. What belongs to a code, a time or a date stays as it is.
    static func numbers(_ text: String, _ format: Format) -> String {
        var result = ""
        var run = ""
        var before: Character?
        func isPart(_ character: Character?) -> Bool {
            character.map { $0.isLetter || ":-*/".contains($0) } ?? false
        }
        func spelled(_ run: String, next: Character?) -> String {
            let hasEnd = run.hasSuffix(".")
            let digits = hasEnd ? String(run.dropLast()) : run
            let isNumber = digits.contains(where: \.isNumber) && !digits.hasPrefix(".") && digits.count(where: { $0 == "." }) <= 1
            guard isNumber, !isPart(before), hasEnd || !isPart(next) else { return run }
            return format.decimal(digits) + (hasEnd ? "." : "")
        }
        for character in text {
            if ("0"..."9").contains(character) || character == "." && !run.isEmpty {
                run.append(character)
                continue
            }
            if !run.isEmpty {
                result += spelled(run, next: character)
                run = ""
            }
            result.append(character)
            before = character
        }
        return run.isEmpty ? result : result + spelled(run, next: nil)
    }

    /// Inputs whose digits are names.
    private static let identifiers: Set<String> = [
        "meter", "obis", "new meter", "messageId", "message", "device", "source", "correction reason", "substitution reason", "meter alarm",
    ]

    private static let names: [String: String] = [
        "value": "Wert", "values": "Werte", "slots": "Zeitabschnitte", "obis": "OBIS", "missing": "fehlend", "meter": "Zähler",
        "difference": "Unterschied", "days": "Tage", "consumption": "Verbrauch", "capacity": "Anschlussleistung",
        "advance": "Zählerfortschritt", "reading": "Zählerstand", "now": "jetzt", "master data": "Stammdaten", "later": "späterer Stand",
        "earlier": "früherer Stand", "hours": "Stunden", "estimated": "geschätzt", "digits": "Stellen", "volume": "Volumen",
        "total": "Summe", "from": "von", "to": "bis", "third highest": "dritthöchster Wert", "suggestions": "gemeint sein könnte",
        "substitution reason": "Ersatzgrund", "correction reason": "Korrekturgrund", "steps": "Schritte", "state": "Zustand",
        "source": "Absender", "size": "Größe", "share": "Anteil", "server": "Uhr des Servers", "device": "Uhr des Geräts",
        "seconds": "Sekunden", "minutes": "Minuten", "first": "erster", "second": "zweiter", "first pass": "erster Durchlauf",
        "second pass": "zweiter Durchlauf", "flow": "Vorlauf", "return": "Rücklauf", "removed": "ausgebaut", "installed": "eingebaut",
        "received": "empfangen", "peak": "Spitze", "previous peak": "bisherige Spitze", "previous at": "bisherige Spitze am",
        "per day": "je Tag", "per day before": "je Tag zuvor", "operating volume": "Betriebsvolumen", "normal volume": "Normvolumen",
        "new meter": "neuer Zähler", "messageId": "Nachricht", "message": "Nachricht", "median": "Median", "measured": "gemessen",
        "like days": "Vergleichstage", "least flow": "kleinster Durchfluss", "last": "zuletzt", "intervals": "Intervalle",
        "greatest": "größter Wert", "final reading": "Endstand", "expected": "erwartet", "estimate": "Schätzung",
        "estimates": "Schätzungen", "energy": "Energie", "end": "Ende", "delivered": "geliefert",
        "corrected for weather": "witterungsbereinigt", "conversion factor": "Umrechnungsfaktor", "calculated": "errechnet",
        "before": "davor", "after": "danach", "at": "Zeitpunkt", "meter alarm": "Meldung des Zählers",
    ]

    /// Longer ones first, for those that hold others.
    private static let phrases: [(String, String)] = [
        ("later ≥ earlier, or factor × wrap ÷ time", "späterer Stand ≥ früherer, oder Überlauf × Faktor ÷ Zeit"),
        ("factor × wrap ÷ time", "Überlauf × Faktor ÷ Zeit"), ("of capacity", "der Anschlussleistung"), ("0 missing", "keiner fehlt"),
        ("never subtract across meters", "nie über einen Zählerwechsel hinweg abziehen"), ("no alarm", "keine Meldung"),
        ("both passes, ", "beide Durchläufe, je "), (" values each", " Werte"),
        ("one content per message number", "ein Inhalt je Nachrichtennummer"),
        (
            "two neighbours within 2 h, a like day, the week before, or a register advance",
            "zwei Nachbarwerte binnen 2 h, ein Vergleichstag, die Vorwoche oder ein Zählerfortschritt"
        ),
        ("end ≤ now + 1 interval", "Ende ≤ jetzt + 1 Zeitabschnitt"), ("at ≤ now", "Zeitpunkt ≤ jetzt"),
        ("one value per slot", "ein Wert je Zeitabschnitt"), ("for information", "zur Kenntnis"),
        ("all registers of the device", "alle Zählwerke des Geräts"), (" estimates and ", " Schätzungen und "),
        ("(highest − third highest) ÷ third highest", "(höchster − dritthöchster Wert) ÷ dritthöchster Wert"),
        ("of the previous peak", "der bisherigen Spitze"), ("|x − before| ÷ before", "|Wert − davor| ÷ davor"),
        ("|current − previous| ÷ current", "|jetzt − zuvor| ÷ jetzt"), ("what a person decided", "was eine Person entschieden hat"),
        ("reading ≥ estimate", "Zählerstand ≥ Schätzung"), ("min of a day", "kleinster Wert eines Tages"),
        (" least digit, for ", " kleinste Stelle, an "), ("a reading of that day", "ein Zählerstand dieses Tages"),
        ("|x − median|", "|Wert − Median|"), (" for > ", " länger als "), (" s fails", " s ist ein Fehler"), (" days", " Tage"),
    ]
}
