public import Metering
internal import Values

/// Why a value is not as measured. The raw values are stored and never change their meaning.
///
/// All reasons of MSCONS STS+Z34 and STS+Z40 are here, so that a market message survives the way in and out.
public enum EstimationReason: UInt8, Sendable, Hashable, Codable, CaseIterable {
    case none = 0
    case gap = 1
    case failedValidation = 2
    case exchange = 3
    case corrected = 4
    case person = 5
    case rollover = 6
    case withdrawn = 7
    case noAccess = 8
    case gridOutage = 9
    case voltageLoss = 10
    case calibration = 11
    case outsideConditions = 12
    case deviceDisturbed = 13
    case uncertainMeasurement = 14
    case faultRegister = 15
    case incompleteConversion = 16
    case clockSet = 17
    case wrongMultiplier = 18
    case changedCalculation = 19
    case rebuiltPoint = 20
    case deviceDefect = 21
    case tariffTimesChanged = 22
    case tariffSwitchDefect = 23
    case pulseValue = 24
    case maintenanceCalibrated = 25
    case disturbedValues = 26
    case maintenanceCertified = 27
    case consistencyCheck = 28
    case calorificCorrection = 29
    case conversionCorrection = 30
    case vacancy = 31
    case shutdown = 32
    case seeMeteringLocation = 33
    case requestIntoThePast = 34
    case customerReading = 35

    /// What is written about a reason.
    private struct Text {
        let word: String
        let german: String
        let mscons: String?
        let nem12: Int?
        init(_ word: String, _ german: String, _ mscons: String?, _ nem12: Int? = nil) {
            self.word = word
            self.german = german
            self.mscons = mscons
            self.nem12 = nem12
        }
    }
    private var text: Text {
        switch self {
        case .none: Text("none", "", nil)
        case .gap: Text("gap-in-delivery", "Lücke in der Lieferung", "Z75", 76)
        case .failedValidation: Text("failed-validation", "Messwert unplausibel", "ZA1", 45)
        case .exchange: Text("meter-exchange", "Gerätewechsel", "Z78", 1)
        case .corrected: Text("corrected-by-sender", "Korrektur des Absenders", "ZA7", 24)
        case .person: Text("edited-by-person", "von Hand geändert", "ZA4", 23)
        case .rollover: Text("rollover-checked", "realer Zählerüberlauf geprüft", "Z85", 87)
        case .withdrawn: Text("withdrawn-by-sender", "zurückgezogen", "ZA7", 24)
        case .noAccess: Text("no-access", "kein Zugang", "Z74", 52)
        case .gridOutage: Text("grid-outage", "Netzausfall", "Z76", 43)
        case .voltageLoss: Text("voltage-loss", "Spannungsausfall", "Z77", 43)
        case .calibration: Text("calibration", "Kalibrierung", "Z79", 44)
        case .outsideConditions: Text("outside-operating-conditions", "außerhalb der Betriebsbedingungen", "Z80")
        case .deviceDisturbed: Text("device-disturbed", "Messeinrichtung gestört oder defekt", "Z81", 20)
        case .uncertainMeasurement: Text("uncertain-measurement", "Unsicherheit der Messung", "Z82", 9)
        case .faultRegister: Text("fault-register", "Berücksichtigung des Störmengenzählwerks", "Z98")
        case .incompleteConversion: Text("incomplete-conversion", "Mengenumwertung unvollständig", "Z99")
        case .clockSet: Text("clock-set", "Uhrzeit gestellt, Synchronisation", "ZA0", 89)
        case .wrongMultiplier: Text("wrong-multiplier", "falscher Wandlerfaktor", "ZA3", 100)
        case .changedCalculation: Text("changed-calculation", "Änderung der Berechnung", "ZA5", 72)
        case .rebuiltPoint: Text("rebuilt-point", "Umbau der Messlokation", "ZA6", 1)
        case .deviceDefect: Text("device-defect", "Störung oder Defekt der Messeinrichtung", "ZB0", 20)
        case .tariffTimesChanged: Text("tariff-times-changed", "Änderung der Tarifschaltzeiten", "ZB9")
        case .tariffSwitchDefect: Text("tariff-switch-defect", "Tarifschaltgerät defekt", "ZC2", 35)
        case .pulseValue: Text("pulse-value", "Impulswertigkeit nicht ausreichend", "ZC4")
        case .maintenanceCalibrated: Text("maintenance-calibrated", "Wartungsarbeiten an geeichtem Messgerät", "ZR1", 44)
        case .disturbedValues: Text("disturbed-values", "gestörte Werte", "ZR2", 45)
        case .maintenanceCertified: Text("maintenance-certified", "Wartungsarbeiten an eichrechtskonformen Messgeräten", "ZR3", 44)
        case .consistencyCheck: Text("consistency-check", "Konsistenz- und Synchronprüfung", "ZR4", 45)
        case .calorificCorrection: Text("calorific-correction", "Brennwertkorrektur", "ZA8", 72)
        case .conversionCorrection: Text("conversion-correction", "Z-Zahl-Korrektur", "ZA9", 72)
        case .vacancy: Text("vacancy", "Leerstand", "Z84", 8)
        case .shutdown: Text("shutdown", "Anlage abgeschaltet", nil, 6)
        case .seeMeteringLocation: Text("see-metering-location", "Grund siehe Messlokation", "ZS9")
        case .customerReading: Text("customer-reading", "Kundenselbstablesung", "Z83")
        case .requestIntoThePast: Text("request-into-the-past", "Anforderung in die Vergangenheit ohne Wert", "ZT8")
        }
    }

