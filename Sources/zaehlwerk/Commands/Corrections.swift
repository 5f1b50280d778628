import ArgumentParser
import BillingOperations
import Values

/// `zaehlwerk corrections …`
struct Corrections: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bills that would come out differently by now: find, list, release, dismiss.",
        subcommands: [Find.self, List.self, Release.self, Dismiss.self])

    struct Find: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Looks for bills whose readings or prices have changed since, and proposes the difference.",
            discussion: "Issues nothing. Running it twice proposes nothing new.")
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
