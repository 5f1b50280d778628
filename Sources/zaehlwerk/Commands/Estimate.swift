import ArgumentParser
import MeteringOperations
import Values

/// `zaehlwerk estimate`
struct Estimate: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Runs validation and estimation again for a period.",
        discussion: "Needed after capacities or master data changed; deliveries are validated and estimated as they come in.")

    @OptionGroup var common: CommonOptions
    @Option(help: "first day", transform: Parse.day)
    var from: Day
    @Option(help: "the day after the last, exclusive", transform: Parse.day)
    var to: Day

    func perform() async throws {
        let period = try Parse.period(from: from, to: to)
        try await Installation.use(try common.configuration()) { installation in
            let progress = ProgressLine("estimating")
            let report = try await EstimatePeriod(pool: installation.pool)(period, now: Clock.now) { done, total in
                progress.update(done: done, of: total)
            }
            progress.finish()
            Output.data(
                "channels \(report.channels), rejected \(report.rejected), estimated \(report.estimated), findings \(report.findings)")
        }
    }
}
