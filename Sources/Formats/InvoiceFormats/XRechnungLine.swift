internal import Billing
internal import Tariffs
internal import Values

/// One line in the syntax of CII.
struct XRechnungLine {
    private let line: EInvoiceLine
    private let meteringPoint: String

    init(_ line: Line, meteringPoint: String) {
        self.line = EInvoiceLine(line)
        self.meteringPoint = meteringPoint
    }

    func write(to writer: inout MarkupWriter) {
        let pricing = line.pricing
        writer.element("ram:IncludedSupplyChainTradeLineItem") { writer in
            writer.element("ram:AssociatedDocumentLineDocument") { $0.element("ram:LineID", String(line.line.position)) }
            writer.element("ram:SpecifiedTradeProduct") { writer in
                writer.element("ram:Name", line.name)
                writer.element("ram:Description", line.description)
                for attribute in line.attributes {
                    writer.element("ram:ApplicableProductCharacteristic") { writer in
                        writer.element("ram:Description", attribute.name)
                        writer.element("ram:Value", attribute.value)
                    }
                }
            }
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

    private func settlement(_ writer: inout MarkupWriter) {
        let line = line.line
        writer.element("ram:SpecifiedLineTradeSettlement") { writer in
            writer.element("ram:ApplicableTradeTax") { writer in
                writer.element("ram:TypeCode", "VAT")
                writer.element("ram:CategoryCode", EInvoice.category(line.tax))
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
