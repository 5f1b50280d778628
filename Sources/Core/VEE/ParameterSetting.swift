internal import Values

/// One threshold as people and interfaces name it: how it is written and what it means.
public struct ParameterSetting: Sendable {
    /// As in ``ValidationParameters``: `spikePercent`.
    public let name: String
    /// The rules it belongs to: `B4`.
    public let reference: String
    public let german: String
    public let english: String
    let read: @Sendable (ValidationParameters) -> String?
    let write: @Sendable (inout ValidationParameters, String?) -> Bool

    /// The value as text; nil: switched off.
    public func value(in parameters: ValidationParameters) -> String? { read(parameters) }
    /// Writes a value given as text; nil switches off.
    /// - Returns: false if the text is no such value, or the threshold cannot be switched off.
    public func set(_ text: String?, in parameters: inout ValidationParameters) -> Bool { write(&parameters, text) }

    /// All of them, in the order of the rules.
    public static let all: [ParameterSetting] = [
        whole("clockToleranceSeconds", "A4", "Abweichung der Uhr in Sekunden", "clock difference in seconds", \.clockToleranceSeconds),
        whole(
            "futureLimitSeconds", "A5", "so weit voraus wird noch angenommen, in Sekunden", "accepted ahead, in seconds",
            \.futureLimitSeconds),
        count("zeroDays", "B2", "Tage ohne Verbrauch", "days without consumption", \.zeroDays),
        whole(
            "inactiveToleranceMicro", "B3", "Verbrauch gesperrter Messstellen, in 10^-6 der Einheit",
            "usage of a disconnected point, in 10^-6",
            \.inactiveToleranceMicro),
        percent(
            "spikePercent", "B4", "höchster über dritthöchstem Wert, in Prozent", "highest over third highest value, in percent",
            \.spikePercent),
        percent("stepPercent", "B5", "Sprung zum Vorgänger, in Prozent", "step from the value before, in percent", \.stepPercent),
        whole(
            "ceilingPercent", "B6, C3", "höchstens von der Leistung, in Prozent", "at most of the capacity, in percent", \.ceilingPercent),
        percent("outlierMultiple", "B7", "Vielfaches der robusten Streuung", "multiple of the robust spread", \.outlierMultiple),
        whole("outlierDays", "B7", "Vergleichstage", "like days", \.outlierDays),
        whole("outlierLeastDays", "B7", "Vergleichstage mindestens", "like days at least", \.outlierLeastDays),
        share(
            "outlierFloor", "B7", "Streuung mindestens, Anteil am Tagesmedian", "spread at least, share of the day's median", \.outlierFloor
        ),
        ParameterSetting(
            name: "usageBands", reference: "B8",
            german:
                "Verbrauch zum Vergleichszeitraum in Prozent, je Größe: „10:30-300;*:50-150“ (bis 10 je Tag 30 bis 300 %, sonst 50 bis 150 %)",
            english: "use against the reference in percent, by size per day: \"10:30-300;*:50-150\"",
            read: { UsageBand.text($0.usageBands) },
            write: { parameters, text in
                guard let text else { parameters.usageBands = nil; return true }
                guard let bands = UsageBand.bands(text) else { return false }
                parameters.usageBands = bands
                return true
            }),
        whole(
            "customerLowPercent", "B8", "Stand vom Kunden: mindestens vom Erwarteten, in Prozent",
            "a customer's reading: at least of what is expected, in percent", \.customerLowPercent),
        whole(
            "customerHighPercent", "B8", "Stand vom Kunden: höchstens vom Erwarteten, in Prozent",
            "a customer's reading: at most of what is expected, in percent", \.customerHighPercent),
        whole(
            "customerSlackMicro", "B8", "Stand vom Kunden: darüber hinaus erlaubt, in 10^-6 der Einheit",
            "a customer's reading: allowed beyond, in 10^-6 of the unit", \.customerSlackMicro),
        percent("peakPercent", "B9", "Spitze zur Spitze davor, in Prozent", "peak against the peak before, in percent", \.peakPercent),
        percent(
            "advanceChangePercent", "B10", "Änderung des Tagesverbrauchs, in Prozent", "change of the use per day, in percent",
            \.advanceChangePercent),
        whole("sumLeastDigits", "C1", "kleinste Ziffern des Zählwerks", "least digits of the register", \.sumLeastDigits),
        share("sumShare", "C1", "Anteil an der Summe", "share of the sum", \.sumShare),
        whole("tariffLeastDigits", "C2", "kleinste Ziffern je Zählwerk", "least digits per register", \.tariffLeastDigits),
        whole("estimatedReadings", "D2", "Ersatzwerte in Folge", "estimates in a row", \.estimatedReadings),
        whole("estimatedDays", "D2", "Tage nur mit Ersatzwerten", "days of estimates", \.estimatedDays),
        whole("silenceSeconds", "D3", "Schweigen in Sekunden", "silence in seconds", \.silenceSeconds),
        whole("coveragePercent", "D3", "Vollständigkeit in Prozent", "coverage in percent", \.coveragePercent),
        percent(
            "leakLeastDigits", "E1", "Dauerdurchfluss über so vielen kleinsten Ziffern", "continuous flow above so many least digits",
            \.leakLeastDigits),
        whole("leakDays", "E1", "Tage mit Dauerdurchfluss", "days of continuous flow", \.leakDays),
        whole(
            "burstPercent", "E2", "Rohrbruch über so viel der Zählergröße, in Prozent",
            "burst above so much of the meter's size, in percent", \.burstPercent),
        whole("burstSeconds", "E2", "Rohrbruch länger als so viele Sekunden", "burst longer than so many seconds", \.burstSeconds),
        share("heatTolerance", "E3", "Wärme gegen Volumen und Temperaturen", "heat against volume and temperatures", \.heatTolerance),
        share("gasTolerance", "E4", "Gaszähler gegen Umwerter", "gas meter against corrector", \.gasTolerance),
        ParameterSetting(
            name: "switchedOff", reference: "A1–E4", german: "abgeschaltete Regeln, durch Komma getrennt",
            english: "rules that are switched off, separated by commas",
            read: { $0.switchedOff.isEmpty ? nil : $0.switchedOff.sorted().joined(separator: ",") },
            write: { parameters, text in
                let names = (text ?? "").split(separator: ",").map { String($0.drop { $0 == " " }) }
                guard names.allSatisfy({ RuleCatalog.rule(named: $0) != nil }) else { return false }
                parameters.switchedOff = Set(names)
                return true
            }),
    ]

