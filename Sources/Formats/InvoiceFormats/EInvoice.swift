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
    /// BT-120: why lines bear no tax. What a public body does is no taxable supply, but category O may not stand beside taxed lines
    /// (BR-O-11), so it is shown as exempt with its reason.
    static func reason(_ exemption: Tax.Exemption) -> String {
        switch exemption {
        case .sovereign: "Nicht steuerbare hoheitliche Leistung (Abwasserbeseitigung)"
        case .smallBusiness: "Kein Ausweis von Umsatzsteuer, da der Einspeiser Kleinunternehmer ist (§ 19 UStG)"
        case .reverseCharge: "Steuerschuldnerschaft des Leistungsempfängers (§ 13b UStG)"
        }
    }

    /// BG-23: one entry for each category and rate, as BR-E-1 wants it; several reasons of one category stand together.
    static func taxes(_ groups: [(tax: Tax, net: Money, amount: Money)]) -> [TaxEntry] {
        var entries: [TaxEntry] = []
        for group in groups {
            let entry = TaxEntry(
                category: category(group.tax), percent: group.tax.rate.percent, net: group.net, amount: group.amount,
                reason: group.tax.exemption.map(reason))
            if let place = entries.firstIndex(where: { $0.category == entry.category && $0.percent == entry.percent }) {
                entries[place].net += entry.net
                entries[place].amount += entry.amount
                entries[place].reason = [entries[place].reason, entry.reason].compactMap(\.self).joined(separator: "; ")
            } else {
                entries.append(entry)
            }
        }
        return entries
    }
    struct TaxEntry {
        let category: String
        let percent: String
        var net: Money
        var amount: Money
        /// BT-120.
        var reason: String?
    }

    /// Turned back, a Storno has the amounts of what it takes back: positive, never rounded again.
    static func draft(_ invoice: Invoice) -> InvoiceDraft { isCredit(invoice) ? view(invoice).reversed : view(invoice) }

    /// A Gutschrift is the feeder's invoice: what we owe is what the feeder charges.
    private static func view(_ invoice: Invoice) -> InvoiceDraft {
        invoice.draft.isSelfBilled ? invoice.draft.fromFeeder : invoice.draft
    }

    /// Whether it is a credit note, written with the sign of what it takes back: a Storno, and a correction in the customer's
    /// favour. The Storno of such a correction charges again.
    static func isCredit(_ invoice: Invoice) -> Bool {
        invoice.draft.kind == .correction ? view(invoice).totals.gross.isNegative : invoice.cancels != nil
    }

    /// BT-25: the invoice that is taken back or corrected, or was taken back to be written anew.
    static func preceding(_ invoice: Invoice) -> PrintedNumber? { invoice.cancels ?? invoice.corrects ?? invoice.replaces }

    /// BT-151: S taxed, Z at zero, AE where the recipient owes the tax, E for what else is outside of tax.
    static func category(_ tax: Tax) -> String {
        if let exemption = tax.exemption { return exemption == .reverseCharge ? "AE" : "E" }
        return tax.rate.basisPoints == 0 ? "Z" : "S"
    }

    /// BT-3: a Gutschrift is 389, self-billed; what takes one back is a credit note of the feeder.
    static func typeCode(_ invoice: Invoice) -> String {
        if isCredit(invoice) { return "381" }
        if invoice.draft.isSelfBilled { return "389" }
        return invoice.corrects != nil ? "384" : "380"
    }

    /// BT-22.
    static func notes(_ invoice: Invoice) -> [String] {
        // A collective bill may be about several places.
        var places: [String] = []
        for supply in invoice.draft.supplies {
            let place = supply.contract.place.joined(separator: ", ")
            if !place.isEmpty, !places.contains(place) { places.append(place) }
        }
        return [BillWords(.de).title(invoice)]
            + places.map { "\(invoice.draft.isSelfBilled ? "Einspeisestelle" : "Verbrauchsstelle"): \($0)" }
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
    ///
    /// - Parameter draft: as it is written.
    static func terms(_ invoice: Invoice, _ draft: InvoiceDraft) -> String? {
        if draft.settled != nil { return BillWords(.de).storno(invoice) }
        let words = BillWords(.de)
        if !invoice.draft.setsOff.isEmpty { return words.giveBack(invoice) }
        guard (draft.isSelfBilled ? invoice.draft : draft).due.isNegative else { return nil }
        return invoice.payOutBy.map(words.payOutSentence) ?? words.creditSentence
    }

    /// BT-81: a SEPA transfer to us.
    static let transfer = "58"
    /// BT-81 of a Gutschrift: clearing between partners, because the account decides how it is paid.
    static let clearing = "97"

    /// BT-32 of a feeder who has told neither tax number nor VAT id: something must stand there (BR-S-02, BR-E-02), and the paper asks.
    static func taxNumber(of contract: BilledContract) -> String { contract.taxNumber ?? "nicht mitgeteilt" }

    /// Whether what was paid before is written (BT-113).
    static func hasPrepaid(_ draft: InvoiceDraft) -> Bool { !draft.instalments.isEmpty || draft.totals.gross != draft.payable }
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
