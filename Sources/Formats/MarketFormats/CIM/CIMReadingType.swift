internal import Values

/// The ReadingType of IEC 61968-9, annex C: 18 fields that say what a value measures.
/// `0.0.2.4.1.2.12.0.0.0.0.0.0.0.0.3.72.0` is 15-minute delta data, forward, electricity, energy, kWh.
struct CIMReadingType: Hashable {
    private var fields: [Int]

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 18 else { return nil }
        var fields: [Int] = []
        for part in parts {
            guard let number = Int(part), abs(number) < 100_000 else { return nil }
            fields.append(number)
        }
        self.fields = fields
    }

    var macroPeriod: Int { fields[0] }
    var measuringPeriod: Int { fields[2] }
    var accumulation: Int { fields[3] }
    var flow: Int { fields[4] }
    var commodity: Int { fields[5] }
    var tariff: Int { fields[11] }
    var scale: UnitScale? { UnitScale.symbol(fields[16], powerOfTen: fields[15]) }

    /// What a register shows (bulk, cumulative, summation), against the quantity of a slot (delta). Anything else is a moment's
    /// value, which no register counts.
    var isRegister: Bool { [1, 3, 9].contains(accumulation) }
    var isDelta: Bool { accumulation == 4 }

    /// The raster (MeasuringPeriodKind; confirm against the standard); nil for none or one that we have not.
    var resolution: Resolution? {
        switch measuringPeriod {
        case 1: .seconds(600)
        case 2: .quarterHour
        case 3: .minute
        case 4: .day
        case 5: .halfHour
        case 6: .seconds(300)
        case 7: .hour
        case 10: .seconds(120)
        case 14: .seconds(180)
        case 31: .seconds(1_200)
        default: macroPeriod == 11 ? .day : nil
        }
    }

    var obis: ObisCode? {
        guard let scale else { return nil }
        return ESPICodes.obis(.init(commodity: commodity, flow: flow, unit: scale.unit.dimension, tariff: tariff, isInterval: isDelta))
    }

    /// The reading type of a register or channel; nil where the 18 fields have no words for it.
    static func text(_ obis: ObisCode, _ unit: UnitCode, _ resolution: Resolution?) -> String? {
        guard let kind = ESPICodes.kind(obis, unit, isInterval: resolution != nil), let symbol = UnitScale.symbol(of: unit) else {
            return nil
        }
        let measuring: Int
        switch resolution {
        case nil: measuring = 0
        case .day?, .gasDay?: measuring = 4
        case .seconds(let seconds)?:
            guard let code = [600: 1, 900: 2, 60: 3, 1_800: 5, 300: 6, 3_600: 7, 120: 10, 180: 14, 1_200: 31][seconds] else { return nil }
            measuring = code
        }
        // 12 energy, 58 volume.
        let measured = unit.dimension == .volume ? 58 : 12
        return
            "0.0.\(measuring).\(resolution == nil ? 1 : 4).\(kind.flow).\(kind.commodity).\(measured).0.0.0.0.\(kind.tariff).0.0.0.\(symbol.powerOfTen).\(symbol.number).0"
    }
}
