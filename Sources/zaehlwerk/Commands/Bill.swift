import ArgumentParser
import Billing
import BillingOperations
import Foundation
import Tariffs
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
            --region and --contracts bill a part, which is a run of its own; a day of a contract is billed once, whichever run comes first.
            --final bills contracts that have ended before --period-end (today, if it is not said), of all cycles or of --cycle: each from
            the first day of its cycle's period to its own end, at once and not when the year is over (§ 40c EnWG: six weeks).
            --interim bills on demand (Zwischenrechnung), for --account or --contracts: from where billing stands in the contract's cycle up to
            --period-end, by a reading of that day, else divided as the tariff says, which is printed. The next bill begins where it ends.
            --contracts names a file with a number or key of a contract or an account in each line; what follows a # is not read.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "annual-MM or monthly", transform: Parse.occasion)
    var cycle: BillingOccasion?
    @Flag(name: .customLong("final"), help: "what has ended: final bills")
    var isFinal = false
    @Flag(name: .customLong("interim"), help: "on demand, before the period is over: interim bills")
    var isInterim = false
    @Option(help: "the day after the last one billed", transform: Parse.day)
    var periodEnd: Day?
    @Option(help: "only contracts whose attribute region says so")
    var region: String?
    @Option(help: "only the contracts and accounts in this file")
    var contracts: String?
    @Option(name: .customLong("account"), help: "only this account or contract, by number or key; may be repeated")
    var accounts: [String] = []
    @Flag(help: "compute and check everything, and keep nothing")
    var simulate = false
    @Option(help: "contracts in one transaction: what a kill can make be computed again")
    var pageSize = 500

    func validate() throws {
        guard [region != nil, contracts != nil, !accounts.isEmpty].filter({ $0 }).count <= 1 else {
            throw ValidationError("--region, --contracts and --account exclude each other")
        }
        if isInterim {
            guard cycle == nil, !isFinal else { throw ValidationError("--interim bills whatever the cycle; leave --cycle and --final out") }
            guard contracts != nil || !accounts.isEmpty else { throw ValidationError("--interim needs --account or --contracts") }
            guard periodEnd != nil else { throw ValidationError("--period-end says up to which day the interim bill goes, exclusive") }
        }
        guard (1...10_000).contains(pageSize) else { throw ValidationError("--page-size is from 1 to 10000") }
        guard let occasion else { throw ValidationError("--cycle says what is billed, or --final, or --interim") }
        guard case .cycle = occasion else { return }
        guard let periodEnd else { throw ValidationError("--period-end says which period of \(occasion) is billed") }
        guard occasion.period(endingAt: periodEnd) != nil else {
            throw ValidationError("no period of \(occasion) ends on \(periodEnd); the end is exclusive, so annual-12 ends on 1 January")
        }
    }

    /// `--final` makes of a cycle what has ended of it.
    private var occasion: BillingOccasion? {
        if isInterim { return .demand }
        guard isFinal else { return cycle }
        if case .cycle(let only)? = cycle { return .ended(of: only) }
        return cycle ?? .ended(of: nil)
    }

    func perform() async throws {
        let part = try part()
        guard let occasion else { return }
        let periodEnd = periodEnd ?? Clock.today
        try await Installation.use(try common.configuration()) { installation in
            try await BillCommand.run(
                in: installation, occasion, periodEnd: periodEnd, part: part, simulate: simulate, pageSize: pageSize)
        }
    }

    private func part() throws -> BillingPart {
        if let region { return .region(region) }
        if !accounts.isEmpty { return .listed(accounts) }
        guard let contracts else { return .whole }
        let bytes: [UInt8]
        do { bytes = try FileSource.bytes(of: contracts) } catch let failure as Failure { throw Failure("\(contracts): \(failure)") }
        let text = String(decoding: bytes, as: UTF8.self)
        return .listed(
            text.split(whereSeparator: \.isNewline).map { line in
                line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
            }.filter { !$0.isEmpty })
    }

    /// Runs, and says what came of it.
    static func run(
        in installation: Installation, _ occasion: BillingOccasion, periodEnd: Day, part: BillingPart = .whole, simulate: Bool,
        pageSize: Int = 500
    ) async throws {
        let started = ContinuousClock.now
        let (today, now) = (Clock.today, Clock.now)
        let billing = RunBilling(pool: installation.pool, pageSize: pageSize)
        let begun = try await billing.start(
            cycle: occasion.description, periodEnd: periodEnd, part: part, simulate: simulate, author: "console", today: today, now: now)
        let progress = ProgressLine("billing", before: Int(begun.done))
        let run = try await billing.work(begun.number, today: today, clock: { Clock.now }, now: now) { record in
            progress.update(done: Int(record.done), of: Int(record.contracts))
        }
        progress.finish()
        let seconds =
            Double(started.duration(to: .now).components.seconds) + Double(started.duration(to: .now).components.attoseconds) / 1e18
        let (standing, notices) = try await ReportBillingRun(pool: installation.pool).outcome(run.number)
        // A contract is counted once; a bill may have several on it.
        let bills = standing == run.billed ? "\(standing)" : "\(standing) (of \(run.billed) contracts)"
        Output.data(
            """
            run \(run.number)\(run.isSimulation ? " (simulated, nothing is kept)" : "") \(run.cycle) \(run.period.from) to \(periodEnd): \
            contracts \(run.contracts), bills \(bills), held \(run.held), net \(run.net), VAT \(run.tax), gross \(run.gross) EUR, \
            \(String(format: "%.2f", seconds)) s
            """)
        if run.state == .paused || run.state == .stopped {
            Output.message("run \(run.number) was \(run.state.rawValue) by \(run.changedBy ?? "?") with \(run.open) contracts open")
        }
        for notice in notices {
            Output.message("notice: \(notice.code), bills: \(notice.bills), such as: \(notice.example)")
        }
        for held in try await GetBillingRun(pool: installation.pool).held(run.number) {
            // The stored sentence is German; it names the numbers.
            let reason = HoldReason.of(held.code).map { "\($0.title.en). \($0.mend.en) [\(held.explanation)]" } ?? held.explanation
            Output.message("held: contract \(held.contract) of account \(held.account): \(held.code): \(reason)")
        }
    }
}
