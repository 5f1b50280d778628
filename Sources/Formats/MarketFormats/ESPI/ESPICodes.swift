internal import Values

/// The enumerations of NAESB ESPI (and of IEC 61968-9, from which they come) in our words.
enum ESPICodes {
    /// The status of an interval's quality; no quality at all is a measured value.
    static func status(quality: String) -> ValueStatus {
        switch quality {
        case "7": .substituted  // manually edited
        case "8", "9", "12": .estimated  // by a reference day, by interpolation, projected
        case "10", "13": .provisional  // questionable, mixed
        default: .measured
        }
    }
    /// The quality of a status that came without one.
    static func quality(_ status: ValueStatus) -> String? {
        switch status {
        case .measured, .absent: nil
        case .estimated: "9"
        case .substituted: "7"
        case .provisional, .rejected: "10"
        }
    }

    /// What a ReadingType counts: commodity, flow direction, unit and tariff, as ESPI and CIM number them.
    struct Kind: Hashable {
        var commodity: Int
        var flow: Int
        var unit: UnitCode.Dimension
        var tariff: Int
        var isInterval: Bool
    }

    /// The OBIS code; nil where no register of ours counts it.
    ///
    /// Electricity has interval codes of its own (29), gas too (21); water and heat use 29 by analogy, as `ObisCode` does.
    static func obis(_ kind: Kind) -> ObisCode? {
        guard (0...63).contains(kind.tariff) else { return nil }
        let tariff = UInt8(kind.tariff)
        let isReverse = kind.flow == 19
        switch (kind.commodity, kind.unit) {
        case (0, .energy), (1, .energy), (2, .energy): return ObisCode(1, 0, isReverse ? 2 : 1, kind.isInterval ? 29 : 8, tariff)
        case (0, .reactiveEnergy), (1, .reactiveEnergy), (2, .reactiveEnergy):
            return ObisCode(1, 0, isReverse ? 4 : 3, kind.isInterval ? 29 : 8, tariff)
        case (7, .volume): return ObisCode(7, 0, isReverse ? 6 : 3, kind.isInterval ? 21 : 0, tariff)
        case (7, .energy): return ObisCode(7, 0, 33, 86, tariff)
        case (9, .volume): return ObisCode(8, 0, 1, kind.isInterval ? 29 : 0, tariff)
        case (12, .energy): return ObisCode(6, 0, 1, kind.isInterval ? 29 : 0, tariff)
        case (12, .volume): return ObisCode(6, 0, 2, kind.isInterval ? 29 : 0, tariff)
        default: return nil
        }
    }

    /// The inverse, for writing; nil where the numbers have no words for the code.
    static func kind(_ obis: ObisCode, _ unit: UnitCode, isInterval: Bool) -> Kind? {
        let commodity: Int
        switch obis.a {
        case 1: commodity = 1
        case 7: commodity = 7
        case 8, 9: commodity = 9
        case 5, 6: commodity = 12
        default: return nil
        }
        let isReverse = obis.isFeedIn || (obis.a == 1 && obis.c == 4)
        let kind = Kind(commodity: commodity, flow: isReverse ? 19 : 1, unit: unit.dimension, tariff: Int(obis.e), isInterval: isInterval)
        return self.obis(kind) == obis ? kind : nil
    }
}
