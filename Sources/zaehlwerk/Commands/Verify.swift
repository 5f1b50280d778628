import ArgumentParser
import BillingOperations
import LedgerOperations

/// `zaehlwerk verify`
struct Verify: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Recomputes the ledger's hash chain and balances, and every issued bill from its stored inputs.",
        discussion: """
            Bills are computed again and compared with every row beside them: columns, lines, covered days, instalments, journal entry. \
            Papers are not drawn again: their hashes are compared with the chain written when they were kept. Numbers of bills and \
            instalments are looked through for gaps, clearings and payments compared with the journal.

            Exit status 1 and a line for each thing that differs. Who can write all of the database can write the chains anew: keep the \
            heads that are printed somewhere else.
            """)

    @OptionGroup var common: CommonOptions

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let ledgerProgress = ProgressLine("journal entries")
            let ledger = try await VerifyLedger(pool: installation.pool)() { ledgerProgress.update(done: $0, of: $1) }
            ledgerProgress.finish()
            for problem in ledger.problems {
                let entry = problem.entry.map { " journal entry \(StoredEntry.number(of: $0))" } ?? ""
                Output.data("ledger: \(problem.kind.rawValue):\(entry) \(problem.explanation)")
            }
            let sealed = ledger.entries - ledger.unsealed
            Output.message(
                "ledger: \(ledger.entries) journal entries: \(sealed) sealed, in \(ledger.seals) seals, and \(ledger.unsealed) written since, compared with their own hash; head \(ledger.head?.hex ?? "none")"
            )
            Output.message(
                "ledger: \(ledger.clearings) clearings: \(ledger.clearings - ledger.unsealedClearings) sealed, \(ledger.unsealedClearings) written since, compared by their sums; \(ledger.payments) payments compared with their entries"
            )

            let billProgress = ProgressLine("bills")
            let bills = try await VerifyInvoices(pool: installation.pool)() { billProgress.update(done: $0, of: $1) }
            billProgress.finish()
            for discrepancy in bills.discrepancies { Output.data("\(discrepancy.number): \(discrepancy.what)") }
            Output.message("bills: \(bills.checked) bills, Stornos and corrections computed again and compared with their rows and entries")
            Output.message("bills: \(bills.requests) requested instalments compared with their entries")
            Output.message(
                "papers: \(bills.papers) of bills and \(bills.requestPapers) of instalments compared with the hash they were kept with; none drawn again"
            )
            let heads = bills.heads.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            Output.message("documents: \(bills.links) links of their chains; heads: \(heads.isEmpty ? "none" : heads)")

            let count = ledger.problems.count + bills.discrepancies.count
            guard count == 0 else { throw Failure("\(count) \(count == 1 ? "thing differs" : "things differ") from what was written") }
            Output.data("everything is as it was written")
        }
    }
}
