internal import Billing
internal import Metering
internal import Tariffs
internal import Values

/// A position with all that its amount came about by.
extension BillWords {
    /// - Parameter draft: the bill it stands on.
    func row(_ line: Line, on draft: InvoiceDraft) -> BillPage.Row {
        let supply = draft.supplies.indices.contains(line.supply) ? draft.supplies[line.supply] : nil
        let pieces = draft.pieces(beside: line)
        let explanation = line.explanation
        var quantity = explanation.quantity.map { measure($0) } ?? ""
        if let share = explanation.share { quantity += (quantity.isEmpty ? "" : " · ") + time(share, explanation.price?.time) }
        if line.isReversal, !quantity.isEmpty { quantity = "−" + quantity }
        var parts = explanation.sources(style)
        // What the law wants beside the sum stands with the conversions, on paper, too.
        let beside = [line.surfaces(style), line.carriedOver(style)].compactMap(\.self)
        var conversions = explanation.notes(style) + beside
        parts += beside
        let shares = line.shares
        for (place, part) in line.parts.enumerated() {
            let told = self.part(part, share: shares?[place], of: supply, among: pieces)
            parts.append([told.text, told.conversion].compactMap(\.self).joined(separator: " · "))
            if let converted = told.conversion {
                conversions.append("\(range(part.piece.range)): \(measure(part.piece.quantity)) \(converted)")
            }
        }
        if let peak = line.peak { parts.append(told(peak: peak)) }
        parts += told(prices: line)
        if !line.parts.isEmpty, let utilisation = supply?.utilisation { parts.append(told(utilisation)) }
        for part in line.deducted {
            parts.append(say("abzüglich ", "less ") + self.part(part, share: nil, of: supply, among: pieces).text)
        }
        return BillPage.Row(
            position: String(line.position), label: say(line.label), period: range(line.period), quantity: quantity,
            price: explanation.price.map(price) ?? "", amount: money(line.amount),
            note: line.isReversal ? say("zurückgenommen", "taken back") : division(of: line, of: supply) ?? "",
            formula: "\(line.formula(style)) = \(money(line.amount))",
            source: say(
                "Tarif \(line.tariff.key), Version vom \(day(line.tariff.version)), Prüfsumme \(line.tariff.hash.prefix(12)); \(rounding(line.tariff.rules))",
                "Tariff \(line.tariff.key), version of \(day(line.tariff.version)), hash \(line.tariff.hash.prefix(12)); \(rounding(line.tariff.rules))"
            ),
            conversions: conversions, asBefore: asBefore(line), parts: parts, hasSlots: line.hasSlots)
    }

    /// "Mengen auf 3 Stellen, Betrag auf den Cent kaufmännisch gerundet".
    private func rounding(_ rules: RatingRules) -> String {
        let way =
            switch rules.rounding {
            case .halfAwayFromZero: say("kaufmännisch gerundet", "rounded half up")
            case .halfEven: say("zur geraden Ziffer gerundet", "rounded half to even")
            case .awayFromZero, .ceiling: say("aufgerundet", "rounded up")
            case .towardsZero, .floor: say("abgerundet", "rounded down")
            }
        return say(
            "Mengen auf \(rules.quantityPlaces) Stellen, Betrag auf den Cent \(way)",
            "quantities to \(rules.quantityPlaces) places, amount to the cent, \(way)")
    }

    /// "Benutzungsdauer 2.011 h: 112.607 kWh ÷ 56 kW in 123 Tagen, im Jahr 5.967 h".
    private func told(_ utilisation: Utilisation) -> String {
        func whole(_ micro: Int64) -> String {
            number(String(Rounding.halfAwayFromZero.divide(Int128(micro), by: 1_000_000)))
        }
        let hours = utilisation.hours.map { "\(whole($0)) h" } ?? "–"
        guard let basis = utilisation.basis else { return say("Benutzungsdauer vereinbart: \(hours)", "Hours of use as agreed: \(hours)") }
        let quotient = "\(whole(basis.energy)) kWh ÷ \(number(DecimalText.format(basis.peak, scale: 6))) kW"
        let days = basis.period.count ?? 0
        return say(
            "Benutzungsdauer: \(quotient) in \(days) Tagen, auf das Jahr bezogen \(hours)",
            "Hours of use: \(quotient) in \(days) days, for a year \(hours)")
    }

    /// Said where another row has told the same: only what was converted was.
    private func asBefore(_ line: Line) -> String {
        if line.parts.contains(where: { $0.conversion != nil }) { return say("Umrechnung in kWh wie zuvor", "Conversion to kWh as before") }
        if case .indexed = line.explanation { return say("Preisanpassung wie zuvor", "Price adjustment as before") }
        return say("Herleitung wie zuvor", "Computed as before")
    }

    /// How the quantity of a line was told at its ends, how it was divided between them, and how what is left out of it was told.
    func division(of line: Line, of supply: Supply?) -> String? {
        guard let ends = line.division else { return nil }
        var text = division(ends, of: supply)
        if let inner = line.innerDivision {
            let divided = division(inner, of: supply)
            text += say(", dazwischen \(divided)", ", in between \(divided)")
        }
        if let deducted = line.deductedDivision, deducted != ends {
            let told = division(deducted, of: supply)
            text += say("; Abzugszähler \(told)", "; deduction meter \(told)")
        }
        return text
    }

