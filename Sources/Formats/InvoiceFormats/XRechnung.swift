public import Billing
internal import Metering
internal import Tariffs
internal import Values

/// An invoice as XRechnung 3.0 in the syntax of UN/CEFACT CII (EN 16931).
///
/// Nothing is computed here: amounts are the stored ones. A cancellation is a credit note (381) with the amounts of the invoice
/// it takes back, positive, because rounding them again could give other cents (reference billing 1.4).
public enum XRechnung {
    /// BT-24.
    static let guideline = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    /// Why a line bears no tax: a town's waste water is no taxable supply. Category O may not stand beside taxed lines
    /// (BR-O-11), so it is shown as exempt with this reason.
    static let outsideReason = "Nicht steuerbare hoheitliche Leistung (Abwasserbeseitigung)"

    /// The document; the same invoice gives the same bytes.
    public static func bytes(_ invoice: Invoice) -> [UInt8] {
        var writer = MarkupWriter(reservingCapacity: 16_384)
        // Turned back, a Storno has the amounts of what it takes back.
        let draft = invoice.cancels == nil ? invoice.draft : invoice.draft.reversed
        writer.element("rsm:CrossIndustryInvoice", namespaces) { writer in
            context(&writer)
            document(invoice, &writer)
            writer.element("rsm:SupplyChainTradeTransaction") { writer in
                for line in draft.lines { XRechnungLine(line, meteringPoint: draft.contract.meteringPoint).write(to: &writer) }
                agreement(draft, &writer)
                writer.element("ram:ApplicableHeaderTradeDelivery") { _ in }
                settlement(invoice, draft, &writer)
            }
        }
        return writer.bytes
    }

    private static let namespaces: StaticString = """
        xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" \
        xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" \
        xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100" \
        xmlns:qdt="urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
        """

    private static func context(_ writer: inout MarkupWriter) {
        writer.element("rsm:ExchangedDocumentContext") { writer in
            writer.element("ram:BusinessProcessSpecifiedDocumentContextParameter") {
                $0.element("ram:ID", "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0")
            }
            writer.element("ram:GuidelineSpecifiedDocumentContextParameter") { $0.element("ram:ID", guideline) }
        }
    }

    private static func document(_ invoice: Invoice, _ writer: inout MarkupWriter) {
        writer.element("rsm:ExchangedDocument") { writer in
            writer.element("ram:ID", invoice.number.description)
            writer.element("ram:TypeCode", invoice.cancels == nil ? "380" : "381")
            writer.element("ram:IssueDateTime") { $0.day(invoice.issuedOn) }
            writer.element("ram:IncludedNote") { $0.element("ram:Content", BillWords(.de).title(invoice)) }
            let place = invoice.draft.contract.place.joined(separator: ", ")
            if !place.isEmpty { writer.element("ram:IncludedNote") { $0.element("ram:Content", "Verbrauchsstelle: \(place)") } }
        }
    }

    private static func agreement(_ draft: InvoiceDraft, _ writer: inout MarkupWriter) {
        let contract = draft.contract
        writer.element("ram:ApplicableHeaderTradeAgreement") { writer in
            writer.element("ram:BuyerReference", contract.recipient.leitwegId ?? contract.account)
            writer.element("ram:SellerTradeParty") { seller(draft.supplier, &$0) }
            writer.element("ram:BuyerTradeParty") { buyer(contract, &$0) }
            writer.element("ram:ContractReferencedDocument") { $0.element("ram:IssuerAssignedID", contract.number) }
        }
    }

