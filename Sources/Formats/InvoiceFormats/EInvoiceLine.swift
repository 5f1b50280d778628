internal import Billing
internal import Metering
internal import Tariffs
internal import Values

/// One line of an e-invoice (BG-25) as EN 16931 sees it; CII and UBL only differ in how they spell it.
struct EInvoiceLine {
    /// Quantity, its unit, price and base quantity so that quantity × price ÷ base is the amount (PEPPOL-EN16931-R120).
    struct Pricing {
        var quantity: String
        /// UN/ECE Recommendation 20.
        var unit: String
        var price: String
        var base: String?
    }
    let line: Line
    let pricing: Pricing
    /// BT-153.
    let name: String
    /// BT-154: the formula with its numbers.
    let description: String
    /// BG-32: tariff, meters, readings, how they were told.
    let attributes: [(name: String, value: String)]

    init(_ line: Line) {
        self.line = line
        pricing = EInvoiceLine.pricing(line)
        let words = BillWords(.de)
        name = "\(line.label.de) \(words.range(line.period))"
        description = line.explanation.formula(.german)
        var attributes = [("Tarif", "\(line.tariff.key) \(line.tariff.version)")]
        let serials = line.serials
        if !serials.isEmpty { attributes.append(("Zähler", serials.joined(separator: ", "))) }
        if let begin = line.parts.first?.piece.begin {
            attributes.append(("Stand alt", words.number(DecimalText.format(begin.micro, scale: 6))))
        }
        if let end = line.parts.last?.piece.end {
            attributes.append(("Stand neu", words.number(DecimalText.format(end.micro, scale: 6))))
        }
        if let division = line.division { attributes.append(("Ableseart", division.german)) }
        self.attributes = attributes
    }

    private static func pricing(_ line: Line) -> Pricing {
        guard var pricing = charged(line) else {
            // Several factors or prices: one piece at the amount, and the formula beside it. A price is never negative (BR-27).
            return Pricing(
                quantity: line.amount.isNegative ? "-1" : "1", unit: "C62", price: line.amount.magnitude.description, base: nil)
        }
        // A line that takes another back has its quantity with the other sign.
        if line.isReversal { pricing.quantity = "-" + pricing.quantity }
        if pricing.quantity.hasPrefix("--") { pricing.quantity.removeFirst(2) }
        return pricing
    }

    /// As the explanation says it; nil where quantity and price do not tell the amount.
    private static func charged(_ line: Line) -> Pricing? {
        switch line.explanation.product {
        case .quantity(let quantity, let price) where price.hundredMillionths >= 0:
            if let unit = code(quantity.unit) { return Pricing(quantity: quantity.number, unit: unit, price: price.euros, base: nil) }
        case .reduced(_, _, let price) where price.hundredMillionths >= 0:
            // The quantity as it is charged: what is left out of it stands in the formula.
            if let quantity = line.explanation.quantity, let unit = code(quantity.unit) {
                return Pricing(quantity: quantity.number, unit: unit, price: price.euros, base: nil)
            }
        case .time(nil, let price, let share, let days) where price.hundredMillionths >= 0 && share.numerator == Int64(days):
            // A base price for 184 of 365 days: 184 days at the price of 365.
            return Pricing(quantity: String(share.numerator), unit: "DAY", price: price.euros, base: String(share.denominator))
        case .tiers(let tiers) where tiers.count == 1 && tiers[0].price.hundredMillionths >= 0:
            if let unit = tiers[0].price.unit.flatMap({ code($0) }) {
                return Pricing(quantity: DecimalText.format(tiers[0].micro, scale: 6), unit: unit, price: tiers[0].price.euros, base: nil)
            }
        default: break
        }
        return nil
    }

    private static func code(_ unit: UnitCode) -> String? {
        switch unit {
        case .kilowattHour: "KWH"
        case .megawattHour: "MWH"
        case .cubicMetre: "MTQ"
        case .squareMetre: "MTK"
        case .kilowatt: "KWT"
        case .day: "DAY"
        case .kilovarHour: "KVR"
        case .piece: "C62"
        default: nil
        }
    }
}
