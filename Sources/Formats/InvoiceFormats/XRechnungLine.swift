internal import Billing
internal import Metering
internal import Tariffs
internal import Values

/// One line of an e-invoice (BG-25).
struct XRechnungLine {
    private let line: Line
    private let meteringPoint: String

    init(_ line: Line, meteringPoint: String) {
        self.line = line
        self.meteringPoint = meteringPoint
    }

    /// Quantity, its unit, price and base quantity so that quantity × price ÷ base is the amount (PEPPOL-EN16931-R120).
    private struct Pricing {
        var quantity: String
        var unit: String
        var price: String
        var base: String?
    }

    private var pricing: Pricing {
        switch line.explanation {
        case .quantity(let quantity, let price) where price.hundredMillionths >= 0:
            if let unit = code(quantity.unit) { return Pricing(quantity: quantity.number, unit: unit, price: price.euros, base: nil) }
        case .time(nil, let price, let share, let days) where price.hundredMillionths >= 0 && share.numerator == Int64(days):
            // A base price for 184 of 365 days: 184 days at the price of 365.
            return Pricing(quantity: String(share.numerator), unit: "DAY", price: price.euros, base: String(share.denominator))
        case .tiers(let tiers) where tiers.count == 1 && tiers[0].price.hundredMillionths >= 0:
            if let unit = tiers[0].price.unit.flatMap({ code($0) }) {
                return Pricing(quantity: DecimalText.format(tiers[0].micro, scale: 6), unit: unit, price: tiers[0].price.euros, base: nil)
            }
        case .quantity, .time, .tiers, .minimum: break
        }
        // Several factors or prices: one piece at the amount, and the formula beside it. A price is never negative (BR-27).
        return Pricing(quantity: line.amount.isNegative ? "-1" : "1", unit: "C62", price: line.amount.magnitude.description, base: nil)
    }

    /// UN/ECE Recommendation 20.
    private func code(_ unit: UnitCode) -> String? {
        switch unit {
        case .kilowattHour: "KWH"
        case .megawattHour: "MWH"
        case .cubicMetre: "MTQ"
        case .squareMetre: "MTK"
        case .kilowatt: "KWT"
        case .day: "DAY"
        case .piece: "C62"
        default: nil
        }
    }

    func write(to writer: inout MarkupWriter) {
        let pricing = pricing
        writer.element("ram:IncludedSupplyChainTradeLineItem") { writer in
            writer.element("ram:AssociatedDocumentLineDocument") { $0.element("ram:LineID", String(line.position)) }
            product(&writer)
            writer.element("ram:SpecifiedLineTradeAgreement") { writer in
                writer.element("ram:NetPriceProductTradePrice") { writer in
                    writer.element("ram:ChargeAmount", pricing.price)
                    if let base = pricing.base { writer.element("ram:BasisQuantity", base, attribute: "unitCode", value: pricing.unit) }
                }
            }
            writer.element("ram:SpecifiedLineTradeDelivery") {
                $0.element("ram:BilledQuantity", pricing.quantity, attribute: "unitCode", value: pricing.unit)
            }
            settlement(&writer)
        }
    }

    private func product(_ writer: inout MarkupWriter) {
        let words = BillWords(.de)
        writer.element("ram:SpecifiedTradeProduct") { writer in
            writer.element("ram:Name", "\(line.label.de) \(words.range(line.period))")
            writer.element("ram:Description", line.explanation.formula(.german))
            attribute("Tarif", "\(line.tariff.key) \(line.tariff.version)", &writer)
            if !line.serials.isEmpty { attribute("Zähler", line.serials.joined(separator: ", "), &writer) }
            if let begin = line.parts.first?.piece.begin {
                attribute("Stand alt", words.number(DecimalText.format(begin.micro, scale: 6)), &writer)
            }
            if let end = line.parts.last?.piece.end {
                attribute("Stand neu", words.number(DecimalText.format(end.micro, scale: 6)), &writer)
            }
            if let division = line.division { attribute("Ableseart", division.german, &writer) }
        }
    }

    private func attribute(_ name: String, _ value: String, _ writer: inout MarkupWriter) {
        writer.element("ram:ApplicableProductCharacteristic") { writer in
            writer.element("ram:Description", name)
            writer.element("ram:Value", value)
        }
    }

    private func settlement(_ writer: inout MarkupWriter) {
        writer.element("ram:SpecifiedLineTradeSettlement") { writer in
            writer.element("ram:ApplicableTradeTax") { writer in
                writer.element("ram:TypeCode", "VAT")
                writer.element("ram:CategoryCode", XRechnung.category(line.tax))
                writer.element("ram:RateApplicablePercent", line.tax.rate.percent)
            }
            writer.period(line.period)
            writer.element("ram:SpecifiedTradeSettlementLineMonetarySummation") {
                $0.element("ram:LineTotalAmount", line.amount.description)
            }
            writer.element("ram:AdditionalReferencedDocument") { writer in
                writer.element("ram:IssuerAssignedID", meteringPoint)
                writer.element("ram:TypeCode", "130")
            }
        }
    }
}
