internal import Values

/// What an MSCONS message is for, and what it leaves unsaid. The codes of its values are in `VEE.MSCONSCodes`.
enum MSCONSProcess {
    /// The unit of a quantity that names none, by its OBIS code: in the trade a unit is left out where the code says it.
    static func unit(_ code: ObisCode) -> UnitScale? {
        switch (code.a, code.c, code.d) {
        case (1, 1...2, 6): UnitScale(.kilowatt)
        case (1, 1...2, _): UnitScale(.kilowattHour)
        case (1, 3...8, 8), (1, 3...8, 9), (1, 3...8, 29): UnitScale(.kilovarHour)
        case (7, 33, _), (7, 99, _): UnitScale(.kilowattHour)
        case (7, 3, _), (7, 6, _), (7, 13, _), (7, 16, _): UnitScale(.cubicMetre)
        case (6, 1, _), (5, 1, _): UnitScale(.kilowattHour)
        case (6, 2, _), (5, 2, _), (8, 1, _), (9, 1, _): UnitScale(.cubicMetre)
        default: nil
        }
    }

    /// Whether a Pruefidentifikator is about gas (true), electricity (false), or says neither.
    static func isGas(_ process: String) -> Bool? {
        switch process {
        case "13002", "13007", "13008", "13009", "13013", "13014": true
        case "13003", "13005", "13010", "13011", "13015", "13016", "13017", "13018", "13019", "13025", "13027": false
        default: nil
        }
    }
    static let withdrawal = "13006"
    static let gasReadings = "13002"
    static let powerReadings = "13017"
    static let marketProfile = "13025"

    /// The Pruefidentifikator of a load profile. Of electricity those of a Marktlokation, which has eleven digits, and of a
    /// Messlokation are two.
    static func loadProfile(isGas: Bool, point: String) -> String {
        if isGas { return "13008" }
        return point.utf8.count == 11 && point.utf8.allSatisfy { (0x30...0x39).contains($0) } ? marketProfile : "13018"
    }
}
