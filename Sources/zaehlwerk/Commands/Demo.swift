import Postgres
import ArgumentParser
import Billing
import BillingOperations
import LedgerOperations
import MeteringOperations
import Values

/// `zaehlwerk demo`, which `make run` and `make demo` call.
struct Demo: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Loads Samples/, validates and estimates, bills, posts, prints a summary, and serves.",
        discussion: """
            A second start repeats nothing. The demo users' one-time passwords and an API key are printed once, when they are made.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var listen: ListenOptions
    @Flag(help: "stop after the summary")
    var stop = false

    /// The year of the samples.
    private static let year = DayRange(from: Day(2025, 1, 1), until: Day(2026, 1, 1))

    func perform() async throws {
        let configuration = try common.configuration(flags: listen.flags)
        try await Installation.use(
            configuration, role: stop ? .command : .serve, connections: Service.connections, logger: stop ? Log.quiet : Log.service
        ) { installation in
            try await load(installation)
            if !stop { try await Service(installation: installation, allowsClearText: listen.allowRemoteWithoutTLS).run() }
        }
    }

    private func load(_ installation: Installation) async throws {
        let pool = installation.pool
        let sources = try Tariff.sources(installation.configuration)
        let publication = try await PublishTariffs(pool: pool)(sources, author: "demo", today: Clock.today, now: Clock.now)
        Output.message("tariffs: \(publication.published.count) published, \(publication.unchanged) unchanged")

        try await Samples(folder: installation.configuration.samplesFolder).load(into: installation)
        let estimates = try await EstimatePeriod(pool: pool)(Demo.year, now: Clock.now)
        Output.message("estimated \(estimates.estimated), rejected \(estimates.rejected), new findings \(estimates.findings)")

        try await BillCommand.run(in: installation, .cycle(.annual(month: 12)), periodEnd: Day(2026, 1, 1), simulate: false)
        _ = try await SealLedger(pool: pool)(now: Clock.now)

        let summary = try await Summary.read(pool)
        Output.data("")
        Output.data(summary.description)
        Output.data("")
        for line in try await DemoPeople(pool: pool).create() { Output.data(line) }
        guard summary.agrees else { throw Failure("the sum of the bills is not what the ledger holds: ask `zaehlwerk verify`") }
    }
}
