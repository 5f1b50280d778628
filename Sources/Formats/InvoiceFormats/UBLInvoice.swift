public import Billing
internal import Tariffs
internal import Values

/// The same invoice in the syntax of UBL 2.1: an Invoice, or a CreditNote where it takes another back.
///
/// It says what the CII of ``XRechnung`` says, cent for cent; the order of its elements is that of the UBL schema.
public enum UBLInvoice {
    /// The document; the same invoice gives the same bytes.
    public static func bytes(_ invoice: Invoice, profile: EInvoiceProfile = .xrechnung) -> [UInt8] {
        var writer = MarkupWriter(reservingCapacity: 16_384)
        let draft = EInvoice.draft(invoice)
        let isCredit = EInvoice.isCredit(invoice)
        let root = isCredit ? "CreditNote" : "Invoice"
        writer.element(root, "xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:\(root)-2\" \(components)") { writer in
            head(invoice, draft, profile, isCredit: isCredit, &writer)
            if draft.isSelfBilled {
                feeder(draft.contract, draft.supplier, &writer)
                utility(draft.supplier, &writer)
            } else {
                supplier(draft.supplier, &writer)
                customer(draft.contract, &writer)
            }
            payment(invoice, draft, isCredit: isCredit, &writer)
            taxes(draft, &writer)
            sums(draft, &writer)
            for line in draft.lines {
                write(EInvoiceLine(line), meteringPoint: draft.supplies[line.supply].contract.meteringPoint, isCredit: isCredit, &writer)
            }
        }
        return writer.bytes
    }

    static let components = """
        xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" \
        xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
        """

    private static func head(
        _ invoice: Invoice, _ draft: InvoiceDraft, _ profile: EInvoiceProfile, isCredit: Bool, _ writer: inout MarkupWriter
    ) {
        writer.element("cbc:CustomizationID", profile.rawValue)
        writer.element("cbc:ProfileID", EInvoice.process)
        writer.element("cbc:ID", invoice.number.description)
        writer.element("cbc:IssueDate", invoice.issuedOn.description)
        // A credit note names its due day with the means of payment.
        if !isCredit { writer.element("cbc:DueDate", (invoice.payOutBy ?? invoice.dueOn).description) }
        writer.element(isCredit ? "cbc:CreditNoteTypeCode" : "cbc:InvoiceTypeCode", EInvoice.typeCode(invoice))
        for note in EInvoice.notes(invoice) { writer.element("cbc:Note", note) }
        writer.element("cbc:DocumentCurrencyCode", "EUR")
        writer.element("cbc:BuyerReference", draft.contract.recipient.leitwegId ?? draft.contract.account)
        period(draft.documentPeriod, &writer)
        if let cancels = EInvoice.preceding(invoice) {
            writer.element("cac:BillingReference") {
                $0.element("cac:InvoiceDocumentReference") { $0.element("cbc:ID", cancels.description) }
            }
        }
        writer.element("cac:ContractDocumentReference") { $0.element("cbc:ID", draft.contract.number) }
    }

    /// BG-14 and BG-26 name the last included day.
    static func period(_ range: DayRange, _ writer: inout MarkupWriter) {
        writer.element("cac:InvoicePeriod") { writer in
            writer.element("cbc:StartDate", range.from.description)
            writer.element("cbc:EndDate", range.lastDay?.description)
        }
    }

    static func supplier(_ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("cac:AccountingSupplierParty") { writer in
            writer.element("cac:Party") { writer in
                writer.element("cbc:EndpointID", supplier.email, attribute: "schemeID", value: "EM")
                address(supplier.street, supplier.city, supplier.postcode, supplier.country, &writer)
                taxScheme(supplier.vatId, "VAT", &writer)
                if let number = supplier.taxNumber { taxScheme(number, "FC", &writer) }
                writer.element("cac:PartyLegalEntity") { writer in
                    writer.element("cbc:RegistrationName", supplier.name)
                    writer.element("cbc:CompanyID", supplier.registerNumber)
                    writer.element("cbc:CompanyLegalForm", "\(supplier.registerCourt), \(supplier.registerNumber)")
                }
                contact(supplier, &writer)
            }
        }
    }

