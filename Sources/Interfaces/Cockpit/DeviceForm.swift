internal import AccessOperations
internal import MeteringOperations
internal import Values
internal import Web

/// A form about a meter as it was sent. A page has several: all fields of one carry its name in front.
struct DeviceForm: Sendable {
    /// `exchange-0`: the kind of event and the place of the device on the page.
    let name: String
    let fields: Fields
    /// What is wrong, by field.
    private(set) var errors: [(field: String, text: String)] = []
    /// A reading that is taken only when the digits were compared again.
    var isImplausible = false
    private let screen: Screen

    init(_ fields: Fields, _ screen: Screen) {
        name = fields["form"] ?? ""
        self.fields = fields
        self.screen = screen
    }

    /// The field without blanks around it; nil if empty.
    subscript(_ field: String) -> String? { fields.filled("\(name)-\(field)") }

    mutating func refuse(_ field: String, _ text: String) { errors.append(("\(name)-\(field)", text)) }

    /// The field, which must be filled.
    mutating func text(_ field: String, _ german: String, _ english: String) -> String? {
        if let text = self[field] { return text }
        refuse(field, screen(german, english))
        return nil
    }

    mutating func day() -> Day? {
        if let day = self["day"].flatMap({ Day(entered: $0) }) { return day }
        refuse("day", screen("Der Tag fehlt.", "The day is missing."))
        return nil
    }

    mutating func number(_ field: String) -> Int64? {
        guard let text = self[field] else { return nil }
        if let micro = TypedNumber.micro(text, screen.language) { return micro }
        refuse(field, screen("„\(text.prefix(40))“ ist keine Zahl.", "“\(text.prefix(40))” is no number."))
        return nil
    }

    /// The readings of a part of the form (`final`, `start`, `reading`), as far as they were typed.
    mutating func readings(_ part: String) -> [DeviceReading] {
        let front = "\(name)-\(part)-"
        var readings: [DeviceReading] = []
        for pair in fields.pairs where pair.name.hasPrefix(front) {
            let code = String(pair.name.dropFirst(front.count))
            guard let obis = ObisCode(code), let micro = number("\(part)-\(code)") else { continue }
            readings.append(DeviceReading(obis: obis, micro: micro))
        }
        return readings
    }

    /// Who says so, when and why.
    mutating func act() -> MeterLife.Act? {
        let day = day()
        guard let reason = text("reason", "Sagen Sie mit einem Satz, warum.", "Say in a sentence why."), let day else { return nil }
        return .init(day: day, author: screen.request.principal?.name ?? "", reason: reason)
    }
}
