public import Metering
public import Values

/// Quality flags, methods and reasons of the Australian meter data file format (AEMO MDFF 2.6, effective 29.09.2024).
public enum NEM12Codes {
    /// The quality flag of a value or of a day.
    public enum Quality: String, Hashable, Sendable, Codable, CaseIterable {
        case actual = "A", forwardEstimate = "E", final = "F", substitute = "S", variable = "V", null = "N"

        /// Whether a two-digit method follows the flag.
        public var hasMethod: Bool { self == .forwardEstimate || self == .final || self == .substitute }
        /// Whether a reason code belongs to it.
        public var hasReason: Bool { self == .final || self == .substitute }
    }

    /// The flag of a stored value. Estimates of ours are substitutes until a market role declares them final, those that
    /// somebody sent are forward estimates. There is no word for a rejected value.
    public static func quality(of status: ValueStatus, method: EstimationMethod = .none) -> Quality {
        switch status {
        case .measured: .actual
        case .estimated: method.isMadeHere ? .substitute : .forwardEstimate
        case .substituted: .final
        case .provisional: .substitute
        case .absent, .rejected: .null
        }
    }
    /// What a flag says about a value; nil for `V`, whose values say it themselves in 400 records.
    public static func status(of quality: Quality) -> ValueStatus? {
        switch quality {
        case .actual: .measured
        case .forwardEstimate: .estimated
        case .final: .substituted
        case .substitute: .provisional
        case .null: .absent
        case .variable: nil
        }
    }
    /// Flag and method as the field holds them, such as `S15`; flags without a method stand alone. 18 is the alternate method: how
    /// we made the value is our affair. Readings of accumulation meters have numbers of their own.
    public static func qualityMethod(of status: ValueStatus, method: EstimationMethod, isReading: Bool = false) -> String {
        let quality = quality(of: status, method: method)
        return quality.hasMethod ? quality.rawValue + ((isReading ? method.nem13 : method.nem12) ?? "18") : quality.rawValue
    }
    /// The reason code of a value; nil where its flag has none.
    public static func reason(_ reason: EstimationReason, of status: ValueStatus, method: EstimationMethod) -> Int? {
        quality(of: status, method: method).hasReason ? reason.nem12 : nil
    }

    /// Methods by number: intervals 1x and 20, accumulation meters 5x (6x are scheduled-read estimates, 7x recalculations).
    public static let methods: [Int: String] = [
        11: "check", 12: "calculated", 13: "SCADA", 14: "like day", 15: "average like day", 16: "agreed", 17: "linear interpolation",
        18: "alternate", 19: "zero", 20: "churn like day", 51: "previous year", 52: "previous read", 53: "revision",
        54: "linear interpolation", 55: "agreed", 56: "prior to first read", 57: "customer class", 58: "zero",
    ]

    /// Our method of a number; nil for those we have no word of.
    public static func method(_ number: Int) -> EstimationMethod? {
        switch number {
        case 11: .checkMeter
        case 12: .calculated
        case 14: .previousWeek
        case 15, 20: .likeDay
        case 16, 55: .manual
        case 17: .linear
        case 19, 58: .zero
        case 51: .previousYear
        case 52: .held
        case 54: .registerInterpolation
        case 57: .classAverage
        default: nil
        }
    }

    /// What a reason says of the meter itself; nil for what is only about the reading.
    public static func alarm(_ reason: Int) -> DeviceAlarm? {
        switch reason {
        case 5, 20, 28, 29, 35, 41, 54, 104, 105, 106, 107: .defect
        case 10, 22, 60, 61, 102: .tamper
        case 39: .reversed
        case 43, 79: .outage
        case 80, 81, 89: .clock
        case 87: .reset
        case 100: .multiplier
        default: nil
        }
    }

    /// Reasons by number.
    public static let reasons: [Int: String] = [
        0: "free text", 1: "equipment changed", 2: "extreme weather", 3: "quarantine", 5: "blank screen", 6: "de-energised premises",
        7: "unable to locate meter", 8: "vacant premises", 9: "under investigation", 10: "lock damaged", 11: "in wrong route",
        12: "locked premises", 13: "locked gate", 14: "locked meter box", 15: "overgrown vegetation", 17: "unsafe",
        18: "read less than previous", 20: "damaged equipment", 21: "main switch off", 22: "seals missing", 23: "reader error",
        24: "replaced data", 25: "unable to locate premises", 26: "negative consumption (generation)", 27: "RoLR", 28: "CT/VT fault",
        29: "relay faulty", 31: "not all meters read", 32: "re-energised without readings", 33: "de-energised without readings",
        34: "meter not in handheld", 35: "timeswitch faulty", 36: "ladder required", 37: "meter under churn", 38: "unmarried lock",
        39: "reverse energy", 40: "unrestrained livestock", 41: "faulty display", 42: "channel added/removed", 43: "power outage",
        44: "meter testing", 45: "readings failed to validate", 47: "refused access", 48: "dog on premises",
        51: "installation demolished", 52: "access blocked", 53: "pests", 54: "meter box damaged", 55: "dials obscured",
        60: "illegal connection", 61: "tampered", 62: "NSRD window expired", 64: "key required", 65: "wrong key", 67: "transfer",
        68: "zero consumption", 69: "reading exceeds substitute", 71: "probe read error", 72: "re-calculated on actual data",
        73: "low consumption", 74: "high consumption", 75: "customer read", 76: "communications fault", 77: "estimation forecast",
        78: "null data", 79: "power outage alarm", 80: "short interval alarm", 81: "long interval alarm", 87: "reset occurred",
        89: "time reset occurred", 100: "incorrect multiplier", 101: "temporarily unmetered", 102: "customer by-pass",
        103: "network by-pass", 104: "transposed channel", 105: "transposed channel", 106: "transposed channel",
        107: "transposed meter", 108: "network by-pass extreme weather", 109: "defined load method",
    ]
}
