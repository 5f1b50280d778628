import ArgumentParser
import Billing
import BillingOperations
import Foundation
import Values

/// `zaehlwerk bill`
struct BillCommand: Errand {
    static let configuration = CommandConfiguration(
        commandName: "bill",
        abstract: "Bills all contracts of a cycle for the period that ends on a day.",
        discussion: """
            --period-end is exclusive: --cycle annual-12 --period-end 2026-01-01 bills the year 2025. Running it again bills nothing twice;
            a run that was killed goes on. Prints run number, counts, sums and duration. Contracts that cannot be billed are kept back and
            named on standard error; that is no failure.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "annual-MM or monthly", transform: Parse.cycle)
    var cycle: BillingCycle
    @Option(help: "the day after the last one billed", transform: Parse.day)
    var periodEnd: Day
    @Flag(help: "compute and check everything, and keep nothing")
    var simulate = false

    func validate() throws {
        guard cycle.period(endingAt: periodEnd) != nil else {
            throw ValidationError("no period of \(cycle) ends on \(periodEnd); the end is exclusive, so annual-12 ends on 1 January")
        }
    }

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            try await BillCommand.run(in: installation, cycle: cycle, periodEnd: periodEnd, simulate: simulate)
        }
    }

    /// Runs, and says what came of it.
    static func run(in installation: Installation, cycle: BillingCycle, periodEnd: Day, simulate: Bool) async throws {
        let started = ContinuousClock.now
        let progress = ProgressLine("billing")
        let run = try await RunBilling(pool: installation.pool)(
            cycle: cycle.description, periodEnd: periodEnd, simulate: simulate, author: "console", today: Clock.today,
            clock: { Clock.now }, now: Clock.now
        ) { record in progress.update(done: Int(record.done), of: Int(record.contracts)) }
        progress.finish()
        let seconds =
            Double(started.duration(to: .now).components.seconds) + Double(started.duration(to: .now).components.attoseconds) / 1e18
        Output.data(
            """
            run \(run.number)\(run.isSimulation ? " (simulated, nothing is kept)" : "") \(run.cycle) \(run.period.from) to \(periodEnd): \
            contracts \(run.contracts), bills \(run.billed), held \(run.held), net \(run.net), VAT \(run.tax), gross \(run.gross) EUR, \
            \(String(format: "%.2f", seconds)) s
            """)
        for held in try await GetBillingRun(pool: installation.pool).held(run.number) {
            Output.message("held: contract \(held.contract) of account \(held.account): \(held.code): \(held.explanation)")
        }
    }
}
