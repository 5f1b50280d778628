import ArgumentParser
import Billing
import BillingOperations
import InvoiceFormats
import Values

/// `zaehlwerk instalments …`
struct Instalments: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What customers pay in advance: request what falls due, plan, list.",
        subcommands: [Request.self, Plan.self, List.self, Paper.self], defaultSubcommand: Request.self)

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

    struct Paper: Errand {
        enum Format: String, CaseIterable, ExpressibleByArgument, Sendable { case pdf, xml, ubl }

        static let configuration = CommandConfiguration(
            abstract: "The paper of a request, by its number AB-…, or of a contract's plan, by the number of the contract.",
            discussion: "Goes to standard output unless --output names a file. A plan has no e-invoice: nothing is asked for by it.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "number of the request or of the contract") var number: String
        @Option(help: "pdf, xml (XRechnung, type 326) or ubl") var format: Format = .pdf
        @Option(help: "de or en", transform: Parse.language)
        var language: BillLanguage = .de
        @Option(help: "the file to write") var output: String?

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let get = GetInstalment(pool: installation.pool)
                let isRequest = number.hasPrefix("AB-")
                if format != .pdf, !isRequest { throw Failure("a plan has no e-invoice; name a request, such as AB-6000014") }
                let bytes =
                    switch format {
                    case .xml: try await get.xml(number, now: Clock.now)
                    case .ubl: try await get.ubl(number, now: Clock.now)
                    case .pdf where isRequest: try await get.pdf(number, language: language, now: Clock.now)
                    case .pdf:
                        try await GetInstalmentPlan(pool: installation.pool).pdf(number, language: language, today: Clock.today)
                    }
                try Output.bytes(bytes, to: output)
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
                            item.standing.rawValue, item.paid.description, item.invoice ?? "",
                        ])
                    }
                    cursor = page.next
                } while cursor != nil
                Output.data(table.description)
            }
        }
    }
}
