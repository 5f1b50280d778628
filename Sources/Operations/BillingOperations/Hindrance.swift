internal import Tariffs
internal import Values

/// Why a contract of a run is not even computed: what is stored of it does not allow a bill. It is held and named to a clerk.
enum Hindrance: Error, Hashable {
    /// No day of the contract lies in the period any more, or it is billed in another cycle by now.
    case notDue
    /// A standing invoice covers all of its days.
    case alreadyBilled(by: String)
    /// A standing invoice covers some of its days, and nobody has billed the rest.
    case partlyBilled(by: String)
    /// The contract ended after it was billed: a standing invoice covers days that it has no longer.
    case billedBeyondEnd(by: String)
    case unknownTariff(String)
    case unknownCommodity(String)
    case otherCommodity(tariff: String, Commodity)
    /// An attribute, or all of them, is nothing a price could be computed from. Dropping it could choose another price.
    case badAttributes(String)
    /// An attribute says how the contract is taxed, with a word that says nothing.
    case unknownTaxWord(String, String)
    /// A person has stopped the contract or its account.
    case onHold(reason: String)
    /// Values of the metering point came while they were read, again and again.
    case readingsInMotion
    /// Another contract or stretch of the same bill cannot be billed.
    case waits(for: String, String)
    /// Instalments were asked for days before the last bill that nobody has billed: those days come first.
    case earlierDaysOpen(before: Day, instalment: Day)
    /// The contract names a deduction meter that nobody knows.
    case unknownDeductionMeter(String)

    /// A stable name.
    var code: String {
        switch self {
        case .notDue: "not-due"
        case .alreadyBilled: "already-billed"
        case .partlyBilled: "partly-billed"
        case .billedBeyondEnd: "billed-beyond-end"
        case .unknownTariff: "no-tariff"
        case .unknownCommodity: "unknown-commodity"
        case .otherCommodity: "wrong-commodity"
        case .badAttributes, .unknownTaxWord: "bad-attributes"
        case .onHold: "on-hold"
        case .readingsInMotion: "readings-in-motion"
        case .waits: "bill-incomplete"
        case .earlierDaysOpen: "earlier-days-open"
        case .unknownDeductionMeter: "unknown-deduction-meter"
        }
    }

    /// Whether the days are billed already, or not to be billed at all: the rest of a common bill need not wait for it.
    var isSettled: Bool {
        switch self {
        case .notDue, .alreadyBilled, .partlyBilled, .billedBeyondEnd: true
        default: false
        }
    }

    /// For a clerk: what is wrong and how to mend it.
    var explanation: String {
        switch self {
        case .notDue:
            "Der Vertrag hat in diesem Zeitraum und Turnus keine Tage mehr. Es ist nichts abzurechnen."
        case .alreadyBilled(let number):
            "Diese Tage sind mit der Rechnung \(number) zu anderen Vertragsbedingungen abgerechnet. Bitte nach Berichtigungen suchen und den Unterschied freigeben, oder stornieren und neu abrechnen."
        case .partlyBilled(let number):
            "Mit der Rechnung \(number) ist nur ein Teil dieser Tage abgerechnet, die übrigen sind offen. Bitte stornieren, dann wird der ganze Zeitraum neu abgerechnet."
        case .billedBeyondEnd(let number):
            "Mit der Rechnung \(number) sind Tage nach dem Ende des Vertrags abgerechnet. Bitte die Berichtigung freigeben, oder stornieren: dann wird bis zum Ende abgerechnet."
        case .unknownTariff(let tariff):
            "Der Tarif \(tariff) ist nicht veröffentlicht. Bitte veröffentlichen oder am Vertrag berichtigen."
        case .unknownCommodity(let text):
            "Die Sparte \(text) der Messstelle ist nicht bekannt. Bitte an der Messstelle berichtigen."
        case .otherCommodity(let tariff, let commodity):
            "Der Tarif \(tariff) passt nicht zur Sparte \(commodity.rawValue) der Messstelle."
        case .badAttributes(let name):
            "Das Merkmal \(name) des Vertrags ist weder Text noch Zahl. Bitte am Vertrag berichtigen."
        case .unknownTaxWord(let name, let word):
            "Das Merkmal \(name) = \(word) sagt nicht, wie besteuert wird; möglich sind \(TaxTreatment.allCases.map(\.rawValue).joined(separator: ", ")). Bitte am Vertrag berichtigen."
        case .onHold(let reason): "Abrechnung gesperrt: \(reason)"
        case .readingsInMotion:
            "Während der Berechnung kamen immer neue Messwerte dieser Messstelle. Bitte noch einmal prüfen lassen."
        case .earlierDaysOpen(let day, let instalment):
            "Tage vor dem \(day.german) sind noch nicht abgerechnet, und für sie sind Abschläge angefordert (der erste zum \(instalment.german)). Bitte zuerst diese Tage im Turnus abrechnen und dann die Schlussrechnung neu prüfen."
        case .unknownDeductionMeter(let serial):
            "Den Abzugszähler \(serial), den der Vertrag nennt, gibt es nicht. Bitte den Zähler anlegen oder das Merkmal deductionMeter berichtigen."
        case .waits(let contract, let reason): "Die gemeinsame Rechnung wartet auf den Vertrag \(contract): \(reason)"
        }
    }
}
