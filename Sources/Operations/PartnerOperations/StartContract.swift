public import MasterDataFormat
public import Postgres
public import Values

/// Lets a contract begin: an account buys what flows at a metering point under a tariff.
public struct StartContract: Sendable {
    /// The contract as it stands now.
    public struct Outcome: Hashable, Sendable {
        public let contract: PartnerOverview.ContractEntry
        /// Whether it was known before; then nothing of it was changed.
        public let existed: Bool
    }

    private let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// The same contract again changes nothing.
    /// - Throws: `MasterDataRefusal`: unknown account or metering point, a point that has a contract in these days, and `conflict` if the
    ///   key is known with other terms: those begin by a new key, or by master data.
    public func callAsFunction(_ contract: MasterDataDocument.Contract, author: String, now: Instant) async throws -> Outcome {
        try await pool.transaction { connection in
            let existed: Bool = try connection.one("SELECT EXISTS (SELECT FROM contract WHERE key = \(contract.key))")
            let outcome: PartnerMasterData.Outcome
            do {
                outcome = try PartnerMasterData.write(
                    partners: [], accounts: [], contracts: [contract], in: connection, author: author, now: now)
            } catch let refusal as MasterDataRefusal {
                throw refusal.moved(["/contracts/0": "", "/contracts": ""])
            }
            guard !existed || outcome.updated + outcome.created == 0 else {
                throw MasterDataRefusal([
                    MasterDataProblem(
                        path: "/key", code: "conflict",
                        message: "contract \(contract.key) is known with other terms; end it first, or change it by PUT /master-data")
                ])
            }
            return Outcome(contract: try ContractAtHand.last(contract.key, in: connection), existed: existed)
        }
    }
}

/// Lets a contract end.
public struct EndContract: Sendable {
    private let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// The contract holds until this day, which no longer belongs to it. It may be moved forward as long as it begins before.
    ///
    /// - Parameter contract: its number or key.
    /// - Throws: ``UnknownContract``; `MasterDataRefusal` with `conflict` if it begins later, or has ended earlier.
    public func callAsFunction(_ contract: String, until: Day, author: String, now: Instant) async throws -> PartnerOverview.ContractEntry {
        try await pool.transaction { connection in
            let last = try ContractAtHand.last(contract, in: connection)
            func conflict(_ message: String) -> MasterDataRefusal {
                MasterDataRefusal([MasterDataProblem(path: "/until", code: "conflict", message: message)])
            }
            guard until > last.valid.from else {
                throw conflict("contract \(last.number) has terms that begin on \(last.valid.from); it cannot end before")
            }
            if let ended = last.valid.until, ended < until { throw conflict("contract \(last.number) has ended with \(ended) already") }
            var record = MasterDataDocument.Contract(key: last.key, from: last.valid.from)
            record.until = until
            do {
                try PartnerMasterData.write(partners: [], accounts: [], contracts: [record], in: connection, author: author, now: now)
            } catch let refusal as MasterDataRefusal {
                throw refusal.moved(["/contracts/0": ""])
            }
            return try ContractAtHand.last(last.key, in: connection)
        }
    }
}

/// Nobody knows a contract of this number or key.
public struct UnknownContract: Error, Hashable, Sendable {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// A contract by what its caller calls it.
enum ContractAtHand {
    /// The terms that began last.
    /// - Throws: ``UnknownContract``.
    static func last(_ text: String, in connection: Connection) throws -> PartnerOverview.ContractEntry {
        guard !text.utf8.contains(0), let entry = try GetPartner.contracts("c.number = \(text) OR c.key = \(text)", in: connection).last
        else { throw UnknownContract(text) }
        return entry
    }
}