    /// - Parameter share: of the line's quantity, in its places.
    private func part(
        _ part: LinePart, share: Int64?, of supply: Supply?, among pieces: [UsagePiece]
    ) -> (text: String, conversion: String?) {
        let piece = part.piece
        var text =
            "\(piece.serial) \(part.slots?.channel ?? piece.obis), \(range(piece.range)): \(measure(piece.quantity)), \(division(piece.division, of: supply))"
        if piece.rollovers != 0 { text += say(" · Überlauf des Zählwerks", " · rollover of the register") }
        if let supply, let divided = DividedPiece(piece, supply, among: pieces) { text += " · \(told(divided))" }
        for (end, basis, isBegin) in [(piece.begin, piece.beginBasis, true), (piece.end, piece.endBasis, false)] {
            guard let end else { continue }
            text += " · \(told(end, basis, isBegin: isBegin))"
            guard let share = end.share else { continue }
            let (sum, whole) = (number(DecimalText.format(share.part, scale: 6)), number(DecimalText.format(share.whole, scale: 6)))
            let (at, since, until) = (moment(end.at), moment(share.since), moment(share.until))
            text += say(
                " · Stand \(at): Lastgang \(sum) von \(whole) zwischen den Ständen \(since) und \(until)",
                " · reading \(at): intervals \(sum) of \(whole) between the readings of \(since) and \(until)")
            if let slots = basis?.slots { text += " (\(told(dividing: slots, basis?.times)))" }
        }
        if let slots = part.slots { text += say(" · Lastgang: ", " · intervals: ") + told(slots) }
        let conversion = part.conversion.map { conversion in
            "× z \(number(conversion.factor.description)) × Hs \(number(conversion.calorific.description)) kWh/m³"
                + " = \(number(DecimalText.format(share ?? part.micro, scale: 6))) kWh"
        }
        return (text, conversion)
    }

    /// "23,61 % (Gewicht 170 von 720 ‰ des Jahres) von 3 500 kWh zwischen den Ständen".
    private func told(_ divided: DividedPiece) -> String {
        let (part, whole) = (number(divided.readable(divided.part)), number(divided.readable(divided.whole)))
        let percent = number(divided.percent)
        let unit = divided.unit
        return say(
            "\(divided.isDegreeDays ? "" : "Lastprofil ")\(divided.label): \(percent) % (Gewicht \(part) von \(whole) \(say(unit))) der \(measure(divided.advance)) zwischen den Ständen \(range(divided.between))",
            "\(divided.isDegreeDays ? "degree days" : "load profile \(divided.label)"): \(percent) % (weight \(part) of \(whole) \(say(unit))) of the \(measure(divided.advance)) between the readings \(range(divided.between))"
        )
    }

    /// "184/365 Jahr", "12 Monate": a share of what the price is for.
    private func time(_ share: Fraction, _ time: Price.Time?) -> String {
        switch time {
        case .month: share == Fraction(1, 1) ? say("1 Monat", "1 month") : say("\(share) Monate", "\(share) months")
        case .day: say("\(share) Tage", "\(share) days")
        case .year, nil: say("\(share) Jahr", "\(share) year")
        }
    }
}

extension InvoiceDraft {
    /// All pieces of the supply and service of a line: among them those that follow each other from reading to reading.
    func pieces(beside line: Line) -> [UsagePiece] {
        lines.filter { $0.supply == line.supply && $0.service == line.service }.flatMap { ($0.parts + $0.deducted).map(\.piece) }
    }
}

extension Line {
    /// What deduction meters counted beyond the main meter on some days and is left out on others; nil where nothing is.
    func carriedOver(_ style: NumberStyle) -> String? {
        guard carried != 0 else { return nil }
        let amount = style.apply(Measure(micro: Int64(clamping: carried.magnitude), unit: .cubicMetre).number)
        switch (carried > 0, style) {
        case (true, .german): return "davon \(amount) m³ vom Abzugszähler an anderen Tagen dieser Rechnung"
        case (true, _): return "\(amount) m³ of it counted by the deduction meter on other days of this bill"
        case (false, .german): return "\(amount) m³ des Abzugszählers sind an anderen Tagen dieser Rechnung abgezogen"
        case (false, _): return "\(amount) m³ of the deduction meter are left out on other days of this bill"
        }
    }

    /// "80,4 m² × 0,9 + 20 m² × 0,5 = 82,36 m², gerundet 83 m²"; nil where no area is charged.
    func surfaces(_ style: NumberStyle) -> String? {
        guard !areas.isEmpty, let charged = explanation.quantity else { return nil }
        func square(_ micro: Int64) -> String { "\(style.apply(DecimalText.format(micro, scale: 6))) m²" }
        let terms = areas.map { "\(square($0.micro)) × \(style.apply($0.factor.description))" }.joined(separator: " + ")
        let exact = areas.reduce(Int128(0)) { $0 + Int128($1.micro) * Int128($1.factor.millionths) } / 1_000_000
        guard let exact = Int64(exactly: exact), exact != charged.micro else { return "\(terms) = \(square(charged.micro))" }
        let rounded = style == .german ? "gerundet" : "rounded"
        return "\(terms) = \(square(exact)), \(rounded) \(square(charged.micro))"
    }
}
