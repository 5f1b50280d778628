internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import Postgres
internal import Tariffs
internal import Values

/// What the rows beside a bill must say, in the texts that ``BilledRow`` reads.
enum Written {
    static func lines(_ invoice: Invoice) -> [String] {
        invoice.draft.lines.map { line in
            let quantity = line.explanation.quantity
            let micro = quantity.map { "\(line.isReversal ? -$0.micro : $0.micro)" } ?? ""
            let price = line.explanation.price.map { "\($0.hundredMillionths)" } ?? ""
            let tax = line.tax.isOutside ? "" : "\(line.tax.rate.basisPoints)"
            return
                "\(line.position)|\(line.component)|\(line.service.rawValue)|\(days(line.period))|\(micro)|\(quantity?.unit.rawValue ?? "")|\(price)|\(line.amount.cents)|\(tax)|\(line.tariff.hash)"
        }
    }

    /// A contract's days on a bill.
    struct Covered {
        let number: String
        let from: String
        /// Empty: no end.
        let until: String
        let standing: String
        /// Consumption, unit and gross, where the bill says them of each contract.
        let own: String
        let kind: String
        var text: String { "\(number)|\(from)|\(until)|\(standing)|\(own)|\(number)|\(kind)" }
    }

    /// Whether rows cover these days. Stretches that were billed as one have a row each, one behind the other, and none a figure of its own.
    static func isCovered(_ rows: [String], as right: [Covered]) -> Bool {
        var rest = rows[...]
        for supply in right {
            var from = supply.from
            while true {
                guard let row = rest.popFirst() else { return false }
                let said = row.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
                guard said.count == 9, said[0] == supply.number, said[1] == from, said[3] == supply.standing, said[7] == supply.number,
                    // From before the kind was kept.
                    said[8] == supply.kind || said[8].isEmpty
                else { return false }
                let isWhole = from == supply.from && said[2] == supply.until
                guard said[4...6].joined(separator: "|") == (isWhole ? supply.own : "||") else { return false }
                if said[2] == supply.until { break }
                guard !said[2].isEmpty, supply.until.isEmpty || said[2] < supply.until else { return false }
                from = said[2]
            }
        }
        return rest.isEmpty
    }

    /// - Throws: `Overflow`.
    static func coverage(_ draft: InvoiceDraft, isStanding: Bool) throws -> [Covered] {
        try draft.supplies.map { supply in
            let number = supply.contract.number
            let own = try IssueBills.own(number, of: draft, supply.period)
            let figures = [own.map { "\($0.consumption.micro)" }, own?.consumption.unit.rawValue, own.map { "\($0.gross.cents)" }]
            return Covered(
                number: number, from: supply.period.from.description, until: supply.period.until?.description ?? "",
                standing: isStanding ? "standing" : "taken back",
                own: figures.map { $0 ?? "" }.joined(separator: "|"), kind: draft.kind(of: number)?.rawValue ?? "")
        }.sorted { ($0.number, $0.from) < ($1.number, $1.from) }
    }

    static func texts(_ said: [CorrectedCoverage.Said]) -> [String] {
        said.sorted { ($0.contract, $0.period.from) < ($1.contract, $1.period.from) }.map { row in
            "\(row.contract)|\(days(row.period))|\(row.consumption.map { "\($0)" } ?? "")|\(row.gross)"
        }
    }

    static func text(_ posting: Posting) -> String {
        let claim = posting.claim
        return
            "\(posting.ledger.number)|\(posting.amount.cents)|\(claim.map { "\($0.account)" } ?? "")|\(claim?.contract.map { "\($0)" } ?? "")|\(claim?.due.description ?? "")|\(claim?.kind.rawValue ?? "")|\(posting.taxCode ?? "")"
    }

    /// The same of the postings of an entry, in their order, as they stand in the journal.
    static func postings(of entry: SQL) -> SQL {
        """
        (SELECT array_agg(format('%s|%s|%s|%s|%s|%s|%s', t.ledger, t.amount_cents, t.account_id, t.contract_id, t.due, t.claim, t.tax_code)
                          ORDER BY t.line) FROM posting t WHERE t.entry_id = \(entry))
        """
    }

    private static func days(_ period: DayRange) -> String { "\(period.from)|\(period.until?.description ?? "")" }

    /// Where two lists differ first, in words; nil where they say the same.
    static func difference(_ stored: [String], _ right: [String]) -> String? {
        guard stored != right else { return nil }
        let place = zip(stored, right).enumerated().first { $1.0 != $1.1 }?.offset ?? min(stored.count, right.count)
        if place >= right.count { return "\(place + 1) is none of it: \(stored[place])" }
        if place >= stored.count { return "\(place + 1) is gone: \(right[place])" }
        return "\(place + 1) is \(stored[place]) instead of \(right[place])"
    }

    static func told(_ rows: [String]) -> String { rows.isEmpty ? "nothing" : rows.joined(separator: ", ") }
}
