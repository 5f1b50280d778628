public import Ledger
public import Postgres
public import Values

/// The contract account behind what somebody wrote.
public struct AccountReference: Hashable, Sendable {
    public let id: Identifier<CustomerAccount>
    /// Ours, printed for people.
    public let number: String

    /// By number (`VK-…`) or by the key of the delivering system.
    /// - Throws: ``LedgerRefusal/unknownAccount(_:)``.
    public static func find(_ text: String, in connection: Connection) throws -> AccountReference {
        // No key of ours holds U+0000, and PostgreSQL does not even take it as a text to compare with.
        guard !text.utf8.contains(0) else { throw LedgerRefusal.unknownAccount(text) }
        // A number wins over a key that happens to look like one.
        let rows = try connection.query(
            "SELECT id, number FROM account WHERE number = \(text) OR key = \(text) ORDER BY (number = \(text)) DESC LIMIT 1")
        guard let row = rows.first else { throw LedgerRefusal.unknownAccount(text) }
        return AccountReference(id: try row.get(0), number: try row.get(1))
    }
}
