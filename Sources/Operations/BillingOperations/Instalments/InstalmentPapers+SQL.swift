internal import Billing
internal import Digests
internal import InvoiceFormats
internal import Postgres
internal import Tariffs
internal import Values

/// Requests and plans as their papers need them, and the papers that were kept.
enum InstalmentPapers {
    /// What is kept of a request, or, where nothing is, the request itself.
    /// - Throws: ``BillingRefusal/unknownInstalment(_:)``.
    static func load(
        _ number: String, _ kind: String, today: Day, in connection: Connection
    ) throws -> (id: Int64, stored: [UInt8]?, request: InstalmentRequest?) {
        let found = try connection.optional(
            """
            SELECT s.id, s.plan_id, s.requested_on, s.due_on, s.shares, d.body FROM instalment s
            LEFT JOIN instalment_document d ON d.instalment_id = s.id AND d.kind = \(kind) WHERE s.number = \(number)
            """
        ) { row in
            (
                id: try row.get(0) as Int64, plan: try row.get(1) as Int64, requestedOn: try row.get(2) as Day?, due: try row.get(3) as Day,
                shares: try row.get(4) as JSONB, body: try row.get(5) as [UInt8]?
            )
        }
        guard let found, let printed = try? PrintedNumber(number), let requestedOn = found.requestedOn else {
            throw BillingRefusal.unknownInstalment(number)
        }
        if let body = found.body { return (found.id, body, nil) }
        let request = InstalmentRequest(
            number: printed, requestedOn: requestedOn, due: found.due, shares: try InstalmentStore.shares(found.shares),
            letter: try letter(found.plan, writtenOn: requestedOn, in: connection))
        return (found.id, nil, request)
    }

    static func keep(
        _ faces: [(kind: String, body: [UInt8])], of instalment: Int64, now: Instant, in connection: Connection
    ) throws {
        for face in faces {
            try connection.execute(
                """
                INSERT INTO instalment_document (instalment_id, kind, body, sha256, recorded_at)
                VALUES (\(instalment), \(face.kind), \(face.body), \(SHA256.hash(face.body).bytes), \(now))
                ON CONFLICT (instalment_id, kind) DO NOTHING
                """)
        }
    }

    /// A plan with its contract as it stands when the first instalment falls due.
    /// - Throws: ``BillingRefusal/noSupplier``, ``BillingRefusal/unknownContract(_:)``.
    static func letter(_ plan: Int64, writtenOn day: Day, in connection: Connection) throws -> PlanLetter {
        let catalog = try TariffCatalog.published(in: connection)
        guard let supplier = catalog.supplier else { throw BillingRefusal.noSupplier }
        let entries = try connection.query(
            """
            SELECT due_on, gross_cents, tax_cents, number FROM instalment WHERE plan_id = \(plan) AND (state <> 'withdrawn' OR number IS NOT NULL)
            ORDER BY due_on
            """
        ).map { row in
            PlanLetter.Entry(
                due: try row.get(0), gross: try row.get(1), tax: try row.get(2),
                requestedBy: try row.get(3, as: String?.self).flatMap { try? PrintedNumber($0) })
        }
        let head = try connection.one(
            """
            SELECT p.yearly_cents, p.step_cents, i.number, p.contract_number, p.count FROM instalment_plan p LEFT JOIN invoice i ON i.id = p.invoice_id
            WHERE p.id = \(plan)
            """
        ) { row in
            (
                yearly: try row.get(0) as Money, step: try row.get(1) as Money, follows: try row.get(2) as String?,
                contract: try row.get(3) as String, count: Int(try row.get(4, as: Int16.self))
            )
        }
        let contract = try contract(head.contract, on: entries.first?.due ?? day, in: connection)
        return PlanLetter(
            contract: contract, tariff: catalog.chains[contract.tariff]?.timeline.entries.last?.value.version.title, supplier: supplier,
            writtenOn: day, yearly: head.yearly, follows: head.follows.flatMap { try? PrintedNumber($0) }, step: head.step,
            count: head.count, entries: entries
        )
    }

    /// A contract with the terms of a day, or its last ones.
    private static func contract(_ number: String, on day: Day, in connection: Connection) throws -> Billing.BilledContract {
        let rows = try connection.query(
            """
            SELECT c.id, c.valid, \(DueContract.columns), false, true FROM \(DueContract.tables)
            WHERE c.number = \(number) ORDER BY c.valid @> \(day) DESC, lower(c.valid) DESC LIMIT 1
            """)
        guard let row = rows.first else { throw BillingRefusal.unknownContract(number) }
        do { return try DueContract.contract(row, try row.get(5)) } catch is Hindrance { throw BillingRefusal.unknownContract(number) }
    }
}

extension DueContract {
    /// What `contract(_:_:)` reads, from the third column on.
    static let columns: SQL = """
        c.number, c.key, c.tariff, c.valid, c.attributes::text, a.id, a.number, p.number,
        coalesce(p.company, concat_ws(' ', p.given, p.family)), concat_ws(' ', p.street, p.house), p.postcode, p.city, p.email,
        p.electronic_address, p.vat_id, p.leitweg_id, m.id, m.code, m.commodity, concat_ws(' ', m.street, m.house),
        concat_ws(' ', m.postcode, m.city), m.capacity_micro, m.capacity_unit
        """
    static let tables: SQL = """
        contract c JOIN account a ON a.id = c.account_id JOIN partner p ON p.id = a.partner_id
        JOIN metering_point m ON m.id = c.metering_point_id
        """
}
