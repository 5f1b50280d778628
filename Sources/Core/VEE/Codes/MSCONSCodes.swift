public import Values

/// A code of a market message with its official words.
public struct MarketCode: Hashable, Sendable {
    public let code: String
    public let german: String
    /// For which commodities it may be used; nil: all.
    public let commodities: Set<Commodity>?
    public init(_ code: String, _ german: String, only commodities: Set<Commodity>? = nil) {
        self.code = code
        self.german = german
        self.commodities = commodities
    }
    /// Whether the code may be used for the commodity.
    public func applies(to commodity: Commodity) -> Bool { commodities?.contains(commodity) ?? true }
}

/// The codes that travel with a value in MSCONS (MIG 2.4c of 26.07.2024), by segment.
public enum MSCONSCodes {
    /// STS+Z33: plausibility hints, up to four per value.
    public static let hints: [MarketCode] = [
        MarketCode("Z83", "Kundenselbstablesung"), MarketCode("Z84", "Leerstand"), MarketCode("Z85", "Realer Zählerüberlauf geprüft"),
        MarketCode("Z86", "Kontrollablesung"), MarketCode("Z87", "Kundenhinweis"), MarketCode("ZC3", "Austausch des Ersatzwertes"),
        MarketCode("ZR5", "Rechenwert", only: [.gas]), MarketCode("ZS2", "Wert auf Basis der modernen Messeinrichtung"),
    ]
    /// STS+Z32: how a substitute was made.
    public static let methods: [MarketCode] = [
        MarketCode("Z88", "Vergleichsmessung (geeicht)", only: [.electricity]),
        MarketCode("Z89", "Vergleichsmessung (nicht geeicht)", only: [.electricity, .gas]),
        MarketCode("Z90", "Messwertnachbildung aus geeichten Werten", only: [.gas]),
        MarketCode("Z91", "Messwertnachbildung aus nicht geeichten Werten", only: [.gas]),
        MarketCode("Z92", "Interpolation", only: [.electricity, .gas]), MarketCode("Z93", "Haltewert", only: [.gas]),
        MarketCode("Z94", "Bilanzierung Netzabschnitt", only: [.gas]), MarketCode("Z95", "Historische Messwerte", only: [.gas]),
        MarketCode("ZJ2", "Statistische Methode", only: [.electricity]), MarketCode("ZQ8", "Aufteilung", only: [.gas]),
        MarketCode("ZQ9", "Störmengenzählwerk", only: [.gas]), MarketCode("ZR0", "Umgangs- und Korrekturmengen", only: [.gas]),
        MarketCode("ZS0", "siehe Messlokation", only: [.electricity, .gas]),
    ]
    /// STS+Z34 and STS+Z40: why a value was corrected or substituted.
    public static let reasons: [MarketCode] = [
        MarketCode("Z74", "kein Zugang"), MarketCode("Z75", "Kommunikationsstörung"), MarketCode("Z76", "Netzausfall"),
        MarketCode("Z77", "Spannungsausfall"), MarketCode("Z78", "Gerätewechsel"), MarketCode("Z79", "Kalibrierung"),
        MarketCode("Z80", "Gerät arbeitet außerhalb der Betriebsbedingungen"), MarketCode("Z81", "Messeinrichtung gestört/defekt"),
        MarketCode("Z82", "Unsicherheit Messung"), MarketCode("Z98", "Berücksichtigung Störmengenzählwerk"),
        MarketCode("Z99", "Mengenumwertung unvollständig"), MarketCode("ZA0", "Uhrzeit gestellt/Synchronisation"),
        MarketCode("ZA1", "Messwert unplausibel"), MarketCode("ZA3", "Falscher Wandlerfaktor"), MarketCode("ZA4", "Fehlerhafte Ablesung"),
        MarketCode("ZA5", "Änderung der Berechnung"), MarketCode("ZA6", "Umbau der Messlokation"),
        MarketCode("ZA7", "Datenbearbeitungsfehler"), MarketCode("ZB0", "Störung/Defekt Messeinrichtung"),
        MarketCode("ZB9", "Änderung Tarifschaltzeiten"), MarketCode("ZC2", "Tarifschaltgerät defekt"),
        MarketCode("ZC4", "Impulswertigkeit nicht ausreichend"), MarketCode("ZR1", "Wartungsarbeiten an geeichtem Messgerät"),
        MarketCode("ZR2", "gestörte Werte"), MarketCode("ZR3", "Wartungsarbeiten an eichrechtskonformen Messgeräten"),
        MarketCode("ZR4", "Konsistenz- und Synchronprüfung"),
    ]
    /// STS+Z34 only: why a value was corrected.
    public static let correctionReasons: [MarketCode] = [MarketCode("ZA8", "Brennwertkorrektur"), MarketCode("ZA9", "Z-Zahl-Korrektur")]
    /// STS+Z40 only: why a value was substituted.
    public static let substitutionReasons: [MarketCode] = [
        MarketCode("ZS9", "Grund siehe Messlokation"), MarketCode("ZT8", "Anforderung in die Vergangenheit ohne Wert"),
    ]
    /// STS+Z32 of a check meter.
    public static func checkMeter(calibrated: Bool) -> String { calibrated ? "Z88" : "Z89" }

    /// QTY 6063 of a value. What was estimated here is a substitute in the market's words; an estimate that somebody sent is
    /// what it was sent as, a forecast. A provisional value that was made by a method is a proposal, a measured one a sum.
    public static func qualifier(of status: ValueStatus, method: EstimationMethod = .none) -> String {
        switch status {
        case .absent: "Z30"
        case .measured: method == .calculated ? "79" : "220"
        case .estimated: method.isMadeHere ? "67" : "187"
        case .substituted: "67"
        case .provisional: method == .none ? "Z18" : "201"
        case .rejected: "20"
        }
    }
    /// The status of a value by QTY 6063; nil for codes that are no reading (delivery notes, basis of the POG).
    public static func status(ofQualifier code: some StringProtocol) -> ValueStatus? {
        switch code {
        case "220", "79": .measured
        case "67": .substituted
        case "201", "Z18": .provisional
        case "20": .rejected
        case "187": .estimated
        case "Z30": .absent
        default: nil
        }
    }
    /// The method that a qualifier says by itself, where no STS+Z32 names one: see ``qualifier(of:method:)``.
    public static func method(ofQualifier code: some StringProtocol) -> EstimationMethod? {
        switch code {
        case "79": .calculated
        case "201": .proposed
        default: nil
        }
    }
    /// The category of STS under which a reason goes beside a value: Z33 a hint, Z34 why a true value was corrected, Z40 why one was
    /// substituted.
    public static func category(ofReason code: String, status: ValueStatus) -> String {
        func stands(in list: [MarketCode]) -> Bool { list.contains { $0.code == code } }
        if stands(in: hints) { return "Z33" }
        if stands(in: correctionReasons) { return "Z34" }
        if stands(in: substitutionReasons) { return "Z40" }
        return status == .measured ? "Z34" : "Z40"
    }
}