    /// Who feeds in; questions go to us, who write the document.
    private static func feeder(_ contract: BilledContract, _ supplier: Supplier, _ writer: inout MarkupWriter) {
        let electronic = ElectronicAddress(contract.recipient, account: contract.account)
        let place = EInvoice.address(of: contract)
        writer.element("cac:AccountingSupplierParty") { writer in
            writer.element("cac:Party") { writer in
                writer.element("cbc:EndpointID", electronic.address, attribute: "schemeID", value: electronic.scheme)
                writer.element("cac:PartyIdentification") { $0.element("cbc:ID", contract.recipient.partner) }
                address(place.street, place.city, place.postcode, "DE", &writer)
                if let vatId = contract.recipient.vatId {
                    taxScheme(vatId, "VAT", &writer)
                } else {
                    taxScheme(EInvoice.taxNumber(of: contract), "FC", &writer)
                }
                writer.element("cac:PartyLegalEntity") { $0.element("cbc:RegistrationName", EInvoice.buyerName(contract)) }
                contact(supplier, &writer)
            }
        }
    }

    private static func utility(_ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("cac:AccountingCustomerParty") { writer in
            writer.element("cac:Party") { writer in
                writer.element("cbc:EndpointID", supplier.email, attribute: "schemeID", value: "EM")
                address(supplier.street, supplier.city, supplier.postcode, supplier.country, &writer)
                taxScheme(supplier.vatId, "VAT", &writer)
                writer.element("cac:PartyLegalEntity") { writer in
                    writer.element("cbc:RegistrationName", supplier.name)
                    writer.element("cbc:CompanyID", supplier.registerNumber)
                }
            }
        }
    }

    private static func contact(_ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("cac:Contact") { writer in
            writer.element("cbc:Name", supplier.contact)
            writer.element("cbc:Telephone", supplier.phone)
            writer.element("cbc:ElectronicMail", supplier.email)
        }
    }

    static func customer(_ contract: BilledContract, _ writer: inout MarkupWriter) {
        let electronic = ElectronicAddress(contract.recipient, account: contract.account)
        let place = EInvoice.address(of: contract)
        writer.element("cac:AccountingCustomerParty") { writer in
            writer.element("cac:Party") { writer in
                writer.element("cbc:EndpointID", electronic.address, attribute: "schemeID", value: electronic.scheme)
                writer.element("cac:PartyIdentification") { $0.element("cbc:ID", contract.recipient.partner) }
                address(place.street, place.city, place.postcode, "DE", &writer)
                if let vatId = contract.recipient.vatId { taxScheme(vatId, "VAT", &writer) }
                writer.element("cac:PartyLegalEntity") { $0.element("cbc:RegistrationName", EInvoice.buyerName(contract)) }
            }
        }
    }

    private static func address(_ street: String, _ city: String, _ postcode: String, _ country: String, _ writer: inout MarkupWriter) {
        writer.element("cac:PostalAddress") { writer in
            writer.element("cbc:StreetName", street)
            writer.element("cbc:CityName", city)
            writer.element("cbc:PostalZone", postcode)
            writer.element("cac:Country") { $0.element("cbc:IdentificationCode", country) }
        }
    }
    private static func taxScheme(_ number: String, _ scheme: String, _ writer: inout MarkupWriter) {
        writer.element("cac:PartyTaxScheme") { writer in
            writer.element("cbc:CompanyID", number)
            writer.element("cac:TaxScheme") { $0.element("cbc:ID", scheme) }
        }
    }

    private static func payment(_ invoice: Invoice, _ draft: InvoiceDraft, isCredit: Bool, _ writer: inout MarkupWriter) {
        means(
            draft.isSelfBilled ? nil : draft.supplier, EInvoice.reference(invoice), due: isCredit ? invoice.payOutBy ?? invoice.dueOn : nil,
            &writer)
        if let terms = EInvoice.terms(invoice, draft) { writer.element("cac:PaymentTerms") { $0.element("cbc:Note", terms) } }
    }

    /// BG-16; a credit note names its due day here.
    /// - Parameter supplier: to whose account it is paid; nil: cleared between partners.
    static func means(_ supplier: Supplier?, _ reference: String, due: Day?, _ writer: inout MarkupWriter) {
        writer.element("cac:PaymentMeans") { writer in
            writer.element("cbc:PaymentMeansCode", supplier == nil ? EInvoice.clearing : EInvoice.transfer)
            if let due { writer.element("cbc:PaymentDueDate", due.description) }
            writer.element("cbc:PaymentID", reference)
            guard let supplier else { return }
            writer.element("cac:PayeeFinancialAccount") { writer in
                writer.element("cbc:ID", supplier.iban)
                if let bic = supplier.bic { writer.element("cac:FinancialInstitutionBranch") { $0.element("cbc:ID", bic) } }
            }
        }
    }

