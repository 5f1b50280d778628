internal import Billing
internal import JSON
internal import MasterDataFormat
internal import Postgres
internal import Values

/// Contracts of a document into rows.
enum ContractWriter {
    private struct Known {
        /// Nil for a contract that is not written yet.
        var number: String?
        var before: [ContractStretches.Stretch]
        var now: ContractStretches
    }

    static func write(
        _ records: [MasterDataDocument.Contract], in connection: Connection, stamp: PartnerMasterData.Stamp,
        outcome: inout PartnerMasterData.Outcome,
        problems: inout [MasterDataProblem]
    ) throws {
        guard !records.isEmpty else { return }
        let accounts = try identifiers(
            "SELECT id, key, number FROM account WHERE key = ANY(\(records.compactMap(\.account))) OR number = ANY(\(records.compactMap(\.account)))",
            in: connection)
        let codes = records.compactMap { $0.meteringPoint?.text }
        let points = try identifiers("SELECT id, code, code FROM metering_point WHERE code = ANY(\(codes))", in: connection)
        var known = try load(records.map(\.key), in: connection)
        var places: [String: String] = [:]
        for (index, record) in records.enumerated() {
            let path = "/contracts/\(index)"
            func problem(_ place: String, _ code: String, _ message: String) {
                problems.append(MasterDataProblem(path: path + place, code: code, message: message))
            }
            if let name = record.account, accounts[name] == nil {
                problem("/account", "unknown-account", "there is no account \(name)"); continue
            }
            if let code = record.meteringPoint, points[code.text] == nil {
                problem("/meteringPoint", "unknown-metering-point", "there is no metering point \(code)")
                continue
            }
            // A contract of a cycle that no run knows would never be billed, and nobody would notice.
            if let cycle = record.cycle, BillingCycle(cycle) == nil {
                problem("/cycle", "unknown-cycle", "“\(cycle.prefix(40))” is no billing cycle: annual-01 … annual-12, or monthly")
                continue
            }
            let basis = known[record.key]?.now.basis(on: record.from)
            guard let account = record.account.flatMap({ accounts[$0] }) ?? basis?.account else {
                problem("/account", "json-missing", "a new contract needs an account"); continue
            }
            guard let point = record.meteringPoint.flatMap({ points[$0.text] }) ?? basis?.point else {
                problem("/meteringPoint", "json-missing", "a new contract needs a metering point")
                continue
            }
            guard let tariff = record.tariff ?? basis?.tariff else {
                problem("/tariff", "json-missing", "a new contract needs a tariff"); continue
            }
            let terms = ContractStretches.Terms(
                account: account, point: point, tariff: tariff, cycle: record.cycle ?? basis?.cycle ?? "annual-12",
                attributes: (basis?.attributes ?? [:]).merging(record.attributes) { $1 })
            var contract = known[record.key] ?? Known(number: nil, before: [], now: ContractStretches([]))
            do {
                try contract.now.apply(terms, from: record.from, until: record.until)
            } catch {
                switch error {
                case .endsBeforeItBegins: problem("/until", "conflict", "the contract would end before it begins")
                case .overlapsLater(let day): problem("/until", "conflict", "other terms of this contract begin on \(day)")
                }
                continue
            }
            known[record.key] = contract
            places[record.key] = path
        }
        guard problems.isEmpty else { return }
        for (key, bill) in try billed(known, in: connection) {
            problems.append(
                MasterDataProblem(
                    path: (places[key] ?? "") + "/from", code: "conflict",
                    message:
                        "the terms that begin on \(bill.from) are billed by \(bill.number); give the new terms a later first day, or take the bill back first"
                ))
        }
        guard problems.isEmpty else { return }
        try save(known, in: connection, stamp: stamp, outcome: &outcome)
    }

    /// Contracts whose billed terms would be other ones: a bill says by which terms it was computed, and they are kept.
    private static func billed(_ known: [String: Known], in connection: Connection) throws -> [(String, (from: Day, number: String))] {
        var changed: [Int64: (key: String, from: Day)] = [:]
        for (key, contract) in known {
            for stretch in contract.before {
                guard let id = stretch.id, let now = contract.now.stretches.first(where: { $0.id == id }) else { continue }
                // When it is billed next may change; by what it was billed may not.
                var terms = now.terms
                terms.cycle = stretch.terms.cycle
                if terms != stretch.terms { changed[id] = (key, stretch.valid.from) }
            }
        }
        guard !changed.isEmpty else { return [] }
        return try connection.query(
            """
            SELECT v.contract_id, min(i.number) FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
            WHERE v.contract_id = ANY(\(changed.keys.sorted())) AND v.is_standing GROUP BY 1 ORDER BY 1
            """
        ).compactMap { row in
            let number: String = try row.get(1)
            return try changed[row.get(0)].map { ($0.key, ($0.from, number)) }
        }
    }

