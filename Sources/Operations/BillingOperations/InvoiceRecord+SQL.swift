internal import Billing
internal import Postgres
internal import Values

extension InvoiceRecord {
    static let select: SQL = """
        SELECT i.id, i.number, i.type, o.number, s.number, r.number, a.number, i.contract_number, p.number, coalesce(p.company, concat_ws(' ', p.given, p.family)),
               m.code, i.commodity, i.kind, i.period, i.issued_on, i.due_on, i.net_cents, i.tax_cents, i.gross_cents, i.due_cents,
               i.consumption_micro, i.consumption_unit, k.number,
               -- Where it is something else than what is booked, the document says it.
               CASE WHEN position(convert_to('"payable":', 'UTF8') IN i.document) > 0
                    THEN ((convert_from(i.document, 'UTF8')::jsonb ->> 'payable')::numeric * 100)::bigint ELSE i.due_cents END
        FROM invoice i JOIN account a ON a.id = i.account_id JOIN partner p ON p.id = a.partner_id JOIN contract c ON c.id = i.contract_id
        JOIN metering_point m ON m.id = c.metering_point_id LEFT JOIN billing_run r ON r.id = i.run_id
        LEFT JOIN invoice k ON k.id = i.corrects LEFT JOIN invoice o ON o.id = i.cancels LEFT JOIN invoice s ON s.id = i.cancelled_by
        """

    init(_ row: Row) throws {
        let cancelledBy: String? = try row.get(4)
        var consumption: Measure?
        if let micro = try row.get(20, as: Int64?.self), let unit = UnitCode(rawValue: try row.get(21)) {
            consumption = Measure(micro: micro, unit: unit)
        }
        self.init(
            number: try row.get(1), isCancellation: try row.get(2, as: String.self) == "cancellation",
            state: cancelledBy == nil ? .issued : .cancelled,
            cancels: try row.get(3), cancelledBy: cancelledBy, corrects: try row.get(22), run: try row.get(5), account: try row.get(6),
            contract: try row.get(7),
            partner: try row.get(8), recipient: try row.get(9), meteringPoint: try row.get(10),
            commodity: Commodity(rawValue: try row.get(11)) ?? .electricity, kind: BillKind(rawValue: try row.get(12)) ?? .annual,
            period: try row.get(13),
            issuedOn: try row.get(14), dueOn: try row.get(15), net: try row.get(16), tax: try row.get(17), gross: try row.get(18),
            due: try row.get(19), payable: try row.get(23),
            consumption: consumption)
    }

    static func load(_ number: String, in connection: Connection) throws -> InvoiceRecord {
        guard let row = try connection.query("\(select) WHERE i.number = \(number)").first else {
            throw BillingRefusal.unknownInvoice(number)
        }
        return try InvoiceRecord(row)
    }
}
