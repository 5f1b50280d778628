internal import Billing
internal import JSON
internal import Ledger
internal import Metering
internal import Postgres
internal import Tariffs
internal import Values

/// A contract that a run is to bill, locked for the page that bills it.
struct DueContract {
    let id: Int64
    let account: Identifier<CustomerAccount>
    let point: Identifier<MeteringPoint>
    let commodity: Commodity
    let period: DayRange
    let kind: BillKind
    let contract: Billing.BilledContract?
    /// The tariff as the contract names it, for the message if it is none.
    let tariff: String

    /// The next open jobs of a run. Rows that another worker has are passed over; a lock that dies with its worker is free again.
    static func lock(_ run: Int64, cycle: String, limit: Int, in connection: Connection) throws -> [DueContract] {
        try connection.query(
            """
            SELECT j.contract_id, j.period, c.number, c.key, c.tariff, c.valid, c.attributes::text, a.id, a.number, p.number,
                   coalesce(p.company, concat_ws(' ', p.given, p.family)), concat_ws(' ', p.street, p.house), p.postcode, p.city, p.email,
                   p.electronic_address, p.vat_id, p.leitweg_id, m.id, m.code, m.commodity, concat_ws(' ', m.street, m.house),
                   concat_ws(' ', m.postcode, m.city), m.capacity_micro, m.capacity_unit,
                   EXISTS (SELECT 1 FROM contract s WHERE s.key = c.key AND lower(s.valid) = upper(c.valid))
            FROM billing_job j JOIN contract c ON c.id = j.contract_id JOIN account a ON a.id = c.account_id
            JOIN partner p ON p.id = a.partner_id JOIN metering_point m ON m.id = c.metering_point_id
            WHERE j.run_id = \(run) AND j.state = 'open' ORDER BY j.contract_id LIMIT \(limit) FOR UPDATE OF j SKIP LOCKED
            """
        ).map { try DueContract($0, cycle: cycle) }
    }

    private init(_ row: Row, cycle: String) throws {
        id = try row.get(0)
        period = try row.get(1)
        account = Identifier(try row.get(7))
        point = Identifier(try row.get(18))
        tariff = try row.get(4)
        let valid: DayRange = try row.get(5)
        commodity = Commodity(rawValue: try row.get(20)) ?? .electricity
        let hasSuccessor: Bool = try row.get(25)
        if valid.until == period.until, period.until != nil, valid.until != nil {
            kind = hasSuccessor ? .interim : .final
        } else {
            kind = cycle == "monthly" ? .monthly : .annual
        }
        var attributes: [String: String] = [:]
        for member in (try? JSONValue(parsing: try row.get(6, as: String.self)))?.object?.members ?? [] {
            if let text = member.value.string ?? member.value.number { attributes[member.key] = text }
        }
        if let micro = try row.get(23, as: Int64?.self), let unit = try row.get(24, as: String?.self) {
            attributes["capacity.\(unit)"] = DecimalText.format(micro, scale: 6)
        }
        guard let key = TariffKey(tariff) else {
            contract = nil
            return
        }
        let recipient = Recipient(
            partner: try row.get(9), name: try row.get(10), street: try row.get(11), postcode: try row.get(12, as: String?.self) ?? "",
            city: try row.get(13, as: String?.self) ?? "", email: try row.get(14), electronicAddress: try row.get(15),
            vatId: try row.get(16),
            leitwegId: try row.get(17))
        contract = Billing.BilledContract(
            number: try row.get(2), key: try row.get(3), account: try row.get(8), tariff: key, valid: valid, meteringPoint: try row.get(19),
            place: [try row.get(21, as: String.self), try row.get(22, as: String.self)].filter { !$0.isEmpty }, attributes: attributes,
            recipient: recipient)
    }

    /// What was billed a year before: contract number to the bill that shares most days with last year's period.
    static func previous(_ due: [DueContract], in connection: Connection) throws -> [String: PreviousPeriod] {
        let numbers = due.compactMap(\.contract?.number)
        var result: [String: PreviousPeriod] = [:]
        for row in try connection.query(
            """
            SELECT DISTINCT ON (i.contract_number) i.contract_number, i.period, i.consumption_micro, i.consumption_unit, i.gross_cents
            FROM unnest(\(numbers), \(due.filter { $0.contract != nil }.map(\.period.from)), \(due.filter { $0.contract != nil }.map { $0.period.until ?? $0.period.from }))
                AS d (number, first, until)
            JOIN invoice i ON i.contract_number = d.number AND i.type = 'invoice' AND i.cancelled_by IS NULL AND i.consumption_micro IS NOT NULL
                AND i.period && daterange((d.first - interval '1 year')::date, (d.until - interval '1 year')::date)
            ORDER BY i.contract_number, upper(i.period) - lower(i.period) DESC, i.id DESC
            """)
        {
            guard let unit = UnitCode(rawValue: try row.get(3)) else { continue }
            result[try row.get(0)] = PreviousPeriod(
                period: try row.get(1), consumption: Measure(micro: try row.get(2), unit: unit), gross: try row.get(4))
        }
        return result
    }
}
