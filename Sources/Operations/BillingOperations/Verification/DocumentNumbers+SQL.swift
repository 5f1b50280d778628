internal import Postgres
internal import Values

/// Numbers of bills and of requests for instalments are drawn without gaps: one that is missing was given to something that is gone.
struct DocumentNumbers: Sendable {
    /// Serial numbers of bills that are not there.
    private(set) var invoices: [ClosedRange<Int64>] = []
    private(set) var discrepancies: [VerifyInvoices.Discrepancy] = []

    private init() {}

    static func missing(in connection: Connection) throws -> DocumentNumbers {
        var numbers = DocumentNumbers()
        // The chain knows the first bill though it be gone; whoever began to bill with another number has no gap before it.
        numbers.invoices = try numbers.gaps(
            .invoice, circle: "invoice", serials: "SELECT id FROM invoice",
            first: "SELECT documents[1] FROM document_link WHERE chain = 'invoice' AND number = 1", in: connection)
        _ = try numbers.gaps(
            .instalment, circle: "instalment",
            serials: "SELECT substr(number, 4, length(number) - 4)::bigint FROM instalment WHERE number IS NOT NULL",
            first: "SELECT NULL::bigint",
            in: connection)
        return numbers
    }

    private mutating func gaps(
        _ circle: PrintedNumber.Circle, circle name: String, serials: SQL, first: SQL, in connection: Connection
    ) throws -> [ClosedRange<Int64>] {
        var gaps: [ClosedRange<Int64>] = []
        for row in try connection.query(
            """
            WITH given AS (SELECT s.id FROM (\(serials)) s (id)),
                 bounds AS (SELECT least((SELECT min(id) FROM given), (\(first))) AS first,
                                   (SELECT next FROM number_circle WHERE circle = \(name)) AS next)
            SELECT g.before, g.after FROM (
                SELECT id AS before, lead(id, 1, (SELECT next FROM bounds)) OVER (ORDER BY id) AS after
                FROM (SELECT id FROM given UNION ALL SELECT first - 1 FROM bounds WHERE first IS NOT NULL) n) g
            WHERE g.after IS NULL OR g.after <> g.before + 1 ORDER BY 1 LIMIT 100
            """)
        {
            let before: Int64 = try row.get(0)
            guard let after = try row.get(1, as: Int64?.self), after > before else {
                discrepancies.append(.init(number: "counter of \(name) numbers", what: "it stands before the last number that was given"))
                continue
            }
            let gap = (before + 1)...(after - 1)
            gaps.append(gap)
            let last = gap.count == 1 ? "" : " to \(PrintedNumber(circle, serial: gap.upperBound))"
            discrepancies.append(
                .init(
                    number: PrintedNumber(circle, serial: gap.lowerBound).description + last,
                    what: gap.count == 1 ? "it was issued and is gone" : "\(gap.count) numbers were given, and what had them is gone"))
        }
        return gaps
    }
}
