public import Values

/// How a plain decimal is shown, and in which language units are written beside it.
public struct NumberStyle: Hashable, Sendable {
    public let point: String
    public let grouping: String
    /// `€9.50/month` instead of `9.50 €/Monat`.
    public let hasEnglishUnits: Bool
    public init(point: String, grouping: String, hasEnglishUnits: Bool = false) {
        self.point = point
        self.grouping = grouping
        self.hasEnglishUnits = hasEnglishUnits
    }
    /// For files: units as they stand on every document that was ever stored.
    public static let plain = NumberStyle(point: ".", grouping: "")
    /// For interfaces that speak English and compute: plain decimals, English units.
    public static let plainEnglish = NumberStyle(point: ".", grouping: "", hasEnglishUnits: true)
    /// 1.234,56.
    public static let german = NumberStyle(point: ",", grouping: ".")
    /// 1,234.56.
    public static let english = NumberStyle(point: ".", grouping: ",", hasEnglishUnits: true)

    /// A plain decimal in this style.
    public func apply(_ plain: String) -> String {
        if grouping.isEmpty && point == "." { return plain }
        var out: [UInt8] = []
        out.reserveCapacity(plain.utf8.count + 12)
        var digits = plain.utf8[...]
        if digits.first == UInt8(ascii: "-") {
            out.append(contentsOf: "−".utf8)
            digits.removeFirst()
        }
        let whole = digits.prefix { $0 != UInt8(ascii: ".") }
        var left = whole.count
        for digit in whole {
            out.append(digit)
            left -= 1
            if left > 0, left.isMultiple(of: 3) { out.append(contentsOf: grouping.utf8) }
        }
        let places = digits.dropFirst(whole.count + 1)
        if !places.isEmpty {
            out.append(contentsOf: point.utf8)
            out.append(contentsOf: places)
        }
        return String(decoding: out, as: UTF8.self)
    }
    /// A sum of money from its plain decimal: `9,50 €`, `€9.50`.
    public func euros(_ plain: String, blank: String = " ") -> String {
        guard hasEnglishUnits else { return "\(apply(plain))\(blank)€" }
        guard plain.hasPrefix("-") else { return "€\(apply(plain))" }
        return "\(grouping.isEmpty ? "-" : "−")€\(apply(String(plain.dropFirst())))"
    }
    /// A day as people write it; plain as files do.
    public func text(_ day: Day) -> String {
        if self == .german { return day.german }
        guard self == .english else { return day.description }
        let (year, month, dayOfMonth) = day.components
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(dayOfMonth) \(names[month - 1]) \(year)"
    }

    /// A formula with its plain decimals in this style: only the point changes, since a formula groups no digits.
    public func numbers(in formula: String) -> String {
        guard point != "." else { return formula }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        var out: [UInt8] = []
        let bytes = Array(formula.utf8)
        for (place, byte) in bytes.enumerated() {
            let isPoint =
                byte == UInt8(ascii: ".") && place > 0 && place + 1 < bytes.count && digits.contains(bytes[place - 1])
                && digits.contains(bytes[place + 1])
            if isPoint { out.append(contentsOf: point.utf8) } else { out.append(byte) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The word in the language whose numbers these are; plain numbers go with English.
    func say(_ german: String, _ english: String) -> String { self == .german ? german : english }
}
