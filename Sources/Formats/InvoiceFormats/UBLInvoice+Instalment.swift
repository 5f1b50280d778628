internal import Billing
internal import Tariffs
internal import Values

extension UBLInvoice {
    /// A request for an instalment: the partial invoice (326) of ``XRechnung/bytes(_:profile:)-swift.type.method``, cent for cent.
    public static func bytes(_ request: InstalmentRequest, profile: EInvoiceProfile = .xrechnung) -> [UInt8] {
        var writer = MarkupWriter(reservingCapacity: 6_144)
        let (contract, words) = (request.letter.contract, BillWords(.de))
        writer.element("Invoice", "xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" \(components)") { writer in
            writer.element("cbc:CustomizationID", profile.rawValue)
            writer.element("cbc:ProfileID", EInvoice.process)
            writer.element("cbc:ID", request.number.description)
            writer.element("cbc:IssueDate", request.requestedOn.description)
            writer.element("cbc:DueDate", request.due.description)
            writer.element("cbc:InvoiceTypeCode", "326")
            let place = contract.place.joined(separator: ", ")
            for note in [words.title(of: request), place.isEmpty ? "" : "Verbrauchsstelle: \(place)"] where !note.isEmpty {
                writer.element("cbc:Note", note)
            }
            writer.element("cbc:DocumentCurrencyCode", "EUR")
            writer.element("cbc:BuyerReference", contract.recipient.leitwegId ?? contract.account)
            period(request.period, &writer)
            writer.element("cac:ContractDocumentReference") { $0.element("cbc:ID", contract.number) }
            supplier(request.letter.supplier, &writer)
            customer(contract, &writer)
            means(request.letter.supplier, request.reference, due: nil, &writer)
            taxes(request.shares.map { ($0.tax, $0.gross - $0.amount, $0.amount) }, total: request.tax, &writer)
            writer.element("cac:LegalMonetaryTotal") { writer in
                amount("cbc:LineExtensionAmount", request.net, &writer)
                amount("cbc:TaxExclusiveAmount", request.net, &writer)
                amount("cbc:TaxInclusiveAmount", request.gross, &writer)
                amount("cbc:PayableAmount", request.gross, &writer)
            }
            for (index, share) in request.shares.enumerated() { line(index + 1, share, request, words, &writer) }
        }
        return writer.bytes
    }

    private static func line(
        _ number: Int, _ share: InstalmentShare, _ request: InstalmentRequest, _ words: BillWords, _ writer: inout MarkupWriter
    ) {
        let net = share.gross - share.amount
        writer.element("cac:InvoiceLine") { writer in
            writer.element("cbc:ID", String(number))
            writer.element("cbc:InvoicedQuantity", "1", attribute: "unitCode", value: "C62")
            amount("cbc:LineExtensionAmount", net, &writer)
            period(request.period, &writer)
            writer.element("cac:DocumentReference") { writer in
                writer.element("cbc:ID", request.letter.contract.meteringPoint)
                writer.element("cbc:DocumentTypeCode", "130")
            }
            writer.element("cac:Item") { writer in
                writer.element("cbc:Name", "\(words.title(of: request)), fällig am \(words.day(request.due))")
                writer.element("cac:ClassifiedTaxCategory") { writer in
                    writer.element("cbc:ID", EInvoice.category(share.tax))
                    writer.element("cbc:Percent", share.tax.rate.percent)
                    writer.element("cac:TaxScheme") { $0.element("cbc:ID", "VAT") }
                }
            }
            writer.element("cac:Price") { amount("cbc:PriceAmount", net, &$0) }
        }
    }
}
