import ArgumentParser
import BillingOperations
import MeteringOperations
import Postgres
import Values

/// The service's search for bills that late readings and corrections have made wrong: every few minutes by what came in, at night over
/// all of them. Of several nodes one does it.
struct CorrectionDuty: Sendable {
    /// After the survey of values, whose estimates it sees.
    static let hour = 4
    static let author = "zaehlwerk"
    let pool: Pool

    func callAsFunction(now: Instant) async throws {
        let lease = DutyLease(pool: pool)
        let time = LocalTime.berlin
        let tomorrow = time.instant(time.day(of: now).adding(days: 1), hour: Self.hour) ?? now.adding(seconds: 86_400)
        if time.timeOfDay(now).hour >= Self.hour,
            try await lease.take("corrections-all", by: SurveyDuty.holder, until: now.adding(seconds: 2 * 3_600), now: now)
        {
            _ = try await FindCorrections(pool: pool)(author: Self.author, now: now)
            try await lease.done("corrections-all", next: tomorrow, now: now)
        }
        if try await lease.take("corrections", by: SurveyDuty.holder, until: now.adding(seconds: 1_800), now: now) {
            _ = try await WatchForCorrections(pool: pool)(author: Self.author, now: now)
            try await lease.done("corrections", next: now, now: now)
        }
    }
}

/// `zaehlwerk corrections …`
struct Corrections: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bills that would come out differently by now: find, list, release, dismiss.",
        subcommands: [Find.self, List.self, Release.self, Dismiss.self])

    struct Find: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Looks for bills whose readings or prices have changed since, and proposes the difference.",
            discussion: """
                Issues nothing. Running it twice proposes nothing new. A running server looks by itself: every three minutes at bills of
                whose days values came in, every night at all of them; `zaehlwerk import` looks after its files.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "numbers of bills; all that stand if missing")
        var invoices: [String] = []

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let report = try await FindCorrections(pool: installation.pool)(invoices: invoices, author: "console", now: Clock.now)
                Output.data(
                    "bills \(report.bills), touched \(report.touched), proposed \(report.proposed), unclear \(report.unclear.count)")
                for unclear in report.unclear { Output.message("unclear: \(unclear.invoice): \(unclear.code): \(unclear.explanation)") }
            }
        }
    }

    struct List: Errand {
        static let configuration = CommandConfiguration(abstract: "Lists proposals that wait for a decision.")
        @OptionGroup var common: CommonOptions

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                var table = TextTable([
                    .text("id"), .text("invoice"), .text("account"), .text("cause"), .text("billed"), .text("right"), .text("difference"),
                ])
                var cursor: String?
                repeat {
                    let page = try await ListCorrections(pool: installation.pool)(cursor: cursor)
                    for item in page.items {
                        table.rows.append([
                            String(item.id), item.invoice, item.account, item.cause.rawValue, item.billed.description,
                            item.right.description, item.gross.description,
                        ])
                    }
                    cursor = page.next
                } while cursor != nil
                Output.data(table.description)
            }
        }
    }

    struct Release: Errand {
        static let configuration = CommandConfiguration(abstract: "Issues a correction and books it.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "number of the proposal") var id: Int64
        @Option(help: "why") var reason: String
        @Flag(help: "take the bill back and write it anew, instead of charging the difference") var rebill = false

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let proposal = try await DecideCorrection(pool: installation.pool).release(
                    id, method: rebill ? .rebill : .difference, reason: reason, author: "console", today: Clock.today, now: Clock.now)
                Output.data("\(proposal.document ?? "") corrects \(proposal.invoice): \(proposal.gross) EUR")
            }
        }
    }

    struct Dismiss: Errand {
        static let configuration = CommandConfiguration(abstract: "Leaves a bill as it is; the same difference is not proposed again.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "number of the proposal") var id: Int64
        @Option(help: "why") var reason: String

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let proposal = try await DecideCorrection(pool: installation.pool).dismiss(
                    id, reason: reason, author: "console", now: Clock.now)
                Output.data("\(proposal.invoice) stays as it is")
            }
        }
    }
}
