public import MasterDataFormat
public import Postgres
public import Values

/// Writes the partners, accounts and contracts of a master data document.
public enum PartnerMasterData {
    /// How many rows a document made or changed.
    public struct Outcome: Hashable, Sendable {
        public var created = 0
        public var updated = 0
        public var unchanged = 0

        public init() {}
    }

    /// Writes all of it inside the caller's transaction, or refuses all of it.
    ///
    /// What exists under the same key is updated, what a record does not say stays as it is. Accounts may name partners of the same
    /// document, contracts its accounts; metering points must be written before.
    /// - Parameter author: who changes it; stands in the history of the row.
    /// - Throws: `MasterDataRefusal` with every problem and its place.
    @discardableResult
    public static func write(
        partners: [MasterDataDocument.Partner], accounts: [MasterDataDocument.Account], contracts: [MasterDataDocument.Contract],
        in connection: Connection, author: String, now: Instant
    ) throws -> Outcome {
        var outcome = Outcome()
        var problems: [MasterDataProblem] = []
        let stamp = Stamp(author: author, now: now)
        try PartnerWriter.write(partners, in: connection, stamp: stamp, outcome: &outcome, problems: &problems)
        try AccountWriter.write(accounts, in: connection, stamp: stamp, outcome: &outcome, problems: &problems)
        if problems.isEmpty {
            // Contracts refer to both: their problems would only repeat those before.
            do {
                try connection.savepoint {
                    try ContractWriter.write(contracts, in: connection, stamp: stamp, outcome: &outcome, problems: &problems)
                }
            } catch let error as DatabaseError where error.isExclusionViolation {
                problems += try ContractOverlaps.problems(contracts, in: connection)
            }
        }
        guard problems.isEmpty else { throw MasterDataRefusal(problems) }
        return outcome
    }

    /// Who and when.
    struct Stamp {
        let author: String
        let now: Instant
    }
}
