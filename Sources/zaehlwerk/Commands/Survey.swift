import ArgumentParser
import Foundation
import MeteringOperations
import Postgres
import Values

/// `zaehlwerk survey`
struct Survey: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Looks over all metering points: silence, holes, leaks, usage out of the ordinary.",
        discussion: """
            A running server does the same by itself: every hour who delivers, every night the values. Findings whose cause is gone are closed.
            Running it again changes nothing.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "as if it were this moment, a time with offset; now if absent", transform: Parse.instant)
    var now: Instant?
    @Flag(help: "only who delivers and who does not")
    var deliveries = false

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let progress = ProgressLine("surveying meters")
            let report = try await SurveyMeteringPoints(pool: installation.pool)(
                deliveries ? .deliveries : .values, now: now ?? Clock.now
            ) { done, total in progress.update(done: done, of: total) }
            progress.finish()
            Output.data(
                "channels \(report.channels), registers \(report.registers), findings \(report.found.values.reduce(0, +)), "
                    + "opened \(report.opened), closed \(report.closed), estimated \(report.estimated)")
            for (rule, count) in report.found.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) { Output.data("  \(rule) \(count)") }
        }
    }
}

/// The survey as a server does it: each depth in its rhythm, by one node at a time.
struct SurveyDuty: Sendable {
    let pool: Pool
    let directory: MeterDirectory
    /// When the values are looked over: in the night, once the day before is in.
    static let hour = 3

    func callAsFunction(now: Instant) async throws {
        let lease = DutyLease(pool: pool)
        let survey = SurveyMeteringPoints(pool: pool, directory: directory)
        let time = LocalTime.berlin
        let tomorrow = time.instant(time.day(of: now).adding(days: 1), hour: Self.hour) ?? now.adding(seconds: 86_400)
        if time.timeOfDay(now).hour >= Self.hour,
            try await lease.take("survey-values", by: Self.holder, until: now.adding(seconds: 2 * 3_600), now: now)
        {
            // If this node dies over it, another one begins again when the lease ends.
            _ = try await survey(.values, now: now)
            try await lease.done("survey-values", next: tomorrow, now: now)
        } else if try await lease.take("survey-deliveries", by: Self.holder, until: now.adding(seconds: 900), now: now) {
            _ = try await survey(.deliveries, now: now)
            try await lease.done("survey-deliveries", next: now.adding(seconds: 3_600), now: now)
        }
    }

    static let holder = "serve \(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
}
