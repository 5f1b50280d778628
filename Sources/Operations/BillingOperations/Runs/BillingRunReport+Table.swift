internal import Ledger
public import ReportFormats
internal import Values

extension BillingRunReport {
    /// The report as one table of sections, the same rows in every format: `run`, `commodity`, `tax`, `tariff`, `hold`, `notice`, `largest`,
    /// `smallest`, `ledger`; the sums are those of the trial balance.
    public var table: ReportTable {
        typealias Cell = ReportTable.Cell
        func row(
            _ section: String, _ key: String, _ text: String = "", count: Int64? = nil, net: Money? = nil, tax: Money? = nil,
            gross: Money? = nil, debit: Money? = nil, credit: Money? = nil
        ) -> [Cell] {
            func money(_ amount: Money?) -> Cell { amount.map { .money($0) } ?? .empty }
            let about: Cell = text.isEmpty ? .empty : .text(text)
            let number: Cell = count.map { .count($0) } ?? .empty
            return [.text(section), .text(key), about, number, money(net), money(tax), money(gross), money(debit), money(credit)]
        }
        let period = "\(run.cycle) \(run.period.from)/\(run.period.until?.description ?? "")"
        var rows = [
            row("run", run.number, period, count: run.contracts), row("run", "bills", count: bills, net: net, tax: tax, gross: gross),
            row(
                "run", "cancelled", count: cancelled, net: cancelledNet, tax: cancelledTax, gross: cancelledNet + cancelledTax),
            row(
                "run", "standing", count: bills - cancelled, net: standingNet, tax: standingTax, gross: standingNet + standingTax),
            row("run", "held", count: run.held), row("run", "open", count: run.open),
        ]
        rows += commodities.map { row("commodity", $0.name, count: $0.bills, net: $0.net, tax: $0.tax, gross: $0.gross) }
        rows += taxes.map {
            row("tax", $0.rate.map { $0.percent + " %" } ?? "–", count: $0.bills, net: $0.net, tax: $0.tax, gross: $0.net + $0.tax)
        }
        rows += tariffs.map { row("tariff", $0.name, count: $0.bills, net: $0.net) }
        rows += holds.map { row("hold", $0.code, $0.example, count: $0.contracts) }
        rows += notices.map { row("notice", $0.code, $0.example, count: $0.bills) }
        for (section, bills) in [("largest", largest), ("smallest", smallest)] {
            rows += bills.map { row(section, $0.invoice ?? $0.contract, "\($0.contract) \($0.account)", gross: $0.gross) }
        }
        rows += (balance?.rows ?? []).map {
            row("ledger", $0.ledger.description, ChartOfAccounts.account($0.ledger)?.name ?? "", debit: $0.debit, credit: $0.credit)
        }
        return ReportTable(
            name: "billing-run-\(run.number)",
            columns: [
                .init("section", "Abschnitt"), .init("key", "Schlüssel"), .init("text", "Bezeichnung"), .init("count", "Anzahl"),
                .init("net", "Netto"), .init("tax", "Steuer"), .init("gross", "Brutto"), .init("debit", "Soll"), .init("credit", "Haben"),
            ],
            rows: rows, sums: balance.map { row("ledger", "sum", "Summe", debit: $0.debit, credit: $0.credit) })
    }
}
