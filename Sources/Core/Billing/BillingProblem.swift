public import Tariffs
public import Values

/// Why a bill cannot be written. The run goes on; the contract is held and named to a clerk.
public enum BillingProblem: Error, Hashable, Sendable {
    /// No published tariff version holds on these days.
    case noTariff(TariffKey, DayRange)
    /// The tariff is not for customers with this attribute.
    case notApplicable(TariffKey, attribute: String, value: String)
    /// The usage is not known well enough; the findings say what to mend.
    case unusable([Finding])
    /// No register of this kind counted on these days.
    case missingUsage(MeasuredRegister, DayRange)
    /// A meter has several registers that could be meant.
    case ambiguousRegisters(serial: String, [ObisCode])
    /// A piece of usage reaches over a day on which something changes: the caller did not cut it.
    case usageNotCut(serial: String, DayRange)
    /// m³ of gas, and no Zustandszahl or Brennwert for the day.
    case missingConversion(day: Day)
    /// What the tariff needs cannot be had.
    case rating(RatingProblem)
    /// A number left its range.
    case overflow

    /// A stable name.
    public var code: String {
        switch self {
        case .noTariff: "no-tariff"
        case .notApplicable: "tariff-not-applicable"
        case .unusable: "usage-unusable"
        case .missingUsage: "missing-reading"
        case .ambiguousRegisters: "ambiguous-registers"
        case .usageNotCut: "usage-not-cut"
        case .missingConversion: "missing-gas-conversion"
        case .rating(let problem): problem.code
        case .overflow: "overflow"
        }
    }

    /// For a clerk: what is missing and how to mend it.
    public var explanation: String {
        switch self {
        case .noTariff(let key, let range):
            return
                "Für den Tarif \(key) gilt vom \(range.from) bis vor \(range.until.map(\.description) ?? "∞") keine veröffentlichte Version. Bitte veröffentlichen."
        case .notApplicable(let key, let attribute, let value):
            return "Der Tarif \(key) gilt nicht für \(attribute) = \(value). Bitte Vertrag oder Tarif berichtigen."
        case .unusable(let findings): return findings.map(\.explanation).joined(separator: " ")
        case .missingUsage(let register, let range):
            return
                "Für \(register.rawValue) fehlt der Verbrauch vom \(range.from) bis vor \(range.until.map(\.description) ?? "∞"). Bitte Zähler und Zählerstände prüfen."
        case .ambiguousRegisters(let serial, let codes):
            return "Zähler \(serial) hat mehrere Zählwerke für dieselbe Menge: \(codes.map(\.description).joined(separator: ", "))."
        case .usageNotCut(let serial, let range):
            return "Die Menge des Zählers \(serial) in \(range) ist an einem Preiswechsel nicht geteilt."
        case .missingConversion(let day): return "Für den \(day) fehlt Zustandszahl oder Brennwert. Bitte die Reihe ergänzen."
        case .rating(let problem): return BillingProblem.explain(problem)
        case .overflow: return "Eine Menge oder ein Betrag ist zu groß."
        }
    }

    private static func explain(_ problem: RatingProblem) -> String {
        switch problem {
        case .missingAttribute(let component, let names):
            "Der Preisbestandteil \(component) braucht \(names.joined(separator: " oder ")). Bitte am Vertrag ergänzen."
        case .badAttribute(let component, let name, let value): "\(name) = \(value) ist für den Preisbestandteil \(component) keine Zahl."
        case .missingSeries(let key): "Die Preisreihe \(key) fehlt."
        case .missingPrice(let key, let day): "Die Preisreihe \(key) hat für den \(day) keinen Wert."
        case .missingTaxRate(let component, let day): "Für den Preisbestandteil \(component) fehlt am \(day) der Steuersatz."
        case .noStep(let component, let size): "Der Preisbestandteil \(component) hat keine Stufe für die Größe \(size)."
        case .overflow(let component): "Der Preisbestandteil \(component) ergibt einen zu großen Betrag."
        }
    }
}
