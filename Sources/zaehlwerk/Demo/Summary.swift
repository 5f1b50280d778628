import BillingOperations
import LedgerOperations
import MeteringOperations
import Postgres
import VEE
import Values

/// What an installation holds, on one screen: readings, bills and the ledger, and whether they agree.
struct Summary: Sendable {
    let readings: MeteringSummary.Result
    let bills: [BillingSummary.Row]
    let held: Int64
    let ledger: LedgerSummary

    static func read(_ pool: Pool) async throws -> Summary {
        let bills = try await BillingSummary(pool: pool)()
        return Summary(
            readings: try await MeteringSummary(pool: pool)(), bills: bills.rows, held: bills.held,
            ledger: try await LedgerSummary.read(pool: pool))
    }

    var billed: Money { bills.map(\.gross).total() }
    /// What customers were charged before any of it was paid: the control account with the payments taken back out.
    var charged: Money { ledger.receivables + ledger.paid }
    var agrees: Bool { billed == charged && ledger.reconciles }

    var description: String {
        var table = TextTable([
            .text("commodity"), .number("points"), .number("received"), .number("duplicate"), .number("revised"), .number("rejected"),
            .number("findings"), .number("bills"), .number("net"), .number("VAT"), .number("gross EUR"), .text("estimated by method"),
        ])
        for commodity in Commodity.allCases {
            table.rows.append(row(commodity.rawValue, readings.lines[commodity] ?? .init(), bills.first { $0.commodity == commodity }))
        }
        if readings.unknown != .init() { table.rows.append(row("unknown meter", readings.unknown, nil)) }
        table.sums = sums
        let check = billed == charged ? "agree" : "DIFFER by \(Output.euros(billed - charged)) EUR"
        return """
            \(table.description)

            deliveries \(Output.count(readings.deliveries)), contracts held back \(held)
            ledger: \(Output.count(Int(ledger.entries))) entries, debit \(Output.euros(ledger.debit)), credit \(Output.euros(ledger.credit)), \
            balance \(Output.euros(ledger.debit - ledger.credit)) EUR; \(ledger.payments) payments of \(Output.euros(ledger.paid)) EUR; \
            \(ledger.openItems) open items: owed \(Output.euros(ledger.openDebits)), on account \(Output.euros(ledger.onAccount)) EUR
            sum of bills \(Output.euros(billed)) EUR and receivables before payments \(Output.euros(charged)) EUR \(check)
            """
    }

    private func row(_ name: String, _ line: MeteringSummary.Line, _ bill: BillingSummary.Row?) -> [String] {
        [
            name, Output.count(line.meteringPoints), Output.count(line.received), Output.count(line.duplicates), Output.count(line.revised),
            Output.count(line.rejected), Output.count(line.findings), Output.count(Int(bill?.invoices ?? 0)),
            Output.euros(bill?.net ?? .zero),
            Output.euros(bill?.tax ?? .zero), Output.euros(bill?.gross ?? .zero), Summary.methods(line.estimated),
        ]
    }

    private var sums: [String] {
        let lines = Array(readings.lines.values) + [readings.unknown]
        var estimated: [EstimationMethod: Int] = [:]
        for line in lines { estimated.merge(line.estimated, uniquingKeysWith: +) }
        func sum(_ member: (MeteringSummary.Line) -> Int) -> String { Output.count(lines.map(member).reduce(0, +)) }
        return [
            "all", sum(\.meteringPoints), sum(\.received), sum(\.duplicates), sum(\.revised), sum(\.rejected), sum(\.findings),
            Output.count(Int(bills.map(\.invoices).reduce(0, +))), Output.euros(bills.map(\.net).total()),
            Output.euros(bills.map(\.tax).total()),
            Output.euros(billed), Summary.methods(estimated),
        ]
    }

    private static func methods(_ counts: [EstimationMethod: Int]) -> String {
        counts.filter { $0.value > 0 }.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.word) \(Output.count($0.value))" }
            .joined(separator: ", ")
    }
}
