public import Ledger
public import Values

extension ReportTable {
    /// Summen- und Saldenliste.
    public static func trialBalance(_ balance: TrialBalance) -> ReportTable {
        let rows = balance.rows.map { row -> [Cell] in
            [
                .text(row.ledger.description), .text(ChartOfAccounts.account(row.ledger)?.name ?? ""), .money(row.opening),
                .money(row.debit),
                .money(row.credit), .money(row.closing),
            ]
        }
        return ReportTable(
            name: "trial-balance",
            columns: [
                Column("ledger", "Konto"), Column("name", "Bezeichnung"), Column("opening", "Anfangsbestand"), Column("debit", "Soll"),
                Column("credit", "Haben"), Column("closing", "Saldo"),
            ],
            rows: rows,
            sums: [
                .text("Summe"), .empty, .money(balance.rows.lazy.map(\.opening).total()), .money(balance.debit), .money(balance.credit),
                .money(balance.rows.lazy.map(\.closing).total()),
            ])
    }

    /// OPOS: each item that is not cleared, with its account.
    public static func openItems(_ items: [(item: OpenItem, account: String)]) -> ReportTable {
        ReportTable(
            name: "open-items",
            columns: [
                Column("account", "Vertragskonto"), Column("entry", "Beleg"), Column("document", "Dokument"), Column("kind", "Art"),
                Column("bookingDate", "gebucht am"), Column("due", "fällig am"), Column("original", "Betrag"), Column("open", "offen"),
            ],
            rows: items.map { item, account in
                [
                    .text(account), .text(item.key.description), item.document.map { .text($0) } ?? .empty, .text(item.kind.rawValue),
                    .day(item.bookingDate), .day(item.due), .money(item.original), .money(item.remaining),
                ]
            },
            sums: [
                .text("Summe"), .empty, .empty, .empty, .empty, .empty, .money(items.lazy.map(\.item.original).total()),
                .money(items.lazy.map(\.item.remaining).total()),
            ])
    }

    /// Altersstruktur.
    public static func aging(_ aging: Aging) -> ReportTable {
        let rows = Aging.Bucket.allCases.sorted().map { bucket -> [Cell] in [.text(bucket.rawValue), .money(aging.debts[bucket] ?? .zero)] }
        return ReportTable(
            name: "aging", columns: [Column("bucket", "Tage überfällig"), Column("amount", "Betrag")],
            rows: rows + [[.text("credits"), .money(aging.credits)]], sums: [.text("Summe"), .money(aging.total)])
    }

    /// Kontoauszug with the balance after each posting.
    public static func statement(_ statement: AccountStatement) -> ReportTable {
        ReportTable(
            name: "statement",
            columns: [
                Column("entry", "Beleg"), Column("bookingDate", "gebucht am"), Column("valueDate", "Wertstellung"), Column("kind", "Art"),
                Column("document", "Dokument"), Column("text", "Text"), Column("due", "fällig am"), Column("amount", "Betrag"),
                Column("balance", "Saldo"),
            ],
            rows: statement.lines.map { line in
                [
                    .text(line.item.description), .day(line.bookingDate), .day(line.valueDate), .text(line.kind.rawValue),
                    line.document.map { .text($0) } ?? .empty, .text(line.text), .day(line.due), .money(line.amount), .money(line.balance),
                ]
            },
            sums: [
                .text("Saldo"), .empty, .empty, .empty, .empty, .empty, .empty, .money(statement.lines.lazy.map(\.amount).total()),
                .money(statement.closing),
            ])
    }

    /// Journal: one row per posting.
    public static func journal(_ entries: [(number: String, recordedAt: Instant, entry: JournalEntry)]) -> ReportTable {
        let rows = entries.flatMap { number, recordedAt, entry in
            entry.postings.map { posting -> [Cell] in
                [
                    .text(number), .day(entry.bookingDate), .day(entry.valueDate), .text(recordedAt.description),
                    .text(entry.kind.rawValue),
                    entry.document.map { .text($0) } ?? .empty, .text(entry.text), .text(posting.ledger.description),
                    posting.amount.isNegative ? .empty : .money(posting.amount),
                    posting.amount.isNegative ? .money(-posting.amount) : .empty,
                    posting.taxCode.map { .text($0) } ?? .empty, .text(entry.author),
                ]
            }
        }
        return ReportTable(
            name: "journal",
            columns: [
                Column("entry", "Beleg"), Column("bookingDate", "Buchungsdatum"), Column("valueDate", "Wertstellung"),
                Column("recordedAt", "erfasst am"),
                Column("kind", "Art"), Column("document", "Dokument"), Column("text", "Text"), Column("ledger", "Konto"),
                Column("debit", "Soll"),
                Column("credit", "Haben"), Column("tax", "Steuer"), Column("author", "von"),
            ], rows: rows)
    }
}
