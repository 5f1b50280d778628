internal import Values

extension Explanation {
    /// The same as a sum with numbers: `3 500.123 kWh × 31.2374 ct/kWh`. Plain decimals for interfaces, those of a language for people.
    public func formula(_ style: NumberStyle = .plain) -> String {
        func number(_ measure: Measure) -> String { "\(style.apply(measure.number)) \(measure.unit.symbol)" }
        func number(_ price: Price) -> String { price.text(style) }
        func number(_ money: Money) -> String { style.euros(money.description) }
        func number(_ tier: Tier) -> String {
            "\(style.apply(DecimalText.format(tier.micro, scale: 6))) \(tier.price.unit?.symbol ?? "") × \(number(tier.price))"
        }
        switch self {
        case .quantity(let quantity, let price): return "\(number(quantity)) × \(number(price))"
        case .reduced(let quantity, let less, let price): return "(\(number(quantity)) − \(number(less))) × \(number(price))"
        case .time(let quantity?, let price, let share, _): return "\(number(quantity)) × \(number(price)) × \(share)"
        case .time(nil, let price, let share, _): return "\(number(price)) × \(share)"
        case .peak(let peak, let price, let share, _):
            return "\(number(Measure(micro: peak.micro, unit: .kilowatt))) × \(number(price)) × \(share)"
        case .tiers(let tiers): return tiers.map(number).joined(separator: " + ")
        case .package(let price, let share, _, let excess):
            return "\(number(price)) × \(share)" + (excess.micro > 0 ? " + \(number(excess))" : "")
        case .spot(let cost, let markup):
            let spot = "Σ \(cost.slots) × (kWh × ct/kWh) = \(style.euros(cost.euros))"
            if markup == 0 { return spot }
            let energy = Measure(micro: cost.micro, unit: .kilowattHour)
            return "\(spot) + \(number(energy)) × \(number(Price(hundredMillionths: markup, unit: .kilowattHour)))"
        case .indexed(_, let inner): return inner.formula(style)
        case .minimum(let price, let share, _, let charged), .maximum(let price, let share, _, let charged):
            return "\(number(price)) × \(share) − \(number(charged))"
        case .percent(let ratio, let base):
            return "\(number(base)) × \(style.apply(DecimalText.format(ratio.millionths, scale: 4))) %"
        case .amount(let money, let times): return times == 1 ? number(money) : "\(times) × \(number(money))"
        }
    }

    /// What a reader must know beside the sum: which quarter hour was the highest, how an index moved the price, what the fuel's part
    /// of that is (AVBFernwärmeV § 24(4)).
    public func notes(_ style: NumberStyle = .plain) -> [String] {
        func cents(_ value: Int64) -> String {
            style.apply(Price(hundredMillionths: value, unit: .kilowattHour).number) + " ct/kWh"
        }
        switch self {
        case .peak(let peak, _, _, _):
            guard let at = peak.at else { return [] }
            let clock = LocalTime.berlin.text(at)
            let day = LocalTime.berlin.day(of: at)
            let moment = "\(style.text(day)) \(clock.dropFirst(11).prefix(5))"
            return [style.say("Höchste Viertelstunde ab \(moment)", "Highest quarter hour from \(moment)")]
        case .spot(let cost, _):
            guard cost.slots > 0, cost.lowest <= cost.highest else { return [] }
            let (low, high) = (cents(cost.lowest), cents(cost.highest))
            let slots =
                switch cost.secondsPerSlot {
                case 900: style.say("Viertelstunden", "quarter hours")
                case 3_600: style.say("Stunden", "hours")
                default: style.say("Messwerte", "measured intervals")
                }
            var notes = [
                style.say(
                    "\(cost.slots) \(slots) zu Preisen der Börse von \(low) bis \(high)",
                    "\(cost.slots) \(slots) at spot prices from \(low) to \(high)")
            ]
            if cost.capped > 0, let cap = cost.cap {
                notes.append(
                    style.say(
                        "\(cost.capped) davon lagen über der Obergrenze und zählen mit \(cents(cap)); die Obergrenze gilt für den Börsenpreis vor dem Aufschlag",
                        "\(cost.capped) of them were above the cap and count as \(cents(cap)); the cap limits the spot price before the markup"
                    ))
            }
            if cost.floored > 0, let floor = cost.floor {
                notes.append(
                    style.say(
                        "\(cost.floored) davon lagen unter der Untergrenze und zählen mit \(cents(floor)); die Untergrenze gilt für den Börsenpreis vor dem Aufschlag",
                        "\(cost.floored) of them were below the floor and count as \(cents(floor)); the floor limits the spot price before the markup"
                    ))
            }
            if let mean = cost.mean {
                notes.append(
                    style.say("im Mittel der Mengen \(cents(mean)) (gerundet)", "on average of the quantities \(cents(mean)) (rounded)"))
            }
            return notes
        case .indexed(let indexation, let inner): return indexation.notes(style) + inner.notes(style)
        default: return []
        }
    }
}

extension SpotCost {
    /// Euros to eight places.
    var euros: String {
        let value = Rounding.halfAwayFromZero.divide(exact, by: 1_000_000)
        return Int64(exactly: value).map { DecimalText.format($0, scale: 8, minimumPlaces: 2) } ?? "?"
    }
    /// The mean price by quantity, rounded to 10^-6 ct; nil without a quantity.
    public var mean: Int64? {
        micro == 0 ? nil : Int64(exactly: Rounding.halfAwayFromZero.divide(exact, by: Int128(micro)))
    }
}

extension Explanation {
    /// What the numbers of the notes were computed from, for who computes again: the months of each index.
    public func sources(_ style: NumberStyle = .plain) -> [String] {
        guard case .indexed(let indexation, _) = self else { return [] }
        return indexation.values.filter { $0.months.count > 1 }.map { value in
            let months = value.months.map {
                "\(Indexation.month($0.first)) \(style.apply(DecimalText.format($0.value, scale: 6)))"
            }
            return "\(value.name): \(months.joined(separator: "; "))"
        }
    }
}
