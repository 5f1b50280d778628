public import MasterDataFormat
public import MeteringOperations
public import Postgres
public import Values

/// Takes a whole master data document, or refuses all of it: places and devices first, because contracts hang on them.
public struct ImportMasterData: Sendable {
    /// What the document changed.
    public struct Outcome: Hashable, Sendable {
        public let metering: MeteringMasterData.Outcome
        public let partners: PartnerMasterData.Outcome
    }

    private let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Throws: `MasterDataRefusal` that names each place; then nothing is stored.
    public func callAsFunction(_ document: MasterDataDocument, author: String, now: Instant) async throws -> Outcome {
        try await pool.transaction { connection in
            let metering = try MeteringMasterData.write(document.meteringPoints, now: now, in: connection)
            let partners = try PartnerMasterData.write(
                partners: document.partners, accounts: document.accounts, contracts: document.contracts, in: connection, author: author,
                now: now)
            return Outcome(metering: metering, partners: partners)
        }
    }
}
