internal import Values

extension Price {
    /// With its unit, as the style's language writes it: `9,50 €/Monat`, `€9.50/month`, `31.24 ct/kWh`.
    ///
    /// - Parameter blank: between number and unit.
    public func text(_ style: NumberStyle, blank: String = " ") -> String {
        guard style.hasEnglishUnits else { return "\(style.apply(number))\(blank)\(unitText)" }
        let amount = isInCents ? "\(style.apply(number))\(blank)ct" : style.euros(number)
        return switch (unit.map { $0 == .piece ? "item" : $0.symbol }, time?.rawValue) {
        case (let unit?, let time?): "\(amount)/(\(unit)·\(time))"
        case (let per?, nil), (nil, let per?): "\(amount)/\(per)"
        case (nil, nil): amount
        }
    }
}
