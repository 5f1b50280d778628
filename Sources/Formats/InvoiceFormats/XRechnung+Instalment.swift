internal import Billing
internal import Tariffs
internal import Values

extension XRechnung {
    /// A request for an instalment as a partial invoice (326): what is paid by it, the bill of the period deducts (BT-113). Code 386
    /// (prepayment) says nearly the same, but XRechnung does not list it (BR-DE-17).
    public static func bytes(_ request: InstalmentRequest, profile: EInvoiceProfile = .xrechnung) -> [UInt8] {
        var writer = MarkupWriter(reservingCapacity: 6_144)
        let letter = request.letter
        writer.element("rsm:CrossIndustryInvoice", namespaces) { writer in
            context(profile, &writer)
            writer.element("rsm:ExchangedDocument") { writer in
                writer.element("ram:ID", request.number.description)
                writer.element("ram:TypeCode", "326")
                writer.element("ram:IssueDateTime") { $0.day(request.requestedOn) }
                let place = letter.contract.place.joined(separator: ", ")
                for note in [BillWords(.de).title(of: request), place.isEmpty ? "" : "Verbrauchsstelle: \(place)"] where !note.isEmpty {
                    writer.element("ram:IncludedNote") { $0.element("ram:Content", note) }
                }
            }
            writer.element("rsm:SupplyChainTradeTransaction") { writer in
                for (index, share) in request.shares.enumerated() { line(index + 1, share, request, &writer) }
                agreement(letter.contract, letter.supplier, &writer)
                writer.element("ram:ApplicableHeaderTradeDelivery") { _ in }
                settlement(request, &writer)
            }
        }
        return writer.bytes
    }

    private static func line(_ number: Int, _ share: InstalmentShare, _ request: InstalmentRequest, _ writer: inout MarkupWriter) {
        let net = (share.gross - share.amount).description
        writer.element("ram:IncludedSupplyChainTradeLineItem") { writer in
            writer.element("ram:AssociatedDocumentLineDocument") { $0.element("ram:LineID", String(number)) }
            writer.element("ram:SpecifiedTradeProduct") {
                $0.element("ram:Name", "\(BillWords(.de).title(of: request)), fällig am \(BillWords(.de).day(request.due))")
            }
            writer.element("ram:SpecifiedLineTradeAgreement") { writer in
                writer.element("ram:NetPriceProductTradePrice") { $0.element("ram:ChargeAmount", net) }
            }
            writer.element("ram:SpecifiedLineTradeDelivery") {
                $0.element("ram:BilledQuantity", "1", attribute: "unitCode", value: "C62")
            }
            writer.element("ram:SpecifiedLineTradeSettlement") { writer in
                writer.element("ram:ApplicableTradeTax") { writer in
                    writer.element("ram:TypeCode", "VAT")
                    writer.element("ram:CategoryCode", EInvoice.category(share.tax))
                    writer.element("ram:RateApplicablePercent", share.tax.rate.percent)
                }
                writer.period(request.period)
                writer.element("ram:SpecifiedTradeSettlementLineMonetarySummation") { $0.element("ram:LineTotalAmount", net) }
                writer.element("ram:AdditionalReferencedDocument") { writer in
                    writer.element("ram:IssuerAssignedID", request.letter.contract.meteringPoint)
                    writer.element("ram:TypeCode", "130")
                }
            }
        }
    }

    private static func settlement(_ request: InstalmentRequest, _ writer: inout MarkupWriter) {
        writer.element("ram:ApplicableHeaderTradeSettlement") { writer in
            writer.element("ram:PaymentReference", request.reference)
            writer.element("ram:InvoiceCurrencyCode", "EUR")
            paymentMeans(request.letter.supplier, &writer)
            for entry in EInvoice.taxes(request.shares.map { ($0.tax, $0.gross - $0.amount, $0.amount) }) { tax(entry, &writer) }
            writer.period(request.period)
            writer.element("ram:SpecifiedTradePaymentTerms") { $0.element("ram:DueDateDateTime") { $0.day(request.due) } }
            writer.element("ram:SpecifiedTradeSettlementHeaderMonetarySummation") { writer in
                writer.element("ram:LineTotalAmount", request.net.description)
                writer.element("ram:TaxBasisTotalAmount", request.net.description)
                writer.element("ram:TaxTotalAmount", request.tax.description, attribute: "currencyID", value: "EUR")
                writer.element("ram:GrandTotalAmount", request.gross.description)
                writer.element("ram:DuePayableAmount", request.gross.description)
            }
        }
    }
}
