internal import MasterDataFormat
internal import Partners
internal import Postgres
internal import Values

/// Partners of a document into rows: three statements, whatever their number.
enum PartnerWriter {
    private struct Stored {
        let id: Int64
        let partner: Partner
    }

    static func write(
        _ records: [MasterDataDocument.Partner], in connection: Connection, stamp: PartnerMasterData.Stamp,
        outcome: inout PartnerMasterData.Outcome,
        problems: inout [MasterDataProblem]
    ) throws {
        guard !records.isEmpty else { return }
        let numbers = records.compactMap { $0.number?.description }
        let rows = try connection.query(
            "SELECT id, \(Partner.columns) FROM partner WHERE key = ANY(\(records.map(\.key))) OR number = ANY(\(numbers)) FOR NO KEY UPDATE"
        )
        var byKey: [String: Stored] = [:]
        var byNumber: [String: Stored] = [:]
        for row in rows {
            let stored = Stored(id: try row.get(0), partner: try Partner(row, from: 1))
            byKey[stored.partner.key] = stored
            if let number = stored.partner.number { byNumber[number.description] = stored }
        }
        var created: [Partner] = []
        var createdAt: [String: Int] = [:]
        var changed: [Int64: Partner] = [:]
        for (index, record) in records.enumerated() {
            let path = "/partners/\(index)"
            if let number = record.number, number.circle != .partner || byNumber[number.description] == nil {
                problems.append(
                    MasterDataProblem(
                        path: path + "/number", code: "unknown-number",
                        message: "there is no partner \(number); leave the number out for a new one"))
                continue
            }
            if let stored = record.number.flatMap({ byNumber[$0.description] }) ?? byKey[record.key] {
                let merged = (changed[stored.id] ?? stored.partner).updated(by: record)
                if merged == stored.partner {
                    outcome.unchanged += 1
                } else {
                    changed[stored.id] = merged
                    outcome.updated += 1
                }
            } else if let place = createdAt[record.key] {
                created[place] = created[place].updated(by: record)
            } else {
                createdAt[record.key] = created.count
                created.append(
                    Partner(number: nil, key: record.key, kind: record.company == nil ? .person : .company, name: PartnerName()).updated(
                        by: record))
            }
        }
        for (key, place) in createdAt where created[place].name.isEmpty {
            let index = records.firstIndex { $0.key == key } ?? 0
            problems.append(MasterDataProblem(path: "/partners/\(index)/name", code: "json-missing", message: "a new partner needs a name"))
        }
        guard problems.isEmpty else { return }
        try insert(created, in: connection, stamp: stamp)
        try update(changed.sorted { $0.key < $1.key }, in: connection, stamp: stamp)
        let words = Set((created + changed.values).flatMap(\.dictionaryWords)).sorted()
        try connection.execute("INSERT INTO search_word (word) SELECT * FROM unnest(\(words)) ON CONFLICT DO NOTHING")
        outcome.created += created.count
    }

    private static func insert(_ partners: [Partner], in connection: Connection, stamp: PartnerMasterData.Stamp) throws {
        guard !partners.isEmpty else { return }
        let serials = try connection.query("SELECT nextval('partner_serial') FROM generate_series(1, \(partners.count))").map {
            try $0.get(0) as Int64
        }
        try connection.execute(
            """
            INSERT INTO partner (number, \(Partner.plainColumns), phone_digits, search, sort_name, updated_at, updated_by)
            SELECT *, \(stamp.now), \(stamp.author) FROM unnest(\(serials.map { PrintedNumber(.partner, serial: $0).description }), \(Partner.arrays(partners)))
            """)
    }