    private static func seller(_ supplier: Supplier, _ writer: inout MarkupWriter) {
        writer.element("ram:Name", supplier.name)
        writer.element("ram:Description", "\(supplier.registerCourt), \(supplier.registerNumber)")
        writer.element("ram:SpecifiedLegalOrganization") { $0.element("ram:ID", supplier.registerNumber) }
        writer.element("ram:DefinedTradeContact") { writer in
            writer.element("ram:PersonName", supplier.contact)
            writer.element("ram:TelephoneUniversalCommunication") { $0.element("ram:CompleteNumber", supplier.phone) }
            writer.element("ram:EmailURIUniversalCommunication") { $0.element("ram:URIID", supplier.email) }
        }
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
        writer.element("ram:Name", recipient.name.isEmpty ? contract.account : recipient.name)
        // Post code and city are mandatory (BR-DE-8, BR-DE-9); who has told no address is reached where the meter hangs.
        let place = contract.place.last?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
        let isPlace = place.count == 2 && place[0].allSatisfy(\.isNumber)
        address(
            recipient.postcode.isEmpty ? (isPlace ? place[0] : "00000") : recipient.postcode, recipient.street,
            recipient.city.isEmpty ? (isPlace ? place[1] : "unbekannt") : recipient.city, "DE", &writer)
        let electronic = ElectronicAddress(recipient, account: contract.account)
        writer.element("ram:URIUniversalCommunication") {
            $0.element("ram:URIID", electronic.address, attribute: "schemeID", value: electronic.scheme)
        }
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
            writer.element("ram:PaymentReference", "\(draft.contract.account) \(invoice.number)")
            writer.element("ram:InvoiceCurrencyCode", "EUR")
            writer.element("ram:SpecifiedTradeSettlementPaymentMeans") { writer in
                writer.element("ram:TypeCode", "58")
                writer.element("ram:PayeePartyCreditorFinancialAccount") { $0.element("ram:IBANID", draft.supplier.iban) }
                if let bic = draft.supplier.bic {
                    writer.element("ram:PayeeSpecifiedCreditorFinancialInstitution") { $0.element("ram:BICID", bic) }
                }
            }
            for group in draft.totals.groups {
                writer.element("ram:ApplicableTradeTax") { writer in
                    writer.element("ram:CalculatedAmount", group.amount.description)
                    writer.element("ram:TypeCode", "VAT")
                    if group.tax.isOutside { writer.element("ram:ExemptionReason", outsideReason) }
                    writer.element("ram:BasisAmount", group.net.description)
                    writer.element("ram:CategoryCode", category(group.tax))
                    writer.element("ram:RateApplicablePercent", group.tax.rate.percent)
                }
            }
            writer.period(draft.period)
            writer.element("ram:SpecifiedTradePaymentTerms") { writer in
                writer.element("ram:Description", draft.due.isNegative ? BillWords(.de).creditSentence : nil)
                writer.element("ram:DueDateDateTime") { $0.day(invoice.dueOn) }
            }
            sums(draft, &writer)
            if let cancels = invoice.cancels {
                writer.element("ram:InvoiceReferencedDocument") { $0.element("ram:IssuerAssignedID", cancels.description) }
            }
        }
    }

    private static func sums(_ draft: InvoiceDraft, _ writer: inout MarkupWriter) {
        writer.element("ram:SpecifiedTradeSettlementHeaderMonetarySummation") { writer in
            writer.element("ram:LineTotalAmount", draft.totals.net.description)
            writer.element("ram:TaxBasisTotalAmount", draft.totals.net.description)
            writer.element("ram:TaxTotalAmount", draft.totals.tax.description, attribute: "currencyID", value: "EUR")
            writer.element("ram:GrandTotalAmount", draft.totals.gross.description)
            if !draft.instalments.isEmpty { writer.element("ram:TotalPrepaidAmount", (draft.totals.gross - draft.due).description) }
            writer.element("ram:DuePayableAmount", draft.due.description)
        }
    }

    /// BT-151: S taxed, Z at zero, E for what is outside of tax.
    static func category(_ tax: Tax) -> String {
        if tax.isOutside { return "E" }
        return tax.rate.basisPoints == 0 ? "Z" : "S"
    }
}

/// BT-49 with its scheme: the partner's own, else e-mail, else one made of the account that reaches nobody.
private struct ElectronicAddress {
    let scheme: String
    let address: String

    init(_ recipient: Recipient, account: String) {
        if let own = recipient.electronicAddress, !own.isEmpty {
            let parts = own.split(separator: ":", maxSplits: 1).map(String.init)
            // `0204:…` names its scheme (EAS); a plain text is an e-mail address or a Leitweg-ID.
            if parts.count == 2, parts[0].count == 4 && parts[0].allSatisfy(\.isNumber) || ["EM", "AN"].contains(parts[0]) {
                self.init(scheme: parts[0], address: parts[1])
            } else {
                self.init(scheme: own.contains("@") ? "EM" : "0204", address: own)
            }
        } else if let email = recipient.email, !email.isEmpty {
            self.init(scheme: "EM", address: email)
        } else {
            self.init(scheme: "EM", address: "\(account)@kunden.invalid")
        }
    }
    private init(scheme: String, address: String) {
        self.scheme = scheme
        self.address = address
    }
}

extension MarkupWriter {
    /// `20260101`.
    mutating func day(_ day: Day) {
        element("udt:DateTimeString", day.description.filter { $0 != "-" }, attribute: "format", value: "102")
    }
    /// BG-14 and BG-26 name the last included day.
    mutating func period(_ range: DayRange) {
        element("ram:BillingSpecifiedPeriod") { writer in
            writer.element("ram:StartDateTime") { $0.day(range.from) }
            if let last = range.lastDay { writer.element("ram:EndDateTime") { $0.day(last) } }
        }
    }
}
