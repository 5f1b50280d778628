import ArgumentParser
import Ledger
import LedgerOperations
import ReportFormats
import Values

/// `zaehlwerk report`
struct Report: Errand {
    enum Kind: String, CaseIterable, ExpressibleByArgument, Sendable {
        case trialBalance = "trial-balance"
        case openItems = "open-items"
        case aging, journal, statement
    }
    enum Format: String, CaseIterable, Sendable {
        case table, csv, json, xlsx

        static func parse(_ text: String) throws -> Format {
            guard let format = Format(rawValue: text) else {
                throw ValidationError("“\(text)” is no format: \(Format.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return format
        }
    }

    static let configuration = CommandConfiguration(
        abstract: "Ledger reports: trial-balance, open-items, aging, journal, statement.",
        discussion: "--as-of with a day: what was booked up to and with it; with a time and offset: what was known then.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "which report")
    var report: Kind
    @Argument(help: "number or key of the contract account, for a statement")
    var account: String?
    @Option(help: "a day, or a time with offset", transform: Parse.asOf)
    var asOf: AsOf?
    @Option(help: "first booking day; what lies before is the opening balance", transform: Parse.day)
    var from: Day?
    @Option(help: "table, csv, json or xlsx (bytes of a file: redirect them)", transform: Format.parse)
    var format: Format = .table

    func validate() throws {
        guard (report == .statement) == (account != nil) else {
            throw ValidationError(
                report == .statement ? "a statement needs the number of an account" : "only a statement is about one account")
        }
        if from != nil, report == .openItems || report == .aging { throw ValidationError("--from has no meaning for \(report.rawValue)") }
    }

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let table = try await table(in: installation)
            switch format {
            case .table: Output.data(TextTable(table).description)
            case .csv: Output.bytes(table.csv)
            case .xlsx: Output.bytes(try table.xlsx())
            case .json:
                Output.bytes(table.json([("asOf", asOf?.day?.description), ("known", asOf?.known?.description)]) + [0x0A])
            }
        }
    }

    private func table(in installation: Installation) async throws -> ReportTable {
        let pool = installation.pool
        let asOf = asOf ?? AsOf()
        switch report {
        case .trialBalance: return .trialBalance(try await GetTrialBalance(pool: pool)(from: from, asOf: asOf))
        case .aging: return .aging(try await GetAging(pool: pool)(asOf: asOf.day ?? Clock.today, known: asOf.known))
        case .statement:
            let until = asOf.day?.adding(days: 1)
            return .statement(try await GetStatement(pool: pool)(account ?? "", from: from, until: until, known: asOf.known).statement)
        case .openItems:
            var items: [(item: OpenItem, account: String)] = []
            var cursor: OpenItem.Key?
            repeat {
                let page = try await ListOpenItems(pool: pool)(asOf: asOf, after: cursor, limit: 5_000)
                items += page.items
                cursor = page.next
            } while cursor != nil
            return .openItems(items)
        case .journal:
            var entries: [(number: String, recordedAt: Instant, entry: JournalEntry)] = []
            var cursor: ListJournal.Cursor?
            repeat {
                let page = try await ListJournal(pool: pool)(from: from, asOf: asOf, after: cursor, limit: 5_000)
                entries += page.entries.map { ($0.number, $0.recordedAt, $0.entry) }
                cursor = page.next
            } while cursor != nil
            return .journal(entries)
        }
    }
}

extension TextTable {
    /// A report for a terminal: amounts at the right edge of their column.
    fileprivate init(_ report: ReportTable) {
        let numbers = report.columns.indices.map { column in report.rows.contains { $0[column].isNumber } }
        self.init(zip(report.columns, numbers).map { $1 ? .number($0.title) : .text($0.title) })
        rows = report.rows.map { $0.map(TextTable.text) }
        sums = report.sums.map { $0.map(TextTable.text) }
    }

    private static func text(_ cell: ReportTable.Cell) -> String {
        if case .money(let amount) = cell { return Output.euros(amount) }
        return cell.plain
    }
}
