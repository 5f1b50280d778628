internal import Partners
public import Postgres
internal import Values

/// One search box over everything a customer may say: number, name, address, account, contract, meter, metering point, invoice,
/// telephone, e-mail.
public struct FindPartners: Sendable {
    public struct Result: Hashable, Sendable {
        /// Surest match first; a partner appears once per kind of match.
        public let hits: [PartnerHit]
        public let next: PartnerCursor?
    }

    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - text: as typed. Umlauts, capitals and the order of words do not matter; a typing error in a word is forgiven if
    ///     nothing fits without it. Empty lists all partners by name.
    ///   - cursor: where the page before ended.
    public func callAsFunction(_ text: String, after cursor: PartnerCursor? = nil, limit: Int = 50) async throws -> Result {
        let question = Question(text)
        let limit = max(1, min(limit, 500))
        return try await pool.transaction(readOnly: true) { connection in
            var hits: [PartnerHit] = []
            if cursor == nil { hits += try FindPartners.identified(question, limit: limit, in: connection) }
            var next: PartnerCursor?
            // A number that was found is what was meant; its digits in house numbers are noise.
            if hits.isEmpty || !question.isIdentifier {
                let named = try PartnerNames.find(question, after: cursor, limit: limit, in: connection)
                hits += named.hits
                next = named.next
                if hits.isEmpty, cursor == nil { hits += try PartnerNames.similar(question, limit: limit, in: connection) }
            }
            return Result(hits: hits, next: next)
        }
    }

    /// What was typed, in the forms in which it is compared.
    struct Question: Sendable {
        let words: [String]
        /// Without blanks, in capitals.
        let term: String
        let key: String
        let phone: String
        let email: String?
        /// Has a digit and is one word: a number of something.
        let isIdentifier: Bool

        init(_ text: String) {
            // Longer than any name: what is pasted by mistake must not cost.
            let text = String(text.prefix(200).filter { $0 != "\0" })
            words = Array(SearchText.words(text).prefix(8))
            term = text.filter { !$0.isWhitespace }.uppercased()
            key = String(text.drop(while: \.isWhitespace))
            let isPhone = text.allSatisfy { $0.isNumber || " +()/-.".contains($0) }
            phone = isPhone ? SearchText.phone(text) : ""
            email = text.contains("@") ? text.filter { !$0.isWhitespace }.lowercased() : nil
            isIdentifier =
                words.contains(where: SearchText.looksLikeNumber) && !words.contains { !SearchText.looksLikeNumber($0) && $0.count > 2 }
        }

        /// `%` and `_` of the user are themselves.
        static func escaped(_ text: String) -> String {
            text.reduce(into: "") { $0 += "\\%_".contains($1) ? "\\\($1)" : String($1) }
        }
        var termPrefix: String { Question.escaped(term) + "%" }
        var termInside: String { "%" + Question.escaped(term) + "%" }
    }

    static let columns: SQL = """
        p.id, p.number, p.key, p.kind, p.given, p.family, p.company, p.street, p.house, p.postcode, p.city, p.email, p.phone, p.sort_name
        """

    /// By what carries a number of its own.
    private static func identified(_ question: Question, limit: Int, in connection: Connection) throws -> [PartnerHit] {
        var parts: [SQL] = []
        func part(_ match: PartnerHit.Match, _ via: SQL, _ joins: SQL, _ condition: SQL) {
            parts.append(
                "(SELECT DISTINCT \(columns), \(match.rawValue) AS match, \(via) AS via FROM partner p \(joins) WHERE \(condition) LIMIT \(limit))"
            )
        }
        let places: SQL =
            "JOIN account a ON a.partner_id = p.id JOIN contract c ON c.account_id = a.id JOIN metering_point m ON m.id = c.metering_point_id"
        if question.term.utf8.count >= 3, question.words.contains(where: SearchText.looksLikeNumber) {
            part(.number, "p.number", "", "p.number LIKE \(question.termPrefix)")
            part(.number, "p.key", "", "p.key = \(question.key)")
            part(.account, "a.number", "JOIN account a ON a.partner_id = p.id", "a.number LIKE \(question.termPrefix)")
            part(.account, "a.key", "JOIN account a ON a.partner_id = p.id", "a.key = \(question.key)")
            part(.account, "a.iban", "JOIN account a ON a.partner_id = p.id", "a.iban = \(question.term)")
            part(
                .contract, "c.number", "JOIN account a ON a.partner_id = p.id JOIN contract c ON c.account_id = a.id",
                "c.number LIKE \(question.termPrefix)")
            part(
                .contract, "c.key", "JOIN account a ON a.partner_id = p.id JOIN contract c ON c.account_id = a.id",
                "c.key = \(question.key)")
            part(.meteringPoint, "m.code", places, "m.code LIKE \(question.termInside)")
            part(
                .meter, "z.serial",
                "\(places) JOIN installation i ON i.metering_point_id = m.id AND i.valid && c.valid JOIN meter z ON z.id = i.meter_id",
                "z.serial LIKE \(question.termInside)")
            // An invoice that was issued is booked under its number; the journal knows whose it is.
            part(
                .invoice, "e.document",
                "JOIN account a ON a.partner_id = p.id JOIN posting g ON g.account_id = a.id JOIN journal_entry e ON e.id = g.entry_id",
                "e.kind IN ('invoice', 'reversal') AND e.document LIKE \(question.termPrefix)")
        }
        if question.phone.utf8.count >= 4 {
            part(.phone, "p.phone", "", "p.phone_digits LIKE \(Question.escaped(question.phone) + "%")")
        }
        if let email = question.email { part(.email, "p.email", "", "lower(p.email) = \(email)") }
        guard !parts.isEmpty else { return [] }
        let rows = try connection.query("SELECT * FROM (\(parts.joined(separator: " UNION ALL "))) AS hit LIMIT \(limit * 4)")
        let hits = try rows.map { row in
            PartnerHit(
                partner: try PartnerSummary(row), match: PartnerHit.Match(rawValue: try row.get(14)) ?? .number, via: try row.get(15))
        }
        var seen: Set<String> = []
        return hits.sorted { ($0.match.order, $0.via, $0.partner.id) < ($1.match.order, $1.via, $1.partner.id) }
            .filter { seen.insert("\($0.match) \($0.partner.id)").inserted }
    }
}

extension PartnerHit.Match {
    fileprivate var order: Int { PartnerHit.Match.allCases.firstIndex(of: self) ?? 0 }
}

extension PartnerSummary {
    /// Reads the columns of a search.
    init(_ row: Row) throws {
        self.init(
            id: try row.get(0), number: try PrintedNumber(try row.get(1) as String), key: try row.get(2),
            kind: Partner.Kind(rawValue: try row.get(3)) ?? .person,
            name: PartnerName(given: try row.get(4), family: try row.get(5), company: try row.get(6)).listed,
            address: PostalAddress(street: try row.get(7), house: try row.get(8), postcode: try row.get(9), city: try row.get(10)).line,
            email: try row.get(11), phone: try row.get(12))
    }
}
