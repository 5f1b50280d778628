internal import Billing
internal import Tariffs
internal import Values

/// The specification an e-invoice says it follows (BT-24).
public enum EInvoiceProfile: String, Sendable, Hashable, CaseIterable {
    /// The German rules on top of EN 16931.
    case xrechnung = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    /// The European standard alone, as it lies in a ZUGFeRD file for a business or a household.
    case en16931 = "urn:cen.eu:en16931:2017"
}

/// What both syntaxes of an e-invoice say alike.
enum EInvoice {
    /// BT-23.
    static let process = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
    /// Why a line bears no tax: a town's waste water is no taxable supply. Category O may not stand beside taxed lines
    /// (BR-O-11), so it is shown as exempt with this reason.
    static let outsideReason = "Nicht steuerbare hoheitliche Leistung (Abwasserbeseitigung)"

    /// Turned back, a Storno has the amounts of what it takes back: positive, never rounded again.
    static func draft(_ invoice: Invoice) -> InvoiceDraft { isCredit(invoice) ? invoice.draft.reversed : invoice.draft }

    /// Whether it is a credit note, written with the sign of what it takes back: a Storno, and a correction in the customer's
    /// favour. The Storno of such a correction charges again.
    static func isCredit(_ invoice: Invoice) -> Bool {
        invoice.draft.kind == .correction ? invoice.draft.totals.gross.isNegative : invoice.cancels != nil
    }

    /// BT-25: the invoice that is taken back or corrected.
    static func preceding(_ invoice: Invoice) -> PrintedNumber? { invoice.cancels ?? invoice.corrects }

    /// BT-151: S taxed, Z at zero, E for what is outside of tax.
    static func category(_ tax: Tax) -> String {
        if tax.isOutside { return "E" }
        return tax.rate.basisPoints == 0 ? "Z" : "S"
    }

    /// BT-3.
    static func typeCode(_ invoice: Invoice) -> String { isCredit(invoice) ? "381" : invoice.corrects != nil ? "384" : "380" }

    /// BT-22.
    static func notes(_ invoice: Invoice) -> [String] {
        let place = invoice.draft.contract.place.joined(separator: ", ")
        return [BillWords(.de).title(invoice)] + (place.isEmpty ? [] : ["Verbrauchsstelle: \(place)"])
    }

    /// Post code and city are mandatory (BR-DE-8, BR-DE-9); who has told no address is reached where the meter hangs.
    static func address(of contract: BilledContract) -> (postcode: String, street: String, city: String) {
        let recipient = contract.recipient
        let place = contract.place.last?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
        let isPlace = place.count == 2 && place[0].allSatisfy(\.isNumber)
        return (
            postcode: recipient.postcode.isEmpty ? (isPlace ? place[0] : "00000") : recipient.postcode, street: recipient.street,
            city: recipient.city.isEmpty ? (isPlace ? place[1] : "unbekannt") : recipient.city
        )
    }

    /// BT-44.
    static func buyerName(_ contract: BilledContract) -> String {
        contract.recipient.name.isEmpty ? contract.account : contract.recipient.name
    }
    /// BT-83.
    static func reference(_ invoice: Invoice) -> String { "\(invoice.draft.contract.account) \(invoice.number)" }
    /// BT-20 of a credit.
    static func terms(_ draft: InvoiceDraft) -> String? { draft.due.isNegative ? BillWords(.de).creditSentence : nil }
}

/// BT-49 with its scheme: the partner's own, else e-mail, else one made of the account that reaches nobody.
struct ElectronicAddress {
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
