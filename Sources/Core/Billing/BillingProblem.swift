internal import Metering
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
    /// m³ of gas, and no Zustandszahl or Brennwert for the month of the day: of which region, and in which series it should stand; without
    /// a series the tariff knows none for the region, without a region the contract names none.
    case missingConversion(day: Day, region: String?, SeriesKey?)
    /// The tariff does not allow to divide, and no reading was taken where a price changes.
    case divided(serial: String, DayRange)
    /// Two parts of the bill do not meet: one ends at another figure of the register than the next begins with.
    case seam(serial: String, ObisCode, Day, ended: Measure, begins: Measure)
    /// The intervals of a meter do not say what a price needs to know.
    case intervals(serial: String, IntervalProblem)
    /// No price of the market time unit that begins here; nothing takes its place.
    case missingSpotPrice(SeriesKey, Instant)
    /// Steps are filled from New Year on, and what was used before this bill is not known.
    case unknownBefore(component: String, Day)
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
        case .divided: "reading-needed"
        case .seam: "seam-differs"
        case .intervals: "missing-intervals"
        case .missingSpotPrice: "missing-spot-price"
        case .unknownBefore: "unknown-earlier-usage"
        case .rating(let problem): problem.code
        case .overflow: "overflow"
        }
    }

    /// For a clerk: what is missing and how to mend it.
    public var explanation: String {
        switch self {
        case .noTariff(let key, let range):
            return
                "Für den Tarif \(key) gilt vom \(range.from.german) bis vor \(range.until.map(\.german) ?? "∞") keine veröffentlichte Version. Bitte veröffentlichen."
        case .notApplicable(let key, let attribute, let value):
            return "Der Tarif \(key) gilt nicht für \(attribute) = \(value). Bitte Vertrag oder Tarif berichtigen."
        case .unusable(let findings): return findings.map(\.explanation).joined(separator: " ")
        case .missingUsage(let register, let range):
            return
                "Für \(register.rawValue) fehlt der Verbrauch vom \(range.from.german) bis vor \(range.until.map(\.german) ?? "∞"). Bitte Zähler und Zählerstände prüfen."
        case .ambiguousRegisters(let serial, let codes):
            return "Zähler \(serial) hat mehrere Zählwerke für dieselbe Menge: \(codes.map(\.description).joined(separator: ", "))."
        case .usageNotCut(let serial, let range):
            return
                "Die Menge des Zählers \(serial) vom \(range.from.german) bis vor \(range.until.map(\.german) ?? "∞") ist an einem Preiswechsel nicht geteilt."
        case .missingConversion(let day, let region, let series): return BillingProblem.gas(day, region, series)
        case .divided(let serial, let range):
            return
                "Der Tarif lässt keine rechnerische Abgrenzung zu. Bitte für Zähler \(serial) einen Zählerstand zum Preiswechsel nachtragen (\(range.from.german) bis vor \(range.until.map(\.german) ?? "∞"))."
        case .seam(let serial, let obis, let day, let ended, let begins):
            return
                "Zähler \(serial), \(obis): Am \(day.german) endet ein Teil der Rechnung bei \(ended.number) \(ended.unit.symbol), der nächste beginnt bei \(begins.number) \(begins.unit.symbol). Bitte zu diesem Tag einen Zählerstand nachtragen."
        case .intervals(let serial, let problem): return "Zähler \(serial): " + BillingProblem.explain(problem)
        case .missingSpotPrice(let key, let at):
            return "Die Börsenpreise \(key) haben für den \(Wording.time(at)) keinen Wert. Bitte die Reihe ergänzen."
        case .unknownBefore(let component, let day):
            return
                "Der Preisbestandteil \(component) zählt seine Staffeln ab Jahresbeginn; der Verbrauch vor dem \(day.german) liegt hier nicht vor. Bitte das ganze Jahr abrechnen oder den Tarif auf `chronological` stellen."
        case .rating(let problem): return BillingProblem.explain(problem)
        case .overflow: return "Eine Menge oder ein Betrag ist zu groß."
        }
    }

    private static func gas(_ day: Day, _ region: String?, _ series: SeriesKey?) -> String {
        let months = [
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
        ]
        let (year, month, _) = day.components
        let name = "\(months[month - 1]) \(year)"
        guard let region else {
            return "Für \(name) fehlen Zustandszahl und Brennwert: Der Vertrag nennt keine Gasregion. Bitte am Vertrag ergänzen."
        }
        guard let series else {
            return
                "Für \(name) fehlen Zustandszahl und Brennwert: Der Tarif kennt für die Region \(region) keine Reihe. Bitte Vertrag oder Tarif berichtigen."
        }
        let value = series.name == GasConversionRule.calorificName ? "der Brennwert" : "die Zustandszahl"
        return "Für \(name) fehlt \(value) der Region \(region). Bitte die Reihe \(series) ergänzen."
    }

    private static func explain(_ problem: IntervalProblem) -> String {
        switch problem {
        case .notCovered(let day): "Der Lastgang reicht nicht über den \(day.german). Bitte Werte nachtragen oder schätzen lassen."
        case .absent(let at): "Im Lastgang fehlt der Wert ab \(Wording.time(at)). Bitte nachtragen oder schätzen lassen."
        case .tooCoarse(let at):
            "Der Wert ab \(Wording.time(at)) überspannt zwei Preise oder Messperioden. Bitte ein Raster liefern lassen, das in die Viertelstunde (Gas: Stunde) aufgeht."
        case .tooMany(let count):
            "Der Lastgang hat \(count) Werte, mehr als die \(BillingCase.maximumSlots), die zu einer Rechnung aufbewahrt werden. Bitte kürzer abrechnen oder ein gröberes Raster liefern lassen."
        case .noPrice(let at): "Für den \(Wording.time(at)) fehlt der Preis."
        case .overflow: "Die Summe der Werte ist zu groß."
        }
    }

    private static func explain(_ problem: RatingProblem) -> String {
        switch problem {
        case .missingAttribute(let component, let names):
            "Der Preisbestandteil \(component) braucht \(names.joined(separator: " oder ")). Bitte am Vertrag ergänzen."
        case .badAttribute(let component, let name, let value): "\(name) = \(value) ist für den Preisbestandteil \(component) keine Zahl."
        case .missingSeries(let key): "Die Preisreihe \(key) fehlt."
        case .missingPrice(let key, let day): "Die Preisreihe \(key) hat für den \(day.german) keinen Wert."
        case .missingTaxRate(let component, let day): "Für den Preisbestandteil \(component) fehlt am \(day.german) der Steuersatz."
        case .noStep(let component, let size): "Der Preisbestandteil \(component) hat keine Stufe für die Größe \(size)."
        case .badFormula(let component, let what): "Die Preisformel von \(component) lässt sich nicht rechnen: \(what)."
        case .missingIntervals(let component): "Der Preisbestandteil \(component) braucht einen Lastgang."
        case .overflow(let component): "Der Preisbestandteil \(component) ergibt einen zu großen Betrag."
        case .openPeriod(let day): "Der Zeitraum ab \(day.german) hat kein Ende; ein Preis je Zeit lässt sich darauf nicht verteilen."
        }
    }
}
