internal import Tariffs
internal import Values

extension TariffsPage {
    /// The prices of a component as people read them, one text for each step.
    static func prices(_ component: PriceComponent, _ style: NumberStyle) -> [String] {
        func text(_ price: Price) -> String { "\(style.apply(price.number))\(Format.blank)\(price.unitText)" }
        func limit(_ number: String, _ unit: String) -> String { "≤\(Format.blank)\(style.apply(number))\(Format.blank)\(unit)" }
        switch component.charge {
        case .fixed(let price): return [text(price)]
        case .sized(let sized):
            return sized.steps.map { step in "\(step.upTo.map { limit(DecimalText.format($0, scale: 6), "") } ?? ">"): \(text(step.price))"
            }
        case .energy(_, let price): return [text(Price(price))]
        case .volume(let price): return [text(Price(price))]
        case .tiered(let tiered):
            return tiered.steps.map { step in
                "\(step.upTo.map { limit(DecimalText.format($0, scale: 6), tiered.unit.symbol) } ?? ">"): \(text(Price(hundredMillionths: step.hundredMillionths, unit: tiered.unit)))"
            }
        case .capacity(let capacity): return [text(Price(capacity.price, time: capacity.time))]
        case .area(let area): return [text(Price(area.price, time: area.time))]
        case .perItem(let price, _): return [text(price)]
        case .passThrough(let series, _): return [series.description]
        case .minimum(let price, _): return ["≥\(Format.blank)\(text(price))"]
        }
    }
}