    private static func update(_ partners: [(key: Int64, value: Partner)], in connection: Connection, stamp: PartnerMasterData.Stamp) throws
    {
        guard !partners.isEmpty else { return }
        try connection.execute(
            """
            UPDATE partner SET
                key = u.key, kind = u.kind, given = u.given, family = u.family, company = u.company, street = u.street, house = u.house,
                postcode = u.postcode, city = u.city, born = u.born, email = u.email, phone = u.phone, electronic_address = u.electronic_address,
                vat_id = u.vat_id, leitweg_id = u.leitweg_id, phone_digits = u.phone_digits, search = u.search, sort_name = u.sort_name,
                updated_at = \(stamp.now), updated_by = \(stamp.author)
            FROM unnest(\(partners.map(\.key)), \(Partner.arrays(partners.map(\.value))))
                AS u (id, \(Partner.plainColumns), phone_digits, search, sort_name)
            WHERE partner.id = u.id
            """)
    }
}

extension Partner {
    /// Without number, in the order of ``arrays(_:)``.
    static let plainColumns: SQL = """
        key, kind, given, family, company, street, house, postcode, city, born, email, phone, electronic_address, vat_id, leitweg_id
        """
    static let columns: SQL = "number, \(plainColumns)"

    /// Reads ``columns`` from a place on.
    init(_ row: Row, from place: Int) throws {
        self.init(
            number: try PrintedNumber(try row.get(place) as String), key: try row.get(place + 1),
            kind: Kind(rawValue: try row.get(place + 2)) ?? .person,
            name: PartnerName(given: try row.get(place + 3), family: try row.get(place + 4), company: try row.get(place + 5)),
            address: PostalAddress(
                street: try row.get(place + 6), house: try row.get(place + 7), postcode: try row.get(place + 8),
                city: try row.get(place + 9)
            ).nonempty,
            born: try row.get(place + 10), email: try row.get(place + 11), phone: try row.get(place + 12),
            electronicAddress: try row.get(place + 13),
            vatId: try row.get(place + 14), leitwegId: try row.get(place + 15))
    }

    /// The columns and what is derived from them, as arrays for `unnest`.
    static func arrays(_ partners: [Partner]) -> SQL {
        """
        \(partners.map(\.key)), \(partners.map(\.kind.rawValue)), \(partners.map(\.name.given)), \(partners.map(\.name.family)),
        \(partners.map(\.name.company)), \(partners.map { $0.address?.street }), \(partners.map { $0.address?.house }),
        \(partners.map { $0.address?.postcode }), \(partners.map { $0.address?.city }), \(partners.map(\.born)), \(partners.map(\.email)),
        \(partners.map(\.phone)), \(partners.map(\.electronicAddress)), \(partners.map(\.vatId)), \(partners.map(\.leitwegId)),
        \(partners.map { $0.phone.map(SearchText.phone) }), \(partners.map(\.searchText)), \(partners.map { SearchText.folded($0.name.listed) })
        """
    }

    /// The words that somebody may misspell: no numbers, and no e-mail address, which nobody guesses.
    var dictionaryWords: [String] {
        let parts = [name.given, name.family, name.company, address?.street, address?.city].compactMap { $0 }
        return parts.flatMap(SearchText.words).filter { $0.count >= 3 && !SearchText.looksLikeNumber($0) }
    }

    /// What a record says takes the place of what was known; what it leaves out stays.
    func updated(by record: MasterDataDocument.Partner) -> Partner {
        let named = record.given != nil || record.family != nil || record.company != nil
        let place = record.address.map { PostalAddress(street: $0.street, house: $0.house, postcode: $0.postcode, city: $0.city) }?.nonempty
        return Partner(
            number: number, key: record.key, kind: record.kind.flatMap { Kind(rawValue: $0.rawValue) } ?? kind,
            name: named ? PartnerName(given: record.given, family: record.family, company: record.company) : name,
            address: place ?? address, born: record.born ?? born, email: record.email ?? email, phone: record.phone ?? phone,
            electronicAddress: record.electronicAddress ?? electronicAddress, vatId: record.vatId ?? vatId,
            leitwegId: record.leitwegId ?? leitwegId)
    }
}

extension PostalAddress {
    fileprivate var nonempty: PostalAddress? { isEmpty ? nil : self }
}
