public import Values

extension ValidationParameters: Thresholds {
    /// All of them, in the order of the rules; `reference` names these.
    public static let settings: [ThresholdSetting<ValidationParameters>] = [
        .whole("clockToleranceSeconds", "A4", "Abweichung der Uhr in Sekunden", "clock difference in seconds", \.clockToleranceSeconds),
        .whole(
            "futureLimitSeconds", "A5", "so weit voraus wird noch angenommen, in Sekunden", "accepted ahead, in seconds",
            \.futureLimitSeconds),
        .optional("zeroDays", "B2", "Tage ohne Verbrauch", "days without consumption", \.zeroDays, in: 1...3_660),
        .whole(
            "inactiveToleranceMicro", "B3", "Verbrauch gesperrter Messstellen, in 10^-6 der Einheit",
            "usage of a disconnected point, in 10^-6",
            \.inactiveToleranceMicro),
        .optional(
            "spikePercent", "B4", "höchster über dritthöchstem Wert, in Prozent", "highest over third highest value, in percent",
            \.spikePercent),
        .optional("stepPercent", "B5", "Sprung zum Vorgänger, in Prozent", "step from the value before, in percent", \.stepPercent),
        .whole(
            "ceilingPercent", "B6, C3", "höchstens von der Leistung, in Prozent", "at most of the capacity, in percent", \.ceilingPercent),
        .optional("outlierMultiple", "B7", "Vielfaches der robusten Streuung", "multiple of the robust spread", \.outlierMultiple),
        .whole("outlierDays", "B7", "Vergleichstage", "like days", \.outlierDays),
        .whole("outlierLeastDays", "B7", "Vergleichstage mindestens", "like days at least", \.outlierLeastDays),
        .share(
            "outlierFloor", "B7", "Streuung mindestens, Anteil am Tagesmedian", "spread at least, share of the day's median", \.outlierFloor
        ),
        ThresholdSetting(
            "usageBands", "B8",
            "Verbrauch zum Vergleichszeitraum in Prozent, je Größe: „10:30-300;*:50-150“ (bis 10 je Tag 30 bis 300 %, sonst 50 bis 150 %)",
            "use against the reference in percent, by size per day: \"10:30-300;*:50-150\"",
            read: { UsageBand.text($0.usageBands) },
            write: { parameters, text in
                guard let text else { parameters.usageBands = nil; return true }
                guard let bands = UsageBand.bands(text) else { return false }
                parameters.usageBands = bands
                return true
            }),
        .whole(
            "customerLowPercent", "B8", "Stand vom Kunden: mindestens vom Erwarteten, in Prozent",
            "a customer's reading: at least of what is expected, in percent", \.customerLowPercent),
        .whole(
            "customerHighPercent", "B8", "Stand vom Kunden: höchstens vom Erwarteten, in Prozent",
            "a customer's reading: at most of what is expected, in percent", \.customerHighPercent),
        .whole(
            "customerSlackMicro", "B8", "Stand vom Kunden: darüber hinaus erlaubt, in 10^-6 der Einheit",
            "a customer's reading: allowed beyond, in 10^-6 of the unit", \.customerSlackMicro),
        .optional("peakPercent", "B9", "Spitze zur Spitze davor, in Prozent", "peak against the peak before, in percent", \.peakPercent),
        .optional(
            "advanceChangePercent", "B10", "Änderung des Tagesverbrauchs, in Prozent", "change of the use per day, in percent",
            \.advanceChangePercent),
        .whole("sumLeastDigits", "C1", "kleinste Ziffern des Zählwerks", "least digits of the register", \.sumLeastDigits),
        .share("sumShare", "C1", "Anteil an der Summe", "share of the sum", \.sumShare),
        .whole("tariffLeastDigits", "C2", "kleinste Ziffern je Zählwerk", "least digits per register", \.tariffLeastDigits),
        .whole("estimatedReadings", "D2", "Ersatzwerte in Folge", "estimates in a row", \.estimatedReadings),
        .whole("estimatedDays", "D2", "Tage nur mit Ersatzwerten", "days of estimates", \.estimatedDays),
        .whole("silenceSeconds", "D3", "Schweigen in Sekunden", "silence in seconds", \.silenceSeconds),
        .whole("coveragePercent", "D3", "Vollständigkeit in Prozent", "coverage in percent", \.coveragePercent),
        .optional(
            "leakLeastDigits", "E1", "Dauerdurchfluss über so vielen kleinsten Ziffern", "continuous flow above so many least digits",
            \.leakLeastDigits),
        .whole("leakDays", "E1", "Tage mit Dauerdurchfluss", "days of continuous flow", \.leakDays),
        .whole(
            "burstPercent", "E2", "Rohrbruch über so viel der Zählergröße, in Prozent",
            "burst above so much of the meter's size, in percent", \.burstPercent),
        .whole("burstSeconds", "E2", "Rohrbruch länger als so viele Sekunden", "burst longer than so many seconds", \.burstSeconds),
        .optional(
            "burstSizeMicro", "E2", "Zählergröße, wo keine hinterlegt ist, in 10^-6 m³/h",
            "the meter's size where none is known, in 10^-6 m³/h", \.burstSizeMicro, in: 1...1_000_000_000_000),
        .share("heatTolerance", "E3", "Wärme gegen Volumen und Temperaturen", "heat against volume and temperatures", \.heatTolerance),
        .share("gasTolerance", "E4", "Gaszähler gegen Umwerter", "gas meter against corrector", \.gasTolerance),
        ThresholdSetting(
            "switchedOff", "A1–E4", "abgeschaltete Regeln, durch Komma getrennt", "rules that are switched off, separated by commas",
            isNumeric: false,
            read: { $0.switchedOff.isEmpty ? nil : $0.switchedOff.sorted().joined(separator: ",") },
            write: { parameters, text in
                let names = (text ?? "").split(separator: ",").map { String($0.drop { $0 == " " }) }
                guard names.allSatisfy({ RuleCatalog.rule(named: $0) != nil }) else { return false }
                parameters.switchedOff = Set(names)
                return true
            }),
    ]
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
