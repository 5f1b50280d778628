internal import Tariffs
internal import Values

extension TariffsPage {
    /// The prices of a component as people read them, one text for each step.
    static func prices(_ component: PriceComponent, _ style: NumberStyle) -> [String] {
        func text(_ price: Price) -> String { price.text(style, blank: Format.blank) }
        func limit(_ number: String, _ unit: String) -> String { "≤\(Format.blank)\(style.apply(number))\(Format.blank)\(unit)" }
        switch component.charge {
        case .fixed(let price): return [text(price)]
        case .sized(let sized):
            return sized.steps.map { step in "\(step.upTo.map { limit(DecimalText.format($0, scale: 6), "") } ?? ">"): \(text(step.price))"
            }
        case .energy(_, let price): return [text(Price(price))]
        case .volume(let price), .wasteWater(let price): return [text(Price(price))]
        case .tiered(let tiered):
            return tiered.steps.map { step in
                "\(step.upTo.map { limit(DecimalText.format($0, scale: 6), tiered.unit.symbol) } ?? ">"): \(text(Price(hundredMillionths: step.hundredMillionths, unit: tiered.unit)))"
            }
        case .package(let package):
            return package.steps.map { step in "\(limit(DecimalText.format(step.upTo, scale: 6), package.unit.symbol)): \(text(step.price))"
            }
        case .capacity(let capacity): return [text(Price(capacity.price, time: capacity.time))]
        case .area(let area): return [text(Price(area.price, time: area.time))]
        case .perItem(let price, _): return [text(price)]
        case .demand(let demand): return [text(demand.perTime)]
        case .reactive(let reactive): return [text(Price(hundredMillionths: reactive.hundredMillionths, unit: .kilovarHour))]
        case .indexed(let indexed): return ["\(indexed.formula.text), P0 = \(text(indexed.price))"]
        case .dynamic(let dynamic):
            return ["\(dynamic.series) + \(text(Price(hundredMillionths: dynamic.markup, unit: .kilowattHour)))"]
        case .passThrough(let series, _): return [series.description]
        case .feedIn(let price): return ["−\(text(Price(price)))"]
        case .minimum(let price, _): return ["≥\(Format.blank)\(text(price))"]
        case .maximum(let price, _): return ["≤\(Format.blank)\(text(price))"]
        case .discount(.percent(let ratio), _): return ["−\(style.apply(DecimalText.format(ratio.millionths, scale: 4))) %"]
        case .discount(.amount(let price), _): return ["−\(text(price))"]
        case .discount(.price(let value, let unit), _): return ["−\(text(Price(hundredMillionths: value, unit: unit)))"]
        case .discount(.quantity(let micro, let unit), _): return ["−\(style.apply(DecimalText.format(micro, scale: 6))) \(unit.symbol)"]
        case .bonus(let bonus):
            if let percent = bonus.percent { return ["−\(style.apply(DecimalText.format(percent.millionths, scale: 4))) %"] }
            return ["−\(style.apply(bonus.amount?.description ?? "")) €"]
        }
    }
}
