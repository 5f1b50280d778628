internal import Digests
internal import Postgres

/// A part as it stands with its run: what was said by key is said by number, so that one part has one name.
struct StoredPart: Sendable {
    /// Empty for the whole.
    let scope: String
    let region: String?
    /// Sorted, each once.
    let numbers: [String]?

    /// - Throws: ``BillingRefusal`` where nothing in the database is what was said.
    init(_ part: BillingPart, in connection: Connection) throws {
        switch part {
        case .whole: (scope, region, numbers) = ("", nil, nil)
        case .region(let region):
            let isKnown = try connection.one(
                "SELECT EXISTS (SELECT 1 FROM contract WHERE attributes ->> 'region' = \(region))", as: Bool.self)
            guard isKnown else { throw BillingRefusal.unknownRegion(region) }
            (scope, self.region, numbers) = ("region:\(region)", region, nil)
        case .listed(let said):
            let numbers = try StoredPart.numbers(of: said, in: connection)
            let hash = SHA256.hash(Array(numbers.joined(separator: "\n").utf8))
            (scope, region, self.numbers) = ("list:\(Hexadecimal.encode(hash.bytes))", nil, numbers)
        }
    }

    private static func numbers(of said: [String], in connection: Connection) throws -> [String] {
        let said = Array(Set(said)).sorted()
        guard !said.isEmpty else { throw BillingRefusal.emptyList }
        var numbers: Set<String> = []
        var known: Set<String> = []
        for row in try connection.query(
            """
            SELECT s.word, c.number FROM unnest(\(said)) AS s (word) JOIN contract c ON s.word IN (c.number, c.key)
            UNION SELECT s.word, a.number FROM unnest(\(said)) AS s (word) JOIN account a ON s.word IN (a.number, a.key)
            """)
        {
            known.insert(try row.get(0))
            numbers.insert(try row.get(1))
        }
        let unknown = said.filter { !known.contains($0) }
        guard unknown.isEmpty else { throw BillingRefusal.unknownListed(unknown) }
        return numbers.sorted()
    }

    /// Whether the contract `c` of the account `a` belongs to it.
    var condition: SQL {
        if let region { return "c.attributes ->> 'region' = \(region)" }
        if let numbers { return "(c.number = ANY(\(numbers)) OR a.number = ANY(\(numbers)))" }
        return "true"
    }
}
