public import MasterDataFormat
public import Postgres
public import Values

/// Takes a new customer in, with the accounts that are opened for it.
public struct RegisterCustomer: Sendable {
    /// The customer as it is known now.
    public struct Outcome: Hashable, Sendable {
        public let overview: PartnerOverview
        /// Whether it was known before; then nothing of it was changed.
        public let existed: Bool
    }

    private let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// The same registration again changes nothing; a further account is opened.
    /// - Throws: `MasterDataRefusal`: with the code `conflict` if the key is known with other data, which a registration does not change.
    public func callAsFunction(_ customer: RegistrationDocument, author: String, now: Instant) async throws -> Outcome {
        let key = customer.partner.key
        return try await pool.transaction { connection in
            let existed: Bool = try connection.one("SELECT EXISTS (SELECT FROM partner WHERE key = \(key))")
            let outcome: PartnerMasterData.Outcome
            do {
                outcome = try PartnerMasterData.write(
                    partners: [customer.partner], accounts: customer.accounts, contracts: [], in: connection, author: author, now: now)
            } catch let refusal as MasterDataRefusal {
                throw refusal.moved(["/partners/0": "/partner"])
            }
            // The transaction is rolled back: a registration that meets an old customer must not quietly become its correction.
            guard outcome.updated == 0 else {
                throw MasterDataRefusal([
                    MasterDataProblem(
                        path: existed ? "/partner/key" : "/accounts", code: "conflict",
                        message: "\(key) is known with other data; change it by PUT /master-data")
                ])
            }
            guard let overview = try GetPartner.read("key = \(key)", in: connection) else {
                throw MasterDataRefusal([MasterDataProblem(path: "/partner/key", code: "conflict", message: "\(key) is not known")])
            }
            return Outcome(overview: overview, existed: existed)
        }
    }
}
