internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import Tariffs
internal import Values

/// Where an invoice becomes a journal entry: what the customer owes against revenue by service and rate, and tax by rate.
enum InvoiceEntry {
    /// nil for a bill over nothing: the ledger knows no entry of zero.
    /// - Throws: `Unpostable` where the chart has no account for a rate.
    ///
    /// Instalments that were paid leave the prepayments with their tax as it was booked; the customer owes the rest.
    static func entry(
        _ invoice: Invoice, account: Identifier<CustomerAccount>, contract: Int64, setOff: [SetOff] = [], author: String
    ) throws -> JournalEntry? {
        var revenue: [Revenue: Money] = [:]
        for line in invoice.draft.lines { revenue[Revenue(service: line.service, tax: line.tax), default: .zero] += line.amount }
        var postings: [Posting] = []
        let totals = invoice.draft.totals
        if invoice.draft.due != .zero {
            // A credit that is paid out waits as such, with the day on which the customer has to have it.
            postings.append(
                .customer(
                    account, owes: invoice.draft.due, invoice.payOutBy == nil ? .invoice : .refund, due: invoice.payOutBy ?? invoice.dueOn,
                    contract: Identifier(contract)))
        }
        postings += try InstalmentEntry.prepayments(merged(setOff.flatMap(\.shares)), sign: 1)
        for (key, amount) in revenue.sorted(by: { ($0.key.service, $0.key.tax) < ($1.key.service, $1.key.tax) }) where amount != .zero {
            postings.append(.credit(try key.ledger(), amount, taxCode: code(key.tax)))
        }
        for group in totals.groups where group.amount != .zero {
            let input = try inputTax(group, invoice.draft)
            if input != .zero {
                guard let ledger = ChartOfAccounts.inputTax(group.tax.rate) else { throw Unpostable(rate: group.tax.rate) }
                postings.append(.credit(ledger, input, taxCode: "VSt\(group.tax.rate.percent)"))
            }
            guard group.amount != input else { continue }
            guard let ledger = ChartOfAccounts.valueAddedTax(group.tax.rate) else { throw Unpostable(rate: group.tax.rate) }
            postings.append(.credit(ledger, group.amount - input, taxCode: code(group.tax)))
        }
        guard postings.count >= 2 else { return nil }
        return try JournalEntry(
            .invoice, bookingDate: invoice.issuedOn, key: "invoice:\(invoice.number)", document: invoice.number.description,
            text: BillPage.subject(invoice, language: .de), author: author, postings: postings)
    }

    /// The part of a group's tax that the customer charges us, for what was fed in: negative, since such lines are. All of it where
    /// nothing else was charged; else the tax on those lines, and the rest of the group is what we owe.
    private static func inputTax(_ group: Totals.Group, _ draft: InvoiceDraft) throws -> Money {
        let fed = draft.lines.filter { $0.service == .feedIn && $0.tax == group.tax }.map(\.amount).total()
        guard fed != .zero, !group.tax.isOutside else { return .zero }
        return fed == group.net ? group.amount : try group.tax.rate.tax(on: fed)
    }

    /// A rate of the bill that the chart has no account for; nil if it can be posted.
    static func unpostable(_ draft: InvoiceDraft) -> TaxRate? {
        for line in draft.lines where line.amount != .zero {
            do { _ = try Revenue(service: line.service, tax: line.tax).ledger() } catch { return error.rate }
        }
        for line in draft.lines where line.service == .feedIn && !line.tax.isOutside && ChartOfAccounts.inputTax(line.tax.rate) == nil {
            return line.tax.rate
        }
        return draft.totals.groups.first { $0.amount != .zero && ChartOfAccounts.valueAddedTax($0.tax.rate) == nil }?.tax.rate
    }

    /// The chart has no account for this rate; a rate of 2020 is none of today's.
    struct Unpostable: Error, Hashable {
        let rate: TaxRate
    }

    /// One line per rate, however many instalments there were.
    private static func merged(_ shares: [InstalmentShare]) -> [InstalmentShare] {
        Dictionary(grouping: shares, by: \.tax).sorted { $0.key < $1.key }.map { tax, shares in
            InstalmentShare(tax: tax, gross: shares.map(\.gross).total(), amount: shares.map(\.amount).total())
        }
    }

    static func code(_ tax: Tax) -> String {
        switch tax.exemption {
        case .sovereign: "nicht steuerbar"
        case .smallBusiness: "§ 19 UStG"
        case .reverseCharge: "§ 13b UStG"
        case nil: "USt\(tax.rate.percent)"
        }
    }

    private struct Revenue: Hashable {
        let service: BilledService
        let tax: Tax

        /// By the service of the line, whatever the contract is for: heat may be billed with a contract of gas.
        func ledger() throws(Unpostable) -> GeneralLedgerNumber {
            let commodity: Commodity
            switch service {
            case .wastewater: return ChartOfAccounts.wasteWater
            case .rainwater: return ChartOfAccounts.rainWater
            // What is paid for feed-in is a purchase: it does not lower the revenue.
            case .feedIn: return ChartOfAccounts.feedIn
            case .electricity: commodity = .electricity
            case .gas: commodity = .gas
            case .water: commodity = .water
            case .heat: commodity = .heat
            }
            guard let ledger = ChartOfAccounts.revenue(commodity, tax.rate) else { throw Unpostable(rate: tax.rate) }
            return ledger
        }
    }
}
