internal import Values

extension Indexation {
    /// "11/2024".
    static func month(_ day: Day) -> String {
        let (year, month, _) = day.components
        return "\(DecimalText.padded(UInt64(month), to: 2))/\(year)"
    }

    /// How the price came about, each index with its months, and what moved it.
    func notes(_ style: NumberStyle) -> [String] {
        func month(_ day: Day) -> String { Indexation.month(day) }
        func plain(_ micro: Int64) -> String { style.apply(DecimalText.format(micro, scale: 6)) }
        var notes = [
            style.say(
                "Preisanpassung zum \(style.text(setOn)): \(style.numbers(in: formula)), P0 = \(base.text(style)), ergibt \(price.text(style))",
                "Price adjustment as of \(style.text(setOn)): \(formula), P0 = \(base.text(style)), gives \(price.text(style))")
        ]
        for value in values {
            let kind =
                switch value.kind {
                case .cost: style.say("Kosten", "cost")
                case .market: style.say("Markt", "market")
                case .fuel: style.say("Brennstoff", "fuel")
                }
            var window = ""
            if let first = value.months.first?.first, let last = value.months.last?.first {
                window =
                    first == last
                    ? style.say(", Wert für \(month(first))", ", value for \(month(first))")
                    : style.say(", Mittel \(month(first)) bis \(month(last))", ", mean of \(month(first)) to \(month(last))")
            }
            notes.append("\(value.name) = \(plain(value.value)), \(value.name)0 = \(plain(value.base)) (\(kind)\(window))")
        }
        return notes + [change(style)].compactMap(\.self)
    }

    /// From which price to this one, and the fuel's part of it in percent (AVBFernwärmeV § 24(4)). Nothing is an adjustment where this
    /// is the first price of its clause: then only the distance to P0 is told, and called so.
    private func change(_ style: NumberStyle) -> String? {
        guard let earlier else {
            guard fuelChange != nil else { return nil }
            let said = style.say(
                "Änderung gegenüber dem Ausgangspreis P0 (\(base.text(style)))", "Change from the base price P0 (\(base.text(style)))")
            return "\(said): " + moved(price.hundredMillionths &- base.hundredMillionths, fuelChange, style)
        }
        let said = style.say(
            "Änderung gegenüber dem Preis ab \(style.text(earlier.setOn)) (\(earlier.price.text(style)))",
            "Change from the price as of \(style.text(earlier.setOn)) (\(earlier.price.text(style)))")
        return "\(said): " + moved(price.hundredMillionths &- earlier.price.hundredMillionths, earlier.fuelChange, style)
    }

    /// "−0,0753 ct/kWh, davon Brennstoff −0,05 ct/kWh (66,4 %)".
    private func moved(_ change: Int64, _ fuel: Int64?, _ style: NumberStyle) -> String {
        func number(_ value: Int64) -> String { Price(hundredMillionths: value, unit: price.unit, time: price.time).text(style) }
        guard let fuel else { return number(change) }
        var share = ""
        if change != 0 {
            let tenths = Rounding.halfAwayFromZero.divide(Int128(fuel) * 1_000, by: Int128(change))
            share = "\(style.apply(DecimalText.format(Int64(clamping: tenths), scale: 1, minimumPlaces: 1))) %"
            // More than the whole, or less than nothing of it: other elements moved the other way.
            if !(0...1_000).contains(tenths) {
                share += style.say("; anderes wirkte dem entgegen", "; other elements moved against it")
            }
            share = " (\(share))"
        }
        return number(change) + style.say(", davon Brennstoff \(number(fuel))\(share)", ", of which fuel \(number(fuel))\(share)")
    }
}
