internal import MasterDataFormat
internal import Metering
internal import MeteringOperations
internal import Values
internal import Web

/// What happens to meters, in the reader's words: events, their details, and why something cannot have happened as it was told.
enum DeviceWords {
    static func kind(_ kind: DeviceEvent.Kind) -> Phrase {
        switch kind {
        case .installation: Phrase("Einbau", "Installation")
        case .exchange: Phrase("Gerätewechsel", "Exchange")
        case .removal: Phrase("Ausbau", "Removal")
        case .relocation: Phrase("Umbau an eine andere Messstelle", "Relocation to another metering point")
        case .factor: Phrase("Wechsel des Wandlerfaktors", "Change of the factor")
        case .reset: Phrase("Rücksetzung eines Zählwerks", "Register reset")
        case .customerReading: Phrase("Ablesung durch den Kunden", "Reading by the customer")
        }
    }

    /// `neuer Zähler: 1ESY…`, `1-0:1.8.0: 7.210,5 kWh (geschätzt)`.
    static func detail(_ input: Finding.Input, _ screen: Screen) -> HTML {
        let serials = ["new meter": Phrase("neuer Zähler", "new meter"), "to": Phrase("nach", "to"), "from": Phrase("von", "from")]
        // Numbers of meters and points are no quantities, even where they are all digits.
        if let word = serials[input.name] { return "<li>\(screen(word)): \(input.value)</li>" }
        var name = input.name
        if name == "after" { name = screen("danach", "after") }
        if name.hasPrefix("factor ") { name = screen("Faktor", "factor") + name.dropFirst("factor".count) }
        var words = input.value.split(separator: " ").map { screen.format.decimal(String($0)) }
        if words.last == "(estimated)" { words[words.count - 1] = screen("(geschätzt)", "(estimated)") }
        return "<li>\(name): \(words.joined(separator: Format.blank))</li>"
    }

    /// The field of the form that has to change.
    static func field(_ refusal: DeviceRefusal, _ kind: DeviceEvent.Kind) -> String {
        switch refusal {
        case .unknownPoint, .differentCommodity: kind == .relocation ? "to" : "day"
        case .badFactor: "factor"
        case .unknownRegister(_, let obis): kind == .factor || kind == .reset ? "obis" : "reading-\(obis)"
        case .missingReading(_, let obis), .impossibleReading(let obis, _), .implausible(let obis, _):
            kind == .reset ? "before" : kind == .exchange ? "final-\(obis)" : "reading-\(obis)"
        case .missingAuthor, .unknownMeter, .notInstalled, .valuesBehind, .alreadyReset, .conflict: "day"
        }
    }

    static func sentence(_ refusal: DeviceRefusal, _ screen: Screen) -> String {
        guard screen.language == .german else {
            if case .implausible(let obis, let expected) = refusal {
                return "\(obis): expected was \(expected). Compare the digits with the meter; tick the box if it does show this."
            }
            return refusal.explanation
        }
        func shown(_ text: String) -> String { text.split(separator: " ").map { screen.format.decimal(String($0)) }.joined(separator: " ") }
        return switch refusal {
        case .missingAuthor: "Sagen Sie, wer; der Name bleibt beim Gerät."
        case .unknownMeter(let serial): "Den Zähler \(serial.prefix(64)) gibt es nicht."
        case .unknownPoint(let code): "Die Messstelle \(code.prefix(80)) gibt es nicht."
        case .notInstalled(let serial, let day): "Der Zähler \(serial.prefix(64)) hängt am \(screen.format.day(day)) nicht hier."
        case .unknownRegister(let serial, let obis): "An \(serial.prefix(64)) gibt es zu dieser Zeit kein Zählwerk \(obis)."
        case .missingReading(let serial, let obis):
            "Das Zählwerk \(obis) von \(serial.prefix(64)) wurde nicht abgelesen, und es gibt nichts, woraus sich der Stand schätzen ließe. Bitte ablesen."
        case .valuesBehind(let serial, let day):
            "Vom Zähler \(serial.prefix(64)) kamen Werte ab dem \(screen.format.day(day)). Nehmen Sie diese erst zurück, oder wählen Sie einen späteren Tag."
        case .differentCommodity(let code): "Die Messstelle \(code.prefix(80)) hat eine andere Sparte."
        case .badFactor: "Ein Faktor ist eine positive Zahl mit höchstens sechs Nachkommastellen."
        case .alreadyReset(let serial, let obis, let day):
            "Das Zählwerk \(obis) von \(serial.prefix(64)) wurde am \(screen.format.day(day)) schon zurückgesetzt."
        case .impossibleReading(let obis, let why): "Diesen Stand kann das Zählwerk \(obis) nicht haben (\(why))."
        case .implausible(let obis, let expected):
            "Zählwerk \(obis): Erwartet wurden \(shown(expected.replacing(" to ", with: " bis "))). Vergleichen Sie die Ziffern mit dem Zähler; setzen Sie den Haken, wenn er wirklich so steht."
        case .conflict(let messages): "Das passt nicht zu dem, was gespeichert ist: \(messages.first ?? "")"
        }
    }

    /// The field and what is wrong with it.
    /// - Parameter new: serial of the new meter.
    static func sentence(_ problem: ExchangeMeter.Problem, new: String, _ screen: Screen) -> (field: String, text: String) {
        switch problem {
        case .unknownPoint(let code): ("day", sentence(.unknownPoint(code), screen))
        case .notInstalled(let serial, let day): ("day", sentence(.notInstalled(serial: serial, on: day), screen))
        case .sameMeter(let serial):
            (
                "new",
                screen(
                    "Der Zähler \(serial.prefix(64)) kann nicht gegen sich selbst getauscht werden.",
                    "Meter \(serial.prefix(64)) cannot be exchanged for itself.")
            )
        case .missingReading(let serial, let obis) where serial == new:
            (
                "start-\(obis)",
                screen("Der Anfangsstand von \(obis) am neuen Zähler fehlt.", "The first reading of \(obis) on the new meter is missing.")
            )
        case .missingReading(let serial, let obis):
            ("final-\(obis)", sentence(.missingReading(serial: serial, obis: obis), screen))
        case .conflict(let problems): ("new", sentence(.conflict(problems.map(\.message)), screen))
        case .refused(let faults):
            (
                "day",
                screen("Ein Stand wurde nicht angenommen: ", "A reading was not accepted: ") + (faults.first?.message ?? "")
            )
        }
    }
}
