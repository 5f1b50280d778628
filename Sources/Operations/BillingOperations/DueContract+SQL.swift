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
    /// The least contract of those that are billed on one paper.
    let group: Int64
    let account: Identifier<CustomerAccount>
    let point: Identifier<MeteringPoint>
    /// Number of the contract, which its sets of terms share.
    let number: String
    var advancing: Advancing { Advancing(contract: number, account: account) }
    /// The contract's days in the period as the contract stands now; if there are none, those the job was opened for.
    var period: DayRange
    /// Of several stretches that are billed as one (`joined`): each of them, and what was agreed from which day on.
    var stretches: [DueContract] = []
    var terms: [AgreedTerms] = []
    let kind: BillKind
    /// What the metering point is expected to use in a year, in 10^-6 of its channel's unit.
    let pointForecast: Int64?
    /// What is billed, or why it cannot be.
    var contract: Result<Billing.BilledContract, Hindrance>

    /// The next open jobs of a run. Rows that another worker has are passed over; a lock that dies with its worker is free again.
    ///
    /// What goes on one paper is taken together: the least open contract of a group stands for it, and who has that row has all.
    /// - Parameter only: the group to take; nil takes the next ones.
    static func lock(_ run: Int64, cycle: String, limit: Int, only: Int64? = nil, in connection: Connection) throws -> [DueContract] {
        let groups = try connection.query(
            """
            SELECT j.group_id FROM billing_job j
            WHERE j.run_id = \(run) AND j.state = 'open' AND (\(only)::bigint IS NULL OR j.group_id = \(only))
                -- One walk down the index of open jobs. As an anti-join it was planned, on a table nobody has analysed yet, as all
                -- against all: 60 of the 75 seconds of a run over 20,000 contracts.
                AND j.contract_id = (SELECT o.contract_id FROM billing_job o WHERE o.run_id = \(run) AND o.state = 'open'
                                     AND o.group_id = j.group_id ORDER BY o.run_id, o.group_id, o.contract_id LIMIT 1)
            ORDER BY j.run_id, j.group_id, j.contract_id LIMIT \(limit) FOR UPDATE OF j SKIP LOCKED
            """
        ).map { try $0.get(0) as Int64 }
        guard let first = groups.first, let last = groups.last else { return [] }
        var due = try connection.query(
            """
            SELECT j.contract_id, coalesce(nullif(\(DueDays.ofRun), 'empty'), j.period), \(columns),
                   -- Whose account it is no longer, for him it has ended.
                   EXISTS (SELECT 1 FROM contract s WHERE s.key = c.key AND s.account_id = c.account_id AND lower(s.valid) = upper(c.valid)),
                   coalesce(NOT isempty(\(DueDays.ofRun)), false) AND r.cycle IN (c.cycle, 'final', 'final-' || c.cycle, 'interim'), j.group_id,
                   (SELECT h.reason FROM billing_hold h WHERE h.lifted_at IS NULL AND (h.contract_number = c.number OR h.account_id = a.id)
                    ORDER BY h.id LIMIT 1),
                   (SELECT min(lower(t.valid)) FROM contract t WHERE t.number = c.number), CASE c.direction WHEN 'supply' THEN m.annual_forecast_micro END, upper(r.period)
            FROM \(tables) JOIN billing_job j ON j.contract_id = c.id JOIN billing_run r ON r.id = j.run_id
            -- The bounds are for the index: without them every open job of the run is looked at for each page.
            WHERE j.run_id = \(run) AND j.state = 'open' AND j.group_id BETWEEN \(first) AND \(last) AND j.group_id = ANY(\(groups))
            ORDER BY j.group_id, a.id, c.number, lower(c.valid), j.contract_id FOR UPDATE OF j
            """
        ).map { try DueContract($0, cycle: cycle) }
        // Asked after the rows are locked: a bill that another run has written since the jobs were opened is seen here.
        let standing = try standing(due, in: connection)
        for index in due.indices {
            if let hindrance = standing[due[index].id], case .success = due[index].contract { due[index].contract = .failure(hindrance) }
        }
        return due
    }

    /// Contracts of whose days some are billed already.
    static func standing(_ due: [DueContract], in connection: Connection) throws -> [Int64: Hindrance] {
        var result: [Int64: Hindrance] = [:]
        for row in try connection.query(
            """
            SELECT d.id, s.number, s.is_whole
            FROM unnest(\(due.map(\.id)), \(due.map(\.number)), \(due.map(\.period))) AS d (id, number, days)
            CROSS JOIN LATERAL (
                SELECT min(i.number) AS number, range_agg(v.period) @> d.days AS is_whole
                FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
                WHERE v.contract_number = d.number AND v.period && d.days AND v.is_standing) s
            WHERE s.number IS NOT NULL
            """)
        {
            let number: String = try row.get(1)
            result[try row.get(0)] = try row.get(2) ? .alreadyBilled(by: number) : .partlyBilled(by: number)
        }
        return result
    }

    private init(_ row: Row, cycle: String) throws {
        id = try row.get(0)
        group = try row.get(27)
        period = try row.get(1)
        account = Identifier(try row.get(7))
        point = Identifier(try row.get(18))
        number = try row.get(2)
        pointForecast = try row.get(30)
        let valid: DayRange = try row.get(5)
        let hasSuccessor: Bool = try row.get(25)
        let runEnd: Day = try row.get(31)
        if valid.until == period.until, let end = period.until, !hasSuccessor || end < runEnd {
            kind = hasSuccessor ? .interim : .final
        } else {
            // Other terms that begin with the next period leave this one what it is.
            kind = cycle == "monthly" ? .monthly : cycle == BillingOccasion.demand.description ? .interim : .annual
        }
        do {
            if let reason = try row.get(28, as: String?.self) { throw Hindrance.onHold(reason: reason) }
            contract = .success(try DueContract.contract(row, valid, began: try row.get(29)))
        } catch let hindrance as Hindrance { contract = .failure(hindrance) }
    }

    /// - Throws: `Hindrance`.
    static func contract(_ row: Row, _ valid: DayRange, began: Day? = nil) throws -> Billing.BilledContract {
        guard try row.get(26) else { throw Hindrance.notDue }
        let tariff: String = try row.get(4)
        guard let key = TariffKey(tariff) else { throw Hindrance.unknownTariff(tariff) }
        let word: String = try row.get(20)
        guard let commodity = Commodity(rawValue: word) else { throw Hindrance.unknownCommodity(word) }
        guard key.commodity == commodity else { throw Hindrance.otherCommodity(tariff: tariff, commodity) }
        var attributes = try attributes(try row.get(6))
        if let micro = try row.get(23, as: Int64?.self), let unit = try row.get(24, as: String?.self) {
            attributes["capacity.\(unit)"] = DecimalText.format(micro, scale: 6)
        }
        let recipient = Recipient(
            partner: try row.get(9), name: try row.get(10), street: try row.get(11), postcode: try row.get(12, as: String?.self) ?? "",
            city: try row.get(13, as: String?.self) ?? "", email: try row.get(14), electronicAddress: try row.get(15),
            vatId: try row.get(16),
            leitwegId: try row.get(17))
        return Billing.BilledContract(
            number: try row.get(2), key: try row.get(3), account: try row.get(8), tariff: key, valid: valid,
            began: began, meteringPoint: try row.get(19),
            place: [try row.get(21, as: String.self), try row.get(22, as: String.self)].filter { !$0.isEmpty }, attributes: attributes,
            recipient: recipient)
    }

    /// Texts and numbers by name; null is what is not there.
    static func attributes(_ json: String) throws(Hindrance) -> [String: String] {
        guard let members = (try? JSONValue(parsing: json))?.object?.members else { throw .badAttributes("attributes") }
        var attributes: [String: String] = [:]
        for member in members where !member.value.isNull {
            guard let text = member.value.string ?? member.value.number else { throw .badAttributes(member.key) }
            attributes[member.key] = text
        }
        return attributes
    }

    /// A yearly consumption that somebody named.
    enum Forecast: Hashable {
        /// In the unit that is charged.
        case ofContract(Int64)
        /// In the unit that is counted.
        case ofPoint(Int64)
    }
    /// The contract's own before that of its point.
    func forecast(of contract: Billing.BilledContract) -> Forecast? {
        if let text = contract.attributes[SelectionKeys.annualAttribute], let micro = DecimalText.parse(text, scale: 6), micro > 0 {
            return .ofContract(micro)
        }
        return pointForecast.flatMap { $0 > 0 ? .ofPoint($0) : nil }
    }
}
