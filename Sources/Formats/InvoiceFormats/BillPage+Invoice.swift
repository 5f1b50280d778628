public import Billing
public import Metering
internal import Tariffs
internal import Values

extension BillPage {
    /// What a statement of account calls it: "Jahresrechnung Strom 01.01.2025 – 31.12.2025".
    public static func subject(_ invoice: Invoice, language: BillLanguage) -> String {
        let words = BillWords(language)
        return "\(words.title(invoice)) \(words.range(invoice.draft.documentPeriod))"
    }

    /// How a bill came to what a register showed at an end of its days: read, with version, status and method, or worked out, from which
    /// readings.
    public static func how(_ end: ReadingRef, _ basis: ReadingBasis?, language: BillLanguage) -> String {
        BillWords(language).how(end, basis)
    }

    /// What a bill says of itself before it has a number and a day: period, account, place.
    public static func factsOfDraft(_ invoice: Invoice, language: BillLanguage) -> [Fact] { BillWords(language).factsOfDraft(invoice) }

    /// The paper of an invoice.
    public init(_ invoice: Invoice, language: BillLanguage) {
        let words = BillWords(language)
        let draft = invoice.draft
        let supplier = draft.supplier
        // Each contract is compared with its own year before and with customers of its own kind.
        let contracts = draft.perContract
        func named(_ comparison: Comparison?, _ contract: InvoiceDraft) -> Comparison? {
            guard contracts.count > 1, let comparison else { return comparison }
            let name = words.service(BilledService(contract.commodity))
            return Comparison(
                title: "\(name): \(comparison.title)", bars: comparison.bars, sentence: comparison.sentence, own: comparison.own)
        }
        func groups(_ contract: InvoiceDraft) -> Comparison? {
            // What takes a bill back tells nothing about consumption.
            invoice.cancels == nil ? named(words.customerGroups(contract), contract) : nil
        }
        let first = contracts.first ?? draft
        // What a feeder sells stands on the feeder's document as sold.
        let shown = draft.isSelfBilled ? draft.fromFeeder : draft
        self.init(
            language: language, title: words.title(invoice), number: invoice.number.description, sender: words.sender(supplier),
            recipient: words.recipient(draft.contract.recipient),
            headline: words.headline(invoice), due: words.due(invoice),
            facts: words.facts(invoice),
            comparison: named(words.comparison(first), first), customerGroups: groups(first),
            others: contracts.dropFirst().flatMap { [named(words.comparison($0), $0), groups($0)].compactMap(\.self) },
            notice: words.notice(draft),
            payment: words.payment(invoice), footer: words.footer(supplier, isRecipient: draft.isSelfBilled), captions: words.captions,
            commodity: draft.commodity,
            groups: BillPage.groups(shown, words), sums: BillPage.sums(shown, invoice, words), meters: words.meters(draft.shownMeters),
            breakdowns: BillPage.breakdowns(shown, words), statements: BillStatements(words, invoice).all)
    }

    private static func groups(_ draft: InvoiceDraft, _ words: BillWords) -> [Group] {
        var groups: [Group] = []
        let contracts = draft.perContract
        for service in BilledService.allCases {
            for contract in contracts {
                let lines = contract.lines.filter { $0.service == service }
                guard !lines.isEmpty else { continue }
                groups.append(
                    Group(
                        service: service.rawValue, title: words.service(service),
                        supply: contracts.count > 1 ? words.supply(contract.contract, of: lines) : nil,
                        rows: lines.map { words.row($0, on: draft) },
                        sum: words.money(lines.map(\.amount).total())))
            }
        }
        return groups
    }

    /// One table, or one for each contract on the paper.
    private static func breakdowns(_ draft: InvoiceDraft, _ words: BillWords) -> [Table] {
        let contracts = draft.perContract
        guard contracts.count > 1 else { return [words.breakdown(draft.breakdown)].compactMap(\.self) }
        return contracts.compactMap { own in
            words.breakdown(
                own.breakdown, of: "\(words.service(BilledService(own.commodity))), \(words.supply(own.contract, of: []))")
        }
    }

    private static func sums(_ draft: InvoiceDraft, _ invoice: Invoice, _ words: BillWords) -> [Fact] {
        var sums = [Fact(label: words.net, value: words.money(draft.totals.net))]
        for group in draft.totals.groups {
            sums.append(Fact(label: words.tax(group), value: words.money(group.amount)))
        }
        sums.append(Fact(label: words.gross, value: words.money(draft.totals.gross)))
        let contracts = draft.perContract
        for instalment in draft.instalments {
            let whose = instalment.contract.flatMap { words.name(of: $0, among: contracts) }
            sums.append(Fact(label: words.instalment(instalment, whose: whose), value: words.money(-instalment.gross)))
        }
        if invoice.cancels != nil { return sums + words.stornoSums(draft, invoice) }
        return sums + words.setOffSums(draft) + [words.headline(invoice)]
    }
}
