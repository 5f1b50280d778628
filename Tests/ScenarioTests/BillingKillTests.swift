import Foundation
import Glibc
import Postgres
import TestKit
import Testing

/// A run that is killed again and again, and started twice at once, against one that nobody disturbs.
@Suite(.database, .timeLimit(.minutes(20))) struct `A billing run that is killed` {
    private static let contracts = 200
    private static let words = ["bill", "--cycle", "annual-12", "--period-end", "2026-01-01", "--page-size", "2"]

    /// What must be the same, whoever wrote it and in which order.
    private struct Books: Hashable {
        var bills: [String]
        var lines: [String]
        var ledger: [String]
        var instalments: [String]
        var items: [String]
        var numbers: [String]
        var next: Int64
    }

    private static func load(_ program: ProgramUnderTest) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zaehlwerk-kill-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func list(_ item: (Int) -> String) -> String { (1...contracts).map(item).joined(separator: ",\n") }
        // Every tenth customer has a second contract on the same paper; every seventh pays in advance.
        func account(_ customer: Int) -> String { customer % 10 == 0 ? "a-\(customer - 1)" : "a-\(customer)" }
        let master = """
            {"partners": [\(list { #"{"key": "p-\#($0)", "kind": "person", "name": {"given": "Erika", "family": "Muster \#($0)"}, "address": {"street": "Hauptstraße", "house": "\#($0)", "postcode": "24534", "city": "Neumünster"}}"# })],
             "accounts": [\(list { #"{"key": "a-\#($0)", "partner": "p-\#($0)", "collectiveInvoice": \#($0 % 10 == 9)}"# })],
             "meteringPoints": [\(list { #"{"code": "POINT-\#($0)", "commodity": "electricity", "meters": [{"serial": "M-\#($0)", "from": "2024-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "decimals": 3}]}]}"# })],
             "contracts": [\(list { #"{"key": "c-\#($0)", "account": "\#(account($0))", "meteringPoint": "POINT-\#($0)", "tariff": "electricity/basis", "from": "2025-01-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster"}}"# })]}
            """
        let readings = list { customer in
            [("2025-01-01", 1_000), ("2026-01-01", 2_000 + 37 * customer)].map { day, value in
                #"{"meter": "M-\#(customer)", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            }.joined(separator: ",")
        }
        var files = ["master.json": master, "readings.json": #"{"messageId": "m-1", "source": "gw", "registers": [\#(readings)]}"#]
        let inAdvance = (1...contracts).filter { $0 % 7 == 0 }
        let payments = inAdvance.flatMap { customer in
            (2...9).map { month in
                #"{"account": "\#(account(customer))", "amount": "100.00", "valueDate": "2025-0\#(month)-03", "reference": "", "idempotencyKey": "p-\#(customer)-\#(month)"}"#
            }
        }.joined(separator: ",")
        files["payments.json"] = #"{"payments": [\#(payments)]}"#
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        func taking(_ name: String) -> [String] { ["import", folder.appending(path: name).path] }
        // Plans all at once would be a command each: what a plan is, its own tests say.
        var steps = [["tariff", "publish"], taking("master.json"), taking("readings.json")]
        for customer in inAdvance.prefix(6) {
            steps.append(["instalments", "plan", "c-\(customer)", "--from", "2025-02-01", "--yearly", "1100"])
        }
        steps += [["instalments", "request", "--due-until", "2026-01-01"], taking("payments.json")]
        for words in steps {
            let outcome = try await program.run(words: words)
            try #require(outcome.status == 0, "\(words): \(outcome.messages)")
        }
    }

    private static func books(_ pool: Pool) async throws -> Books {
        try await pool.transaction(readOnly: true) { connection in
            func texts(_ sql: SQL) throws -> [String] { try connection.query(sql).map { try $0.get(0) } }
            return Books(
                bills: try texts(
                    """
                    SELECT concat_ws(' ', c.key, i.type, i.kind, i.period, i.issued_on, i.due_on, i.net_cents, i.tax_cents, i.gross_cents,
                                     i.due_cents, i.consumption_micro, i.cancelled_by)
                    FROM invoice i JOIN contract c ON c.id = i.contract_id ORDER BY c.id, i.id
                    """),
                lines: try texts(
                    """
                    SELECT concat_ws(' ', c.key, l.position, l.component, l.period, l.quantity_micro, l.price_e8, l.amount_cents)
                    FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id JOIN contract c ON c.id = i.contract_id ORDER BY c.id, l.position
                    """),
                ledger: try texts(
                    """
                    SELECT concat_ws(' ', ledger, count(*), sum(amount_cents) FILTER (WHERE amount_cents > 0), sum(amount_cents))
                    FROM posting GROUP BY ledger ORDER BY ledger
                    """),
                instalments: try texts(
                    """
                    SELECT concat_ws(' ', s.contract_number, s.due_on, s.gross_cents, s.tax_cents, s.state, s.withdrawn_cents, x.gross_cents, i.number IS NULL)
                    FROM instalment s LEFT JOIN invoice_instalment x ON x.instalment_id = s.id LEFT JOIN invoice i ON i.id = x.invoice_id
                    ORDER BY s.contract_number, s.due_on
                    """),
                items: try texts(
                    """
                    SELECT concat_ws(' ', a.key, p.amount_cents, p.due, p.claim)
                    FROM posting p JOIN account a ON a.id = p.account_id ORDER BY a.id, p.amount_cents, p.due, p.claim
                    """),
                numbers: try texts("SELECT number FROM invoice ORDER BY number"),
                next: try connection.one("SELECT next FROM number_circle WHERE circle = 'invoice'", as: Int64.self))
        }
    }

    private static func issued(_ pool: Pool) async throws -> Int64 {
        try await pool.with { try $0.one("SELECT count(*) FROM invoice", as: Int64.self) }
    }

    @Test func `ten times and started twice at once ends with the books of one that was left alone`() async throws {
        let undisturbed = try await TestDatabase.beside { other in
            let program = ProgramUnderTest(connectionString: other.connectionString)
            try await Self.load(program)
            let outcome = try await program.run(words: Self.words)
            #expect(outcome.status == 0, "\(outcome.messages)")
            return try await Self.books(other.pool)
        }
        let papers = Self.contracts - Self.contracts / 10
        #expect(undisturbed.bills.count == papers, "two contracts of every tenth customer share one")
        #expect(!undisturbed.instalments.isEmpty)

        let program = Served.program
        let pool = TestDatabase.current.pool
        try await Self.load(program)
        var random = SystemRandomNumberGenerator()
        var cut = 0
        for round in 0..<10 {
            let before = try await Self.issued(pool)
            // One or two at a time; a third of the kills come before the first page, wherever the program is by then.
            let runs = (0...(round % 2)).map { _ in Task { try await program.run(words: Self.words) } }
            if round % 3 != 0, before < Int64(papers) {
                let patience = ContinuousClock.now.advanced(by: .seconds(20))
                while try await Self.issued(pool) == before, ContinuousClock.now < patience {
                    try await Task.sleep(for: .milliseconds(2))
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...40, using: &random)))
            } else {
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...250, using: &random)))
            }
            // Cancelling is kill -9.
            for run in runs { run.cancel() }
            for run in runs {
                let status = try await run.value.status
                #expect(status == -SIGKILL || status == 0)
                if status == -SIGKILL { cut += 1 }
            }
        }
        #expect(cut >= 5, "most were to be cut off in the middle")
        async let one = program.run(words: Self.words)
        async let two = program.run(words: Self.words)
        let last = try await [one, two]
        #expect(last.map(\.status) == [0, 0], "\(last.map(\.messages))")

        let books = try await Self.books(pool)
        #expect(books.bills == undisturbed.bills)
        #expect(books.lines == undisturbed.lines)
        #expect(books.ledger == undisturbed.ledger)
        #expect(books.items == undisturbed.items)
        #expect(books.instalments == undisturbed.instalments, "set off once, withdrawn once, one plan after")
        #expect(books.numbers == undisturbed.numbers, "no number twice, none lost")
        #expect(books.next == undisturbed.next)
        let runs = try await pool.with { try $0.query("SELECT state FROM billing_run").map { try $0.get(0, as: String.self) } }
        #expect(runs == ["finished"])
        let verified = try await program.run("verify")
        #expect(verified.status == 0, "\(verified.output)\(verified.messages)")
    }
}
