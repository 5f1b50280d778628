public import Billing
internal import Metering
internal import Tariffs
internal import Values

/// An invoice as XRechnung 3.0 in the syntax of UN/CEFACT CII (EN 16931).
///
/// Nothing is computed here: amounts are the stored ones. A cancellation is a credit note (381) with the amounts of the invoice
/// it takes back, positive, because rounding them again could give other cents (reference billing 1.4).
public enum XRechnung {
    /// The document; the same invoice gives the same bytes.
    ///
    /// - Parameter profile: BT-24; nothing else depends on it.
    public static func bytes(_ invoice: Invoice, profile: EInvoiceProfile = .xrechnung) -> [UInt8] {
        var writer = MarkupWriter(reservingCapacity: 16_384)
        let draft = EInvoice.draft(invoice)
        writer.element("rsm:CrossIndustryInvoice", namespaces) { writer in
            context(profile, &writer)
            document(invoice, &writer)
            writer.element("rsm:SupplyChainTradeTransaction") { writer in
                for line in draft.lines {
                    XRechnungLine(line, meteringPoint: draft.supplies[line.supply].contract.meteringPoint).write(to: &writer)
                }
                agreement(draft.contract, draft.supplier, isSelfBilled: draft.isSelfBilled, &writer)
                writer.element("ram:ApplicableHeaderTradeDelivery") { _ in }
                settlement(invoice, draft, &writer)
            }
        }
        return writer.bytes
    }

    static let namespaces = """
        xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" \
        xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" \
        xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100" \
        xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
        """

    static func context(_ profile: EInvoiceProfile, _ writer: inout MarkupWriter) {
        writer.element("rsm:ExchangedDocumentContext") { writer in
            writer.element("ram:BusinessProcessSpecifiedDocumentContextParameter") {
                $0.element("ram:ID", EInvoice.process)
            }
            writer.element("ram:GuidelineSpecifiedDocumentContextParameter") { $0.element("ram:ID", profile.rawValue) }
        }
    }

    private static func document(_ invoice: Invoice, _ writer: inout MarkupWriter) {
        writer.element("rsm:ExchangedDocument") { writer in
            writer.element("ram:ID", invoice.number.description)
            writer.element("ram:TypeCode", EInvoice.typeCode(invoice))
            writer.element("ram:IssueDateTime") { $0.day(invoice.issuedOn) }
            for note in EInvoice.notes(invoice) { writer.element("ram:IncludedNote") { $0.element("ram:Content", note) } }
        }
    }

    /// - Parameter isSelfBilled: whether the customer is the seller.
    static func agreement(_ contract: BilledContract, _ supplier: Supplier, isSelfBilled: Bool = false, _ writer: inout MarkupWriter) {
        writer.element("ram:ApplicableHeaderTradeAgreement") { writer in
            writer.element("ram:BuyerReference", contract.recipient.leitwegId ?? contract.account)
            writer.element("ram:SellerTradeParty") { isSelfBilled ? feeder(contract, supplier, &$0) : seller(supplier, &$0) }
            writer.element("ram:BuyerTradeParty") { isSelfBilled ? utility(supplier, &$0) : buyer(contract, &$0) }
            writer.element("ram:ContractReferencedDocument") { $0.element("ram:IssuerAssignedID", contract.number) }
        }
    }

    /// Who feeds in. Questions about the document go to us, who write it (BG-6 must name somebody).
    private static func feeder(_ contract: BilledContract, _ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("ram:ID", contract.recipient.partner)
        writer.element("ram:Name", EInvoice.buyerName(contract))
        self.contact(supplier, &writer)
        place(of: contract, &writer)
        if let vatId = contract.recipient.vatId {
            writer.element("ram:SpecifiedTaxRegistration") { $0.element("ram:ID", vatId, attribute: "schemeID", value: "VA") }
        } else {
            writer.element("ram:SpecifiedTaxRegistration") {
                $0.element("ram:ID", EInvoice.taxNumber(of: contract), attribute: "schemeID", value: "FC")
            }
        }
    }

    private static func utility(_ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("ram:Name", supplier.name)
        writer.element("ram:SpecifiedLegalOrganization") { $0.element("ram:ID", supplier.registerNumber) }
        address(supplier.postcode, supplier.street, supplier.city, supplier.country, &writer)
        writer.element("ram:URIUniversalCommunication") { $0.element("ram:URIID", supplier.email, attribute: "schemeID", value: "EM") }
        writer.element("ram:SpecifiedTaxRegistration") { $0.element("ram:ID", supplier.vatId, attribute: "schemeID", value: "VA") }
    }

    private static func contact(_ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("ram:DefinedTradeContact") { writer in
            writer.element("ram:PersonName", supplier.contact)
            writer.element("ram:TelephoneUniversalCommunication") { $0.element("ram:CompleteNumber", supplier.phone) }
            writer.element("ram:EmailURIUniversalCommunication") { $0.element("ram:URIID", supplier.email) }
        }
    }

    private static func place(of contract: BilledContract, _ writer: inout MarkupWriter) {
        let place = EInvoice.address(of: contract)
        address(place.postcode, place.street, place.city, "DE", &writer)
        let electronic = ElectronicAddress(contract.recipient, account: contract.account)
        writer.element("ram:URIUniversalCommunication") {
            $0.element("ram:URIID", electronic.address, attribute: "schemeID", value: electronic.scheme)
        }
    }

