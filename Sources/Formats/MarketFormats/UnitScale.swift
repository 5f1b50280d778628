internal import Values

/// A unit of a message in terms of ours: the unit kept, and how many places its decimal point moves on the way (varh → kvarh: −3).
struct UnitScale: Hashable {
    var unit: UnitCode
    var shift: Int
    init(_ unit: UnitCode, _ shift: Int = 0) {
        self.unit = unit
        self.shift = shift
    }

    /// By name, as NEM12 and MSCONS write them; nil where no register of ours has such a unit (volt, ampere, power factor).
    static func named(_ text: String) -> UnitScale? {
        switch text.lowercased() {
        case "kwh": UnitScale(.kilowattHour)
        case "wh", "whr": UnitScale(.wattHour)
        case "mwh": UnitScale(.megawattHour)
        case "kvarh", "k3", "kvh": UnitScale(.kilovarHour)
        case "varh": UnitScale(.kilovarHour, -3)
        case "mvarh": UnitScale(.kilovarHour, 3)
        case "kw", "kwt": UnitScale(.kilowatt)
        case "w": UnitScale(.watt)
        case "mw", "maw": UnitScale(.megawatt)
        case "m3", "m^3", "mtq", "q37": UnitScale(.cubicMetre)
        case "l", "ltr": UnitScale(.litre)
        case "mj", "3b": UnitScale(.megajoule)
        case "gj", "gv": UnitScale(.gigajoule)
        default: nil
        }
    }

    /// By the number of CIM and ESPI (UnitSymbolKind) and a power of ten.
    static func symbol(_ number: Int, powerOfTen: Int) -> UnitScale? {
        switch (number, powerOfTen) {
        case (72, 3): UnitScale(.kilowattHour)
        case (72, 6): UnitScale(.megawattHour)
        case (72, -18...18): UnitScale(.wattHour, powerOfTen)
        case (73, -18...18): UnitScale(.kilovarHour, powerOfTen - 3)
        case (42, -18...18): UnitScale(.cubicMetre, powerOfTen)
        case (134, -18...18): UnitScale(.litre, powerOfTen)
        case (38, 3): UnitScale(.kilowatt)
        case (38, 6): UnitScale(.megawatt)
        case (38, -18...18): UnitScale(.watt, powerOfTen)
        case (31, 9): UnitScale(.gigajoule)
        case (31, -12...18): UnitScale(.megajoule, powerOfTen - 6)
        case (125, -18...18): UnitScale(.cubicMetrePerHour, powerOfTen)
        default: nil
        }
    }

    /// The number and power of ten with which CIM and ESPI say one of our units.
    static func symbol(of unit: UnitCode) -> (number: Int, powerOfTen: Int)? {
        switch unit {
        case .wattHour: (72, 0)
        case .kilowattHour: (72, 3)
        case .megawattHour: (72, 6)
        case .kilovarHour: (73, 3)
        case .cubicMetre: (42, 0)
        case .litre: (134, 0)
        case .watt: (38, 0)
        case .kilowatt: (38, 3)
        case .megawatt: (38, 6)
        case .megajoule: (31, 6)
        case .gigajoule: (31, 9)
        case .cubicMetrePerHour: (125, 0)
        default: nil
        }
    }

    /// UN/ECE code as MSCONS writes it.
    static func mscons(_ unit: UnitCode) -> String? {
        switch unit {
        case .kilowattHour: "KWH"
        case .megawattHour: "MWH"
        case .wattHour: "WHR"
        case .kilowatt: "KWT"
        case .megawatt: "MAW"
        case .kilovarHour: "K3"
        case .cubicMetre: "MTQ"
        case .litre: "LTR"
        case .megajoule: "3B"
        case .gigajoule: "GV"
        default: nil
        }
    }
}
