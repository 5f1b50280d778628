internal import MasterDataFormat
internal import Postgres
internal import Values

/// Accounts of a document into rows.
enum AccountWriter {
    private struct Row {
        var id: Int64?
        var key: String
        var partner: Int64
        var iban: String?
        var isCollective: Bool
    }

    static func write(
        _ records: [MasterDataDocument.Account], in connection: Connection, stamp: PartnerMasterData.Stamp,
        outcome: inout PartnerMasterData.Outcome,
        problems: inout [MasterDataProblem]
    ) throws {
        guard !records.isEmpty else { return }
        let names = records.compactMap(\.partner)
        var partners: [String: Int64] = [:]
        for row in try connection.query("SELECT id, key, number FROM partner WHERE key = ANY(\(names)) OR number = ANY(\(names))") {
            let id: Int64 = try row.get(0)
            partners[try row.get(2)] = id
            partners[try row.get(1)] = id
        }
        var stored: [String: Row] = [:]
        for row in try connection.query(
            "SELECT id, key, number, partner_id, iban, collective_invoice FROM account WHERE key = ANY(\(records.map(\.key))) FOR NO KEY UPDATE"
        ) {
            let key: String = try row.get(1)
            stored[key] = Row(id: try row.get(0), key: key, partner: try row.get(3), iban: try row.get(4), isCollective: try row.get(5))
        }
        var created: [Row] = []
        var changed: [Row] = []
        for (index, record) in records.enumerated() {
            let partner = record.partner.flatMap { partners[$0] }
            if let name = record.partner, partner == nil {
                problems.append(
                    MasterDataProblem(path: "/accounts/\(index)/partner", code: "unknown-partner", message: "there is no partner \(name)"))
                continue
            }
            if let old = stored[record.key] {
                let row = Row(
                    id: old.id, key: old.key, partner: partner ?? old.partner, iban: record.iban?.text ?? old.iban,
                    isCollective: record.collectiveInvoice ?? old.isCollective)
                if row.partner == old.partner, row.iban == old.iban, row.isCollective == old.isCollective {
                    outcome.unchanged += 1
                } else {
                    stored[record.key] = row
                    if let place = created.firstIndex(where: { $0.key == row.key }) { created[place] = row } else { changed.append(row) }
                    outcome.updated += 1
                }
            } else if let partner {
                let row = Row(
                    id: nil, key: record.key, partner: partner, iban: record.iban?.text, isCollective: record.collectiveInvoice ?? false)
                stored[record.key] = row
                created.append(row)
            } else {
                problems.append(
                    MasterDataProblem(path: "/accounts/\(index)/partner", code: "json-missing", message: "a new account needs a partner"))
            }
        }
        guard problems.isEmpty else { return }
        if !created.isEmpty {
            let serials = try connection.query("SELECT nextval('account_serial') FROM generate_series(1, \(created.count))").map {
                try $0.get(0) as Int64
            }
            try connection.execute(
                """
                INSERT INTO account (number, key, partner_id, iban, collective_invoice, updated_at, updated_by)
                SELECT *, \(stamp.now), \(stamp.author)
                FROM unnest(\(serials.map { PrintedNumber(.account, serial: $0).description }), \(created.map(\.key)), \(created.map(\.partner)),
                            \(created.map(\.iban)), \(created.map(\.isCollective)))
                """)
        }
        if !changed.isEmpty {
            try connection.execute(
                """
                UPDATE account SET partner_id = u.partner_id, iban = u.iban, collective_invoice = u.collective_invoice, updated_at = \(stamp.now), updated_by = \(stamp.author)
                FROM unnest(\(changed.compactMap(\.id)), \(changed.map(\.partner)), \(changed.map(\.iban)), \(changed.map(\.isCollective)))
                    AS u (id, partner_id, iban, collective_invoice)
                WHERE account.id = u.id
                """)
        }
        outcome.created += created.count
    }
}