    public static func named(_ name: String) -> ParameterSetting? { all.first { $0.name == name } }

    /// A threshold that must be there: positive, or zero.
    private static func whole<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ reference: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<ValidationParameters, Number> & Sendable
    ) -> ParameterSetting {
        ParameterSetting(name: name, reference: reference, german: german, english: english, read: { String($0[keyPath: path]) }) {
            guard let number = $1.flatMap({ Number($0) }), number >= 0, number <= 1_000_000_000_000 else { return false }
            $0[keyPath: path] = number
            return true
        }
    }
    /// A threshold that may be switched off.
    private static func percent(
        _ name: String, _ reference: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<ValidationParameters, Int64?> & Sendable
    ) -> ParameterSetting { optional(name, reference, german, english, path, in: 0...1_000_000) }
    private static func count(
        _ name: String, _ reference: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<ValidationParameters, Int?> & Sendable
    ) -> ParameterSetting { optional(name, reference, german, english, path, in: 1...3_660) }
    private static func optional<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ reference: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<ValidationParameters, Number?> & Sendable, in range: ClosedRange<Number>
    ) -> ParameterSetting {
        ParameterSetting(
            name: name, reference: reference, german: german, english: english, read: { $0[keyPath: path].map { String($0) } }
        ) {
            guard let text = $1 else { $0[keyPath: path] = nil; return true }
            guard let number = Number(text), range.contains(number) else { return false }
            $0[keyPath: path] = number
            return true
        }
    }
    /// A share as a plain decimal.
    private static func share(
        _ name: String, _ reference: String, _ german: String, _ english: String,
        _ path: any WritableKeyPath<ValidationParameters, Ratio> & Sendable
    ) -> ParameterSetting {
        ParameterSetting(name: name, reference: reference, german: german, english: english, read: { $0[keyPath: path].description }) {
            guard let ratio = $1.flatMap({ Ratio($0) }), (0...1_000_000_000).contains(ratio.millionths) else { return false }
            $0[keyPath: path] = ratio
            return true
        }
    }
}

extension UsageBand {
    /// `10:30-300;*:50-150:0.5`: up to a use per day (or any), the limits in percent, and the least difference per day.
    static func text(_ bands: [UsageBand]?) -> String? {
        bands.map { bands in
            bands.map { band in
                (band.upToMicroPerDay.map { DecimalText.format($0, scale: 6) } ?? "*") + ":\(band.lowPercent)-\(band.highPercent)"
                    + (band.leastDifferenceMicroPerDay == 0 ? "" : ":" + DecimalText.format(band.leastDifferenceMicroPerDay, scale: 6))
            }.joined(separator: ";")
        }
    }

    /// nil for anything else than such a text.
    static func bands(_ text: String) -> [UsageBand]? {
        var bands: [UsageBand] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard (2...3).contains(fields.count) else { return nil }
            let limits = fields[1].split(separator: "-", omittingEmptySubsequences: false).compactMap { Int64($0) }
            guard limits.count == 2, !fields[1].hasPrefix("-"), !fields[1].hasSuffix("-"), limits[0] >= 0, limits[0] <= limits[1],
                limits[1] <= 1_000_000
            else { return nil }
            var band = UsageBand(lowPercent: limits[0], highPercent: limits[1])
            if fields[0] != "*" {
                guard let limit = DecimalText.parse(fields[0], scale: 6), limit > bands.last?.upToMicroPerDay ?? 0 else { return nil }
                band.upToMicroPerDay = limit
            }
            if fields.count == 3 {
                guard let least = DecimalText.parse(fields[2], scale: 6), least >= 0 else { return nil }
                band.leastDifferenceMicroPerDay = least
            }
            bands.append(band)
        }
        return bands
    }
}