    static func amount(_ name: String, _ amount: Money, _ writer: inout MarkupWriter) {
        writer.element(name, amount.description, attribute: "currencyID", value: "EUR")
    }

    private static func taxes(_ draft: InvoiceDraft, _ writer: inout MarkupWriter) {
        taxes(draft.totals.groups.map { ($0.tax, $0.net, $0.amount) }, total: draft.totals.tax, &writer)
    }
    static func taxes(_ groups: [(tax: Tax, net: Money, amount: Money)], total: Money, _ writer: inout MarkupWriter) {
        writer.element("cac:TaxTotal") { writer in
            amount("cbc:TaxAmount", total, &writer)
            for tax in EInvoice.taxes(groups) {
                writer.element("cac:TaxSubtotal") { writer in
                    amount("cbc:TaxableAmount", tax.net, &writer)
                    amount("cbc:TaxAmount", tax.amount, &writer)
                    writer.element("cac:TaxCategory") { writer in
                        writer.element("cbc:ID", tax.category)
                        writer.element("cbc:Percent", tax.percent)
                        if let reason = tax.reason { writer.element("cbc:TaxExemptionReason", reason) }
                        writer.element("cac:TaxScheme") { $0.element("cbc:ID", "VAT") }
                    }
                }
            }
        }
    }

    private static func sums(_ draft: InvoiceDraft, _ writer: inout MarkupWriter) {
        writer.element("cac:LegalMonetaryTotal") { writer in
            amount("cbc:LineExtensionAmount", draft.totals.net, &writer)
            amount("cbc:TaxExclusiveAmount", draft.totals.net, &writer)
            amount("cbc:TaxInclusiveAmount", draft.totals.gross, &writer)
            if EInvoice.hasPrepaid(draft) {
                amount("cbc:PrepaidAmount", draft.totals.gross - draft.payable, &writer)
            }
            amount("cbc:PayableAmount", draft.payable, &writer)
        }
    }

    private static func write(_ line: EInvoiceLine, meteringPoint: String, isCredit: Bool, _ writer: inout MarkupWriter) {
        let pricing = line.pricing
        writer.element(isCredit ? "cac:CreditNoteLine" : "cac:InvoiceLine") { writer in
            writer.element("cbc:ID", String(line.line.position))
            writer.element(
                isCredit ? "cbc:CreditedQuantity" : "cbc:InvoicedQuantity", pricing.quantity, attribute: "unitCode", value: pricing.unit)
            amount("cbc:LineExtensionAmount", line.line.amount, &writer)
            period(line.line.period, &writer)
            writer.element("cac:DocumentReference") { writer in
                writer.element("cbc:ID", meteringPoint)
                writer.element("cbc:DocumentTypeCode", "130")
            }
            writer.element("cac:Item") { writer in
                writer.element("cbc:Description", line.description)
                writer.element("cbc:Name", line.name)
                writer.element("cac:ClassifiedTaxCategory") { writer in
                    writer.element("cbc:ID", EInvoice.category(line.line.tax))
                    writer.element("cbc:Percent", line.line.tax.rate.percent)
                    writer.element("cac:TaxScheme") { $0.element("cbc:ID", "VAT") }
                }
                for attribute in line.attributes {
                    writer.element("cac:AdditionalItemProperty") { writer in
                        writer.element("cbc:Name", attribute.name)
                        writer.element("cbc:Value", attribute.value)
                    }
                }
            }
            writer.element("cac:Price") { writer in
                amountOfPrice(pricing, &writer)
            }
        }
    }
    private static func amountOfPrice(_ pricing: EInvoiceLine.Pricing, _ writer: inout MarkupWriter) {
        writer.element("cbc:PriceAmount", pricing.price, attribute: "currencyID", value: "EUR")
        if let base = pricing.base { writer.element("cbc:BaseQuantity", base, attribute: "unitCode", value: pricing.unit) }
    }
}
