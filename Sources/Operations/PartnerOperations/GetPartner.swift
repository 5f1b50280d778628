public import Partners
public import Postgres
public import Values

/// Everything this area knows of a partner: accounts, contracts, places, devices. What they used, were billed and owe, the other areas say.
public struct PartnerOverview: Hashable, Sendable {
    public struct AccountEntry: Hashable, Sendable {
        public let id: Identifier<Account>
        public let number: PrintedNumber
        public let key: String
        public let iban: IBAN?
    }
    public struct ContractEntry: Hashable, Sendable {
        public let id: Identifier<Contract>
        public let number: PrintedNumber
        public let key: String
        public let account: PrintedNumber
        public let tariff: String
        public let valid: DayRange
        public let cycle: String
        public let attributes: [String: String]
        public let meteringPoint: MeteringPointCode
        public let commodity: Commodity
        public let address: PostalAddress
        /// Devices at the point during the contract, in order of installation.
        public let meters: [MeterEntry]
    }
    public struct MeterEntry: Hashable, Sendable {
        public let serial: String
        public let valid: DayRange
    }

    public let id: Identifier<Partner>
    public let partner: Partner
    public let accounts: [AccountEntry]
    public let contracts: [ContractEntry]
    public let updatedAt: Instant
    public let updatedBy: String
}

/// Reads one partner.
public struct GetPartner: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameter text: number (`GP-…`) or key.
    /// - Returns: nil if there is none.
    public func callAsFunction(_ text: String) async throws -> PartnerOverview? {
        guard !text.utf8.contains(0) else { return nil }
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            try GetPartner.read("number = \(text) OR key = \(text)", in: connection)
        }
    }

    /// The partner of a contract account, by its number or key.
    public func ofAccount(_ text: String) async throws -> PartnerOverview? {
        guard !text.utf8.contains(0) else { return nil }
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            try GetPartner.read("id = (SELECT partner_id FROM account WHERE number = \(text) OR key = \(text) LIMIT 1)", in: connection)
        }
    }

    static func read(_ condition: SQL, in connection: Connection) throws -> PartnerOverview? {
        guard
            let row = try connection.query("SELECT id, \(Partner.columns), updated_at, updated_by FROM partner WHERE \(condition) LIMIT 1")
                .first
        else { return nil }
        let id: Identifier<Partner> = try row.get(0)
        let accounts = try connection.query("SELECT id, number, key, iban FROM account WHERE partner_id = \(id.number) ORDER BY number").map
        { row in
            PartnerOverview.AccountEntry(
                id: try row.get(0), number: try PrintedNumber(try row.get(1) as String), key: try row.get(2),
                iban: try (row.get(3) as String?).flatMap { try? IBAN($0) })
        }
        return PartnerOverview(
            id: id, partner: try Partner(row, from: 1), accounts: accounts,
            contracts: try contracts("a.partner_id = \(id.number)", in: connection),
            updatedAt: try row.get(17), updatedBy: try row.get(18))
    }

    /// The contracts that meet the condition, by account, commodity, key and begin.
    static func contracts(_ condition: SQL, in connection: Connection) throws -> [PartnerOverview.ContractEntry] {
        let rows = try connection.query(
            """
            SELECT c.id, c.number, c.key, a.number, c.tariff, c.valid, c.cycle, c.attributes, m.code, m.commodity, m.street, m.house, m.postcode, m.city
            FROM contract c JOIN account a ON a.id = c.account_id JOIN metering_point m ON m.id = c.metering_point_id
            WHERE \(condition) ORDER BY a.number, m.commodity, c.key, lower(c.valid)
            """)
        let ids = try rows.map { try $0.get(0) as Int64 }
        var meters: [Int64: [PartnerOverview.MeterEntry]] = [:]
        for row in try connection.query(
            """
            SELECT c.id, z.serial, i.valid FROM contract c
            JOIN installation i ON i.metering_point_id = c.metering_point_id AND i.valid && c.valid JOIN meter z ON z.id = i.meter_id
            WHERE c.id = ANY(\(ids)) ORDER BY c.id, lower(i.valid), z.serial
            """)
        {
            meters[try row.get(0), default: []].append(PartnerOverview.MeterEntry(serial: try row.get(1), valid: try row.get(2)))
        }
        return try rows.map { row in
            let id: Int64 = try row.get(0)
            return PartnerOverview.ContractEntry(
                id: Identifier(id), number: try PrintedNumber(try row.get(1) as String), key: try row.get(2),
                account: try PrintedNumber(try row.get(3) as String), tariff: try row.get(4), valid: try row.get(5), cycle: try row.get(6),
                attributes: try ContractAttributes.read(row.get(7) as JSONB),
                meteringPoint: try MeteringPointCode(try row.get(8) as String),
                commodity: Commodity(rawValue: try row.get(9)) ?? .electricity,
                address: PostalAddress(street: try row.get(10), house: try row.get(11), postcode: try row.get(12), city: try row.get(13)),
                meters: meters[id] ?? [])
        }
    }
}
