public import Values

/// How a value came about. The raw values are stored beside each value and never change their meaning.
public enum EstimationMethod: UInt8, Sendable, Hashable, Codable, CaseIterable {
    /// As measured or as sent.
    case none = 0
    /// Point to point between the values before and after (2.1, priority 3).
    case linear = 1
    /// The mean of the same slot of like days (priority 4).
    case likeDay = 2
    /// An even share of what the register counted.
    case flat = 3
    /// By a person.
    case manual = 4
    /// The same slot a week earlier (priority 7).
    case previousWeek = 5
    /// A register reading between two others.
    case registerInterpolation = 6
    /// Calculated from other values.
    case calculated = 7
    /// A reference channel (priority 1).
    case checkMeter = 8
    /// What flowed into a fully metered node less what flowed out (priority 2).
    case balance = 9
    /// A load profile between two register readings (priority 5).
    case loadProfile = 10
    /// Customer value × h(T) × weekday, or degree days (priority 6).
    case temperatureScaled = 11
    /// The same day of the year before × ratio of degree days (priority 7).
    case previousYear = 12
    /// Class profile × annual forecast (priority 8).
    case classAverage = 13
    /// Documented shutdown or vacancy (priority 9).
    case zero = 14
    /// The last value, for gas pressure and temperature only (priority 10).
    case held = 15
    /// A reference channel that is not calibrated (priority 1).
    case uncalibratedCheckMeter = 16
    /// What a sender proposes, without saying how it came about (MSCONS 201).
    case proposed = 17

    /// The word of the interface.
    public var word: String {
        switch self {
        case .none: "none"
        case .linear: "linear-interpolation"
        case .likeDay: "like-day"
        case .flat: "flat"
        case .manual: "manual"
        case .previousWeek: "previous-week"
        case .registerInterpolation: "register-interpolation"
        case .calculated: "calculated"
        case .checkMeter: "check-meter"
        case .balance: "balance"
        case .loadProfile: "load-profile"
        case .temperatureScaled: "temperature-scaled"
        case .previousYear: "previous-year"
        case .classAverage: "class-average"
        case .zero: "zero"
        case .held: "held"
        case .uncalibratedCheckMeter: "uncalibrated-check-meter"
        case .proposed: "proposed"
        }
    }
    public init?(word: some StringProtocol) {
        guard let method = EstimationMethod.allCases.first(where: { $0.word == word }) else { return nil }
        self = method
    }

    public var german: String {
        switch self {
        case .none: "wie gemessen"
        case .linear: "lineare Interpolation"
        case .likeDay: "Vergleichstage"
        case .flat: "gleichmäßige Aufteilung des Zählerfortschritts"
        case .manual: "von Hand"
        case .previousWeek: "Wert der Vorwoche"
        case .registerInterpolation: "Interpolation zwischen Zählerständen"
        case .calculated: "errechnet"
        case .checkMeter: "Vergleichsmessung"
        case .balance: "Bilanzierung des Netzabschnitts"
        case .loadProfile: "Standardlastprofil zwischen Zählerständen"
        case .temperatureScaled: "nach Temperatur gewichtet"
        case .previousYear: "Vorjahreswert, nach Gradtagen angepasst"
        case .classAverage: "Mittelwert der Kundengruppe"
        case .zero: "Nullwert wegen Stilllegung oder Leerstand"
        case .held: "Haltewert"
        case .uncalibratedCheckMeter: "Vergleichsmessung, nicht geeicht"
        case .proposed: "Vorschlag des Absenders"
        }
    }

    /// STS+Z32 of MSCONS MIG 2.4c, which has a scope per commodity; nil where it has no code. A check meter is taken as
    /// calibrated in electricity (Z88); `checkMeter(calibrated:)` of ``MSCONSCodes`` says it exactly.
    public func mscons(for commodity: Commodity) -> String? {
        switch (self, commodity) {
        case (.linear, _), (.registerInterpolation, _): "Z92"
        case (.likeDay, .electricity), (.previousWeek, .electricity), (.previousYear, .electricity): "ZJ2"
        case (.likeDay, .gas), (.previousWeek, .gas), (.previousYear, .gas): "Z95"
        case (.flat, .gas), (.loadProfile, .gas), (.temperatureScaled, .gas): "ZQ8"
        case (.flat, .electricity), (.loadProfile, .electricity): "Z92"
        case (.checkMeter, .electricity): "Z88"
        case (.checkMeter, .gas), (.uncalibratedCheckMeter, .electricity), (.uncalibratedCheckMeter, .gas): "Z89"
        case (.balance, .gas): "Z94"
        case (.held, .gas): "Z93"
        default: nil
        }
    }
    /// STS+Z33, the plausibility hint that goes with the method; nil for most.
    public var msconsHint: String? { self == .zero ? "Z84" : nil }

    /// Whether an estimate by this method was made here: by the cascade, between two readings, or of other values, one of which is
    /// an estimate. What a sender estimates never bears one of them.
    public var isMadeHere: Bool { isCascade || self == .registerInterpolation || self == .calculated }

    /// The two digits of a NEM12 quality method for intervals (MDFF 2.6); nil for a measured value.
    public var nem12: String? {
        switch self {
        case .none: nil
        case .linear: "17"
        case .likeDay: "15"
        case .flat: "18"
        case .manual: "16"
        case .previousWeek: "14"
        case .registerInterpolation: "54"
        case .calculated, .balance: "12"
        case .checkMeter, .uncalibratedCheckMeter: "11"
        case .loadProfile, .temperatureScaled, .held, .proposed: "18"
        case .previousYear: "51"
        case .classAverage: "57"
        case .zero: "19"
        }
    }
    /// The two digits for readings of accumulation meters (NEM13); nil for a measured value.
    public var nem13: String? {
        switch self {
        case .none: nil
        case .previousYear: "51"
        case .previousWeek, .held: "52"
        case .linear, .registerInterpolation, .flat, .loadProfile, .temperatureScaled: "54"
        case .manual, .checkMeter, .uncalibratedCheckMeter, .balance, .calculated, .likeDay, .proposed: "55"
        case .classAverage: "57"
        case .zero: "58"
        }
    }
    /// Whether the cascade made the value and may make it anew when more is known. Check meters, balances, documented zeros and
    /// what persons wrote are better than what it could make.
    public var isCascade: Bool {
        switch self {
        case .linear, .likeDay, .flat, .previousWeek, .loadProfile, .temperatureScaled, .previousYear, .classAverage, .held: true
        case .none, .manual, .registerInterpolation, .calculated, .checkMeter, .uncalibratedCheckMeter, .balance, .zero, .proposed: false
        }
    }
    /// Its place in the cascade of the reference (2.1), 1 first; nil for what no cascade makes.
    public var priority: Int? {
        switch self {
        case .checkMeter, .uncalibratedCheckMeter: 1
        case .balance: 2
        case .linear: 3
        case .likeDay: 4
        case .loadProfile: 5
        case .temperatureScaled: 6
        case .previousWeek, .previousYear: 7
        case .classAverage: 8
        case .zero: 9
        case .held: 10
        case .none, .flat, .manual, .registerInterpolation, .calculated, .proposed: nil
        }
    }
}
