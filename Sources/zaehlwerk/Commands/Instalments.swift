import ArgumentParser
import Billing
import BillingOperations
import Values

/// `zaehlwerk instalments …`
struct Instalments: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What customers pay in advance: request what falls due, plan, list.",
        subcommands: [Request.self, Plan.self, List.self], defaultSubcommand: Request.self)

    struct Request: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Requests the instalments that are due before a day, and books them as prepayments.",
            discussion: "--due-until is exclusive. Running it again requests nothing twice.")
        @OptionGroup var common: CommonOptions
        @Option(help: "the day after the last due day", transform: Parse.day)
        var dueUntil: Day

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let report = try await RequestInstalments(pool: installation.pool)(
                    dueUntil: dueUntil, author: "console", today: Clock.today, now: Clock.now)
                Output.data("requested \(report.requested), gross \(report.gross), VAT \(report.tax) EUR, on hold \(report.onHold)")
            }
        }
    }

    struct Plan: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Plans the instalments of a contract: by its last bill, or by an agreed yearly amount.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "number or key of the contract") var contract: String
        @Option(help: "first due day; the others follow month by month", transform: Parse.day)
        var from: Day
        @Option(help: "expected gross cost of a year (default: that of the last bill)") var yearly: String?
        @Option(help: "instalments of a year") var count = 11

        func validate() throws {
            guard (1...12).contains(count) else { throw ValidationError("--count must lie between 1 and 12") }
            if let yearly, Money(yearly) == nil { throw ValidationError("“\(yearly)” is no amount such as 1200.00") }
        }

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let plan = try await PlanInstalments(pool: installation.pool)(
                    contract: contract, yearly: yearly.flatMap { Money($0) }, rule: InstalmentRule(count: count, firstDue: from),
                    author: "console", now: Clock.now)
                for instalment in plan.instalments {
                    Output.data("\(instalment.due)  \(instalment.gross) EUR, VAT \(instalment.tax) EUR")
                }
            }
        }
    }

    struct List: Errand {
        static let configuration = CommandConfiguration(abstract: "Lists the instalments of an account or contract.")
        @OptionGroup var common: CommonOptions
        @Option(help: "number or key") var account: String?
        @Option(help: "number or key") var contract: String?

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                var table = TextTable([
                    .text("number"), .text("contract"), .text("due"), .text("gross"), .text("VAT"), .text("state"), .text("paid"),
                    .text("bill"),
                ])
                var cursor: String?
                repeat {
                    let page = try await ListInstalments(pool: installation.pool)(account: account, contract: contract, cursor: cursor)
                    for item in page.items {
                        table.rows.append([
                            item.number ?? "", item.contract, item.due.description, item.gross.description, item.tax.description,
                            item.state.rawValue, item.paid.description, item.invoice ?? "",
                        ])
                    }
                    cursor = page.next
                } while cursor != nil
                Output.data(table.description)
            }
        }
    }
}
