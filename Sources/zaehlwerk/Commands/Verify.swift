import ArgumentParser
import BillingOperations
import LedgerOperations

/// `zaehlwerk verify`
struct Verify: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Recomputes the ledger's hash chain and balances, and every issued bill from its stored inputs.",
        discussion: "Exit status 1 and a line for each thing that differs.")

    @OptionGroup var common: CommonOptions

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let ledgerProgress = ProgressLine("journal entries")
            let ledger = try await VerifyLedger(pool: installation.pool)() { ledgerProgress.update(done: $0, of: $0) }
            ledgerProgress.finish()
            for problem in ledger.problems {
                let entry = problem.entry.map { " journal entry \(StoredEntry.number(of: $0))" } ?? ""
                Output.data("ledger: \(problem.kind.rawValue):\(entry) \(problem.explanation)")
            }
            Output.message(
                "ledger: \(ledger.entries) entries, \(ledger.seals) seals, \(ledger.unsealed) not sealed yet; head \(ledger.head?.hex ?? "none")"
            )

            let billProgress = ProgressLine("bills")
            let bills = try await VerifyInvoices(pool: installation.pool)() { billProgress.update(done: $0, of: $0) }
            billProgress.finish()
            for discrepancy in bills.discrepancies { Output.data("invoice \(discrepancy.number): \(discrepancy.what)") }
            Output.message("bills: \(bills.checked) computed again")

            let count = ledger.problems.count + bills.discrepancies.count
            guard count == 0 else { throw Failure("\(count) \(count == 1 ? "thing differs" : "things differ") from what was written") }
            Output.data("everything is as it was written")
        }
    }
}