    /// The word of the interface.
    public var word: String { text.word }
    public init?(word: some StringProtocol) {
        guard let reason = EstimationReason.allCases.first(where: { $0.word == word }) else { return nil }
        self = reason
    }
    public var german: String { text.german }
    /// STS+Z34 and STS+Z40 of MSCONS MIG 2.4c (Z83, Z84 and Z85 belong to STS+Z33); nil where there is no code.
    public var mscons: String? { text.mscons }
    /// The reason of an MSCONS code, the first in raw order where two share one; nil for an unknown code.
    public init?(mscons code: some StringProtocol) {
        guard let reason = EstimationReason.allCases.first(where: { $0.mscons.map { $0 == code } ?? false }) else { return nil }
        self = reason
    }
    /// What the reason says of the meter itself; nil for what is only about values.
    public var alarm: DeviceAlarm? {
        switch self {
        case .deviceDisturbed, .deviceDefect, .tariffSwitchDefect: .defect
        case .gridOutage, .voltageLoss: .outage
        case .clockSet: .clock
        case .wrongMultiplier: .multiplier
        default: nil
        }
    }
    /// NEM12 reason code; nil where there is none.
    public var nem12: Int? { text.nem12 }
}

extension Mark {
    /// Made by the cascade, and made anew by it when more is known.
    public var isAutomatic: Bool {
        status == .estimated && EstimationMethod(rawValue: method)?.isCascade == true && reason != EstimationReason.person.rawValue
    }
    /// Made here, of estimates or of what others measured, and made anew when more is known.
    public var isReplaceable: Bool {
        guard reason != EstimationReason.person.rawValue, let method = EstimationMethod(rawValue: method) else { return false }
        let isReference = method == .checkMeter || method == .uncalibratedCheckMeter || method == .balance
        return isAutomatic || (status == .substituted && isReference)
    }
    /// Rejected by its sender, not by a rule of ours: nobody judges it anew or accepts it.
    public var isTakenBack: Bool {
        status == .rejected && reason != EstimationReason.failedValidation.rawValue && reason != EstimationReason.none.rawValue
    }
    /// What a person decided, and what therefore holds.
    public var isDecision: Bool { reason == EstimationReason.person.rawValue && status.isUsable }
}