    private static func seller(_ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("ram:Name", supplier.name)
        writer.element("ram:Description", "\(supplier.registerCourt), \(supplier.registerNumber)")
        writer.element("ram:SpecifiedLegalOrganization") { $0.element("ram:ID", supplier.registerNumber) }
        contact(supplier, &writer)
        address(supplier.postcode, supplier.street, supplier.city, supplier.country, &writer)
        writer.element("ram:URIUniversalCommunication") { $0.element("ram:URIID", supplier.email, attribute: "schemeID", value: "EM") }
        if let number = supplier.taxNumber {
            writer.element("ram:SpecifiedTaxRegistration") { $0.element("ram:ID", number, attribute: "schemeID", value: "FC") }
        }
        writer.element("ram:SpecifiedTaxRegistration") { $0.element("ram:ID", supplier.vatId, attribute: "schemeID", value: "VA") }
    }

    private static func buyer(_ contract: BilledContract, _ writer: inout MarkupWriter) {
        let recipient = contract.recipient
        writer.element("ram:ID", recipient.partner)
        writer.element("ram:Name", EInvoice.buyerName(contract))
        place(of: contract, &writer)
        if let vatId = recipient.vatId {
            writer.element("ram:SpecifiedTaxRegistration") { $0.element("ram:ID", vatId, attribute: "schemeID", value: "VA") }
        }
    }

    private static func address(_ postcode: String, _ street: String, _ city: String, _ country: String, _ writer: inout MarkupWriter) {
        writer.element("ram:PostalTradeAddress") { writer in
            writer.element("ram:PostcodeCode", postcode)
            writer.element("ram:LineOne", street)
            writer.element("ram:CityName", city)
            writer.element("ram:CountryID", country)
        }
    }

    private static func settlement(_ invoice: Invoice, _ draft: InvoiceDraft, _ writer: inout MarkupWriter) {
        writer.element("ram:ApplicableHeaderTradeSettlement") { writer in
            writer.element("ram:PaymentReference", EInvoice.reference(invoice))
            writer.element("ram:InvoiceCurrencyCode", "EUR")
            if draft.isSelfBilled { clearing(&writer) } else { paymentMeans(draft.supplier, &writer) }
            for entry in EInvoice.taxes(draft.totals.groups.map { ($0.tax, $0.net, $0.amount) }) { tax(entry, &writer) }
            writer.period(draft.documentPeriod)
            writer.element("ram:SpecifiedTradePaymentTerms") { writer in
                writer.element("ram:Description", EInvoice.terms(invoice, draft))
                writer.element("ram:DueDateDateTime") { $0.day(invoice.payOutBy ?? invoice.dueOn) }
            }
            sums(draft, &writer)
            if let cancels = EInvoice.preceding(invoice) {
                writer.element("ram:InvoiceReferencedDocument") { $0.element("ram:IssuerAssignedID", cancels.description) }
            }
        }
    }

    private static func clearing(_ writer: inout MarkupWriter) {
        writer.element("ram:SpecifiedTradeSettlementPaymentMeans") { $0.element("ram:TypeCode", EInvoice.clearing) }
    }

    /// BG-16: a SEPA transfer.
    static func paymentMeans(_ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("ram:SpecifiedTradeSettlementPaymentMeans") { writer in
            writer.element("ram:TypeCode", EInvoice.transfer)
            writer.element("ram:PayeePartyCreditorFinancialAccount") { $0.element("ram:IBANID", supplier.iban) }
            if let bic = supplier.bic {
                writer.element("ram:PayeeSpecifiedCreditorFinancialInstitution") { $0.element("ram:BICID", bic) }
            }
        }
    }

    /// BG-23.
    static func tax(_ tax: EInvoice.TaxEntry, _ writer: inout MarkupWriter) {
        writer.element("ram:ApplicableTradeTax") { writer in
            writer.element("ram:CalculatedAmount", tax.amount.description)
            writer.element("ram:TypeCode", "VAT")
            if let reason = tax.reason { writer.element("ram:ExemptionReason", reason) }
            writer.element("ram:BasisAmount", tax.net.description)
            writer.element("ram:CategoryCode", tax.category)
            writer.element("ram:RateApplicablePercent", tax.percent)
        }
    }

    private static func sums(_ draft: InvoiceDraft, _ writer: inout MarkupWriter) {
        writer.element("ram:SpecifiedTradeSettlementHeaderMonetarySummation") { writer in
            writer.element("ram:LineTotalAmount", draft.totals.net.description)
            writer.element("ram:TaxBasisTotalAmount", draft.totals.net.description)
            writer.element("ram:TaxTotalAmount", draft.totals.tax.description, attribute: "currencyID", value: "EUR")
            writer.element("ram:GrandTotalAmount", draft.totals.gross.description)
            // Instalments, and what stood on the account: both are paid before the bill comes (BT-113).
            if EInvoice.hasPrepaid(draft) {
                writer.element("ram:TotalPrepaidAmount", (draft.totals.gross - draft.payable).description)
            }
            writer.element("ram:DuePayableAmount", draft.payable.description)
        }
    }
}

extension MarkupWriter {
    /// `20260101`.
    mutating func day(_ day: Day) {
        let (year, month, dayOfMonth) = day.components
        let digits = UInt64(clamping: year * 10_000 + month * 100 + dayOfMonth)
        element("udt:DateTimeString", DecimalText.padded(digits, to: 8), attribute: "format", value: "102")
    }
    /// BG-14 and BG-26 name the last included day.
    mutating func period(_ range: DayRange) {
        element("ram:BillingSpecifiedPeriod") { writer in
            writer.element("ram:StartDateTime") { $0.day(range.from) }
            if let last = range.lastDay { writer.element("ram:EndDateTime") { $0.day(last) } }
        }
    }
}
