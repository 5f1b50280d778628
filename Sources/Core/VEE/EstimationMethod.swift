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
        }
    }

    /// STS+Z32 of MSCONS MIG 2.4c, which has a scope per commodity; nil where it has no code.
    public func mscons(for commodity: Commodity) -> String? {
        switch (self, commodity) {
        case (.linear, _), (.registerInterpolation, _): "Z92"
        case (.likeDay, .electricity): "ZJ2"
        case (.likeDay, .gas), (.previousWeek, .gas): "Z95"
        case (.previousWeek, .electricity): "ZJ2"
        case (.flat, .gas): "ZQ8"
        case (.flat, .electricity): "Z92"
        default: nil
        }
    }
    /// The two digits of a NEM12 quality method (MDFF 2.6); nil for a measured value.
    public var nem12: String? {
        switch self {
        case .none: nil
        case .linear: "17"
        case .likeDay: "15"
        case .flat: "18"
        case .manual: "16"
        case .previousWeek: "14"
        case .registerInterpolation: "54"
        case .calculated: "12"
        }
    }
    /// Whether the cascade made the value and may make it anew when more is known.
    public var isCascade: Bool {
        switch self {
        case .linear, .likeDay, .flat, .previousWeek: true
        case .none, .manual, .registerInterpolation, .calculated: false
        }
    }
}

/// Why a value is not as measured. The raw values are stored and never change their meaning.
public enum EstimationReason: UInt8, Sendable, Hashable, Codable, CaseIterable {
    case none = 0
    case gap = 1
    case failedValidation = 2
    case exchange = 3
    case corrected = 4
    case person = 5
    case rollover = 6
    case withdrawn = 7

    /// The word of the interface.
    public var word: String {
        switch self {
        case .none: "none"
        case .gap: "gap-in-delivery"
        case .failedValidation: "failed-validation"
        case .exchange: "meter-exchange"
        case .corrected: "corrected-by-sender"
        case .person: "edited-by-person"
        case .rollover: "rollover-checked"
        case .withdrawn: "withdrawn-by-sender"
        }
    }
    public init?(word: some StringProtocol) {
        guard let reason = EstimationReason.allCases.first(where: { $0.word == word }) else { return nil }
        self = reason
    }

    public var german: String {
        switch self {
        case .none: ""
        case .gap: "Lücke in der Lieferung"
        case .failedValidation: "Messwert unplausibel"
        case .exchange: "Gerätewechsel"
        case .corrected: "Korrektur des Absenders"
        case .person: "von Hand geändert"
        case .rollover: "realer Zählerüberlauf geprüft"
        case .withdrawn: "vom Absender zurückgezogen"
        }
    }
    /// STS+Z34 and STS+Z40 of MSCONS MIG 2.4c (Z85 belongs to STS+Z33); nil where there is no code.
    public var mscons: String? {
        switch self {
        case .none: nil
        case .gap: "Z75"
        case .failedValidation: "ZA1"
        case .exchange: "Z78"
        case .corrected: "ZA7"
        case .person: "ZA4"
        case .rollover: "Z85"
        case .withdrawn: "ZA7"
        }
    }
    /// NEM12 reason code; nil where there is none.
    public var nem12: Int? {
        switch self {
        case .none: nil
        case .gap: 76
        case .failedValidation: 45
        case .exchange: 1
        case .corrected, .withdrawn: 24
        case .person: 23
        case .rollover: 87
        }
    }
}
