internal import Digests
internal import Postgres
internal import Values

/// The chains over bills and papers: the database writes a link with each statement that issues or keeps some (migration 0041).
///
/// Every expression is spelled here again: a function of the database is as easy to exchange as a row.
enum DocumentChain: String, CaseIterable, Sendable {
    case invoice, paper, request

    /// How far a chain was walked.
    struct Walk: Sendable {
        var number: Int64 = 0
        var previous = Digest.zero.bytes
        var found: [VerifyInvoices.Discrepancy] = []
    }

    private static let linksOfAStep: Int64 = 1_000

    /// The row `d` that an entry `u` of a link is about, and what is hashed of it.
    private var table: SQL {
        switch self {
        case .invoice: "invoice d ON d.id = u.document"
        case .paper: "invoice_document d ON d.invoice_id = u.document AND d.kind = u.kind"
        case .request: "instalment_document d ON d.instalment_id = u.document AND d.kind = u.kind"
        }
    }
    private var leaf: SQL {
        switch self {
        case .invoice:
            """
            sha256(d.document_sha256 || coalesce(d.xml_sha256, ''::bytea) || convert_to(concat_ws('|', d.id, d.number, coalesce(d.run_id, 0), d.author,
                coalesce(d.reason, ''), (extract(epoch FROM d.recorded_at) * 1000000)::bigint), 'UTF8'))
            """
        case .paper, .request: "sha256(d.sha256 || convert_to(u.document || '|' || u.kind, 'UTF8'))"
        }
    }
    /// The printed number of `u.document`, if it can be told.
    private var number: SQL {
        switch self {
        case .invoice, .paper: "(SELECT n.number FROM invoice n WHERE n.id = u.document)"
        case .request: "(SELECT n.number FROM instalment n WHERE n.id = u.document)"
        }
    }

    /// Walks on.
    /// - Parameter missing: numbers of bills that are known to be gone: nobody needs to hear it twice.
    /// - Returns: whether there was a link.
    func step(_ walk: inout Walk, known missing: DocumentNumbers, in connection: Connection) throws -> Bool {
        let first = walk.number
        func wrong(_ number: String, _ what: String) {
            if walk.found.count < 1_000 { walk.found.append(.init(number: number, what: what)) }
        }
        for row in try connection.query(
            """
            SELECT number, previous, hash, sha256(previous || int8send(number) || int8send(cardinality(documents)::bigint) || sha256(leaves))
            FROM document_link WHERE chain = \(rawValue) AND number > \(first) ORDER BY number LIMIT \(DocumentChain.linksOfAStep)
            """)
        {
            let number: Int64 = try row.get(0)
            let hash: [UInt8] = try row.get(2)
            let name = "chain of \(rawValue) documents"
            if number != walk.number + 1 { wrong(name, "link \(walk.number + 1) is missing") }
            if try row.get(1) as [UInt8] != walk.previous { wrong(name, "link \(number) does not follow link \(walk.number)") }
            if try row.get(3) as [UInt8] != hash { wrong(name, "link \(number) was changed") }
            walk.number = number
            walk.previous = hash
        }
        guard walk.number > first else { return false }
        for row in try connection.query(
            """
            SELECT u.document, \(number), u.kind, d.recorded_at IS NULL FROM document_link l
            CROSS JOIN LATERAL unnest(l.documents, l.kinds) WITH ORDINALITY u (document, kind, place) LEFT JOIN \(table)
            WHERE l.chain = \(rawValue) AND l.number > \(first) AND l.number <= \(walk.number)
                AND (d.recorded_at IS NULL OR \(leaf) <> substring(l.leaves FROM (u.place::integer - 1) * 32 + 1 FOR 32))
            ORDER BY l.number, u.place LIMIT 100
            """)
        {
            let id: Int64 = try row.get(0)
            let isGone: Bool = try row.get(3)
            if self == .invoice, isGone, missing.invoices.contains(where: { $0.contains(id) }) { continue }
            let printed =
                try row.get(1, as: String?.self)
                ?? (self == .request ? "instalment row \(id)" : PrintedNumber(.invoice, serial: max(0, id)).description)
            if let kind = try row.get(2, as: String?.self) {
                wrong(printed, isGone ? "the file \(kind) was drawn and is gone" : "the file \(kind) is not the one that was drawn")
            } else {
                wrong(
                    printed,
                    isGone ? "it was issued and is gone" : "the document, or who issued it, when and why, is not what was chained at issue")
            }
        }
        return true
    }

    /// Rows that no link holds.
    func strangers(in connection: Connection) throws -> [VerifyInvoices.Discrepancy] {
        let query: SQL =
            switch self {
            case .invoice:
                """
                SELECT d.number, 'the bill' FROM invoice d LEFT JOIN (SELECT unnest(documents) AS id FROM document_link WHERE chain = 'invoice') u
                    ON u.id = d.id WHERE u.id IS NULL
                """
            case .paper:
                """
                SELECT coalesce(n.number, d.invoice_id::text), 'the file ' || d.kind FROM invoice_document d
                LEFT JOIN (SELECT unnest(documents) AS id, unnest(kinds) AS kind FROM document_link WHERE chain = 'paper') u
                    ON u.id = d.invoice_id AND u.kind = d.kind
                LEFT JOIN invoice n ON n.id = d.invoice_id WHERE u.id IS NULL
                """
            case .request:
                """
                SELECT coalesce(n.number, d.instalment_id::text), 'the file ' || d.kind FROM instalment_document d
                LEFT JOIN (SELECT unnest(documents) AS id, unnest(kinds) AS kind FROM document_link WHERE chain = 'request') u
                    ON u.id = d.instalment_id AND u.kind = d.kind
                LEFT JOIN instalment n ON n.id = d.instalment_id WHERE u.id IS NULL
                """
            }
        return try connection.query("\(query) ORDER BY 1, 2 LIMIT 100").map {
            .init(number: try $0.get(0), what: "\(try $0.get(1, as: String.self)) stands in no link of the chain: nobody issued it")
        }
    }
}