    private static func identifiers(_ sql: SQL, in connection: Connection) throws -> [String: Int64] {
        var found: [String: Int64] = [:]
        for row in try connection.query(sql) {
            let id: Int64 = try row.get(0)
            found[try row.get(1)] = id
            found[try row.get(2)] = id
        }
        return found
    }

    private static func load(_ keys: [String], in connection: Connection) throws -> [String: Known] {
        let rows = try connection.query(
            """
            SELECT key, number, id, valid, account_id, metering_point_id, tariff, cycle, attributes
            FROM contract WHERE key = ANY(\(keys)) ORDER BY key, valid FOR NO KEY UPDATE
            """)
        var known: [String: Known] = [:]
        for row in rows {
            let key: String = try row.get(0)
            let stretch = ContractStretches.Stretch(
                id: try row.get(2), valid: try row.get(3),
                terms: ContractStretches.Terms(
                    account: try row.get(4), point: try row.get(5), tariff: try row.get(6), cycle: try row.get(7),
                    attributes: try ContractAttributes.read(row.get(8) as JSONB)))
            let before = (known[key]?.before ?? []) + [stretch]
            known[key] = Known(number: try row.get(1), before: before, now: ContractStretches(before))
        }
        return known
    }

    private static func save(
        _ known: [String: Known], in connection: Connection, stamp: PartnerMasterData.Stamp, outcome: inout PartnerMasterData.Outcome
    )
        throws
    {
        var changed: [ContractStretches.Stretch] = []
        var created: [(key: String, number: String?, stretch: ContractStretches.Stretch)] = []
        for (key, contract) in known.sorted(by: { $0.key < $1.key }) {
            let before = Dictionary(uniqueKeysWithValues: contract.before.compactMap { stretch in stretch.id.map { ($0, stretch) } })
            for stretch in contract.now.stretches {
                guard let id = stretch.id else {
                    created.append((key, contract.number, stretch))
                    continue
                }
                if before[id] == stretch { outcome.unchanged += 1 } else { changed.append(stretch) }
            }
        }
        // What ends makes room first: the constraints look at each row at once.
        for shrinking in [true, false] {
            let part = changed.filter { ($0.valid.until != nil) == shrinking }
            guard !part.isEmpty else { continue }
            try connection.execute(
                """
                UPDATE contract SET account_id = u.account_id, metering_point_id = u.metering_point_id, tariff = u.tariff, valid = u.valid,
                    cycle = u.cycle, attributes = u.attributes,
                    direction = contract_direction(u.tariff, u.attributes), updated_at = \(stamp.now), updated_by = \(stamp.author)
                FROM unnest(\(part.compactMap(\.id)), \(columns(part))) AS u (id, account_id, metering_point_id, tariff, valid, cycle, attributes)
                WHERE contract.id = u.id
                """)
        }
        outcome.updated += changed.count
        guard !created.isEmpty else { return }
        // One number for all stretches of a new contract.
        var numbers: [String: String] = [:]
        for key in Set(created.filter { $0.number == nil }.map(\.key)).sorted() {
            numbers[key] = PrintedNumber(.contract, serial: try connection.one("SELECT nextval('contract_serial')")).description
        }
        try connection.execute(
            """
            INSERT INTO contract (key, number, account_id, metering_point_id, tariff, valid, cycle, attributes, direction, updated_at, updated_by)
            SELECT c.*, contract_direction(c.tariff, c.attributes), \(stamp.now), \(stamp.author)
            FROM unnest(\(created.map(\.key)), \(created.map { $0.number ?? numbers[$0.key] ?? "" }), \(columns(created.map(\.stretch))))
                AS c (key, number, account_id, metering_point_id, tariff, valid, cycle, attributes)
            """)
        outcome.created += created.count
    }

    private static func columns(_ stretches: [ContractStretches.Stretch]) -> SQL {
        """
        \(stretches.map(\.terms.account)), \(stretches.map(\.terms.point)), \(stretches.map(\.terms.tariff)), \(stretches.map(\.valid)),
        \(stretches.map(\.terms.cycle)), \(stretches.map { ContractAttributes.write($0.terms.attributes) })
        """
    }
}

/// A contract's attributes between a dictionary and `jsonb`.
enum ContractAttributes {
    static func read(_ json: JSONB) throws -> [String: String] {
        let object = try JSONValue(parsing: json.text).object ?? JSONObject()
        var attributes: [String: String] = [:]
        for member in object.members { attributes[member.key] = member.value.string }
        return attributes
    }
    static func write(_ attributes: [String: String]) -> JSONB {
        JSONB(
            text: JSONValue.object(JSONObject(attributes.sorted { $0.key < $1.key }.map { JSONObject.Member($0.key, .string($0.value)) }))
                .text)
    }
}
