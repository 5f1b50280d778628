internal import Values

/// The units of libmbus' two forms: as sent (`Energy (10 Wh)`, `Volume (1e-2  m^3)`) and in base units (`Energy`, `Wh`).
enum MBusUnits {
    /// The counter a record is, or nil if it is none.
    static func counter(unit: String, quantity: String) -> UnitScale? {
        if !quantity.isEmpty {
            switch (quantity, unit) {
            case ("Energy", let unit): return energy(unit)
            case ("Volume", let unit): return volume(unit)
            case ("H.C.A.", _): return UnitScale(.piece)
            default: return nil
            }
        }
        // Fixed data structure: the unit alone.
        if let plain = energy(unit) ?? volume(unit) { return plain }
        if unit == "Units for H.C.A." { return UnitScale(.piece) }
        guard unit.hasSuffix(")"), let open = unit.firstIndex(of: "(") else { return nil }
        let name = unit[..<open].trimmingSpaces
        let words = unit[unit.index(after: open)...].dropLast().split(separator: " ").map(String.init)
        guard let symbol = words.last, words.count <= 2 else { return nil }
        let scale: UnitScale?
        switch name {
        case "Energy": scale = energy(symbol)
        case "Volume": scale = volume(symbol)
        default: return nil
        }
        guard var result = scale else { return nil }
        guard words.count == 2 else { return result }
        guard let shift = power(words[0]) else { return nil }
        result.shift += shift
        return result
    }

    private static func energy(_ symbol: String) -> UnitScale? {
        switch symbol {
        case "Wh": UnitScale(.wattHour)
        case "kWh": UnitScale(.kilowattHour)
        case "MWh": UnitScale(.megawattHour)
        case "mWh": UnitScale(.wattHour, -3)
        case "myWh": UnitScale(.wattHour, -6)
        case "J": UnitScale(.megajoule, -6)
        case "kJ": UnitScale(.megajoule, -3)
        case "MJ": UnitScale(.megajoule)
        case "GJ": UnitScale(.gigajoule)
        default: nil
        }
    }
    private static func volume(_ symbol: String) -> UnitScale? {
        switch symbol {
        case "m^3", "m3": UnitScale(.cubicMetre)
        case "l": UnitScale(.litre)
        default: nil
        }
    }
    /// `10`, `100`, `0.1`, `1e-2`, `m` and `my` as powers of ten.
    static func power(_ text: String) -> Int? {
        switch text {
        case "m": return -3
        case "my": return -6
        case "0.1": return -1
        case "0.01": return -2
        case "0.001": return -3
        case "1", "10", "100", "1000", "10000": return text.utf8.count - 1
        default:
            guard text.hasPrefix("1e"), let exponent = Int(text.dropFirst(2)), abs(exponent) <= 12 else { return nil }
            return exponent
        }
    }
}

extension Substring {
    /// Without blanks around it.
    var trimmingSpaces: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
