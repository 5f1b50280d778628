public import JSON

/// A customer as it is registered by itself, outside of a master data document: the partner and the accounts that are opened for it.
///
///     {"partner": {"key": …, "name": …}, "accounts": [{"key": …, "iban": …}]}
public struct RegistrationDocument: Hashable, Sendable {
    public var partner: MasterDataDocument.Partner
    public var accounts: [MasterDataDocument.Account]

    /// Reads it by the rules of a master data document.
    /// - Throws: `MasterDataRefusal` with paths into this document.
    public init(_ json: JSONValue) throws(MasterDataRefusal) {
        let root = JSONNode(json)
        let members: (partner: JSONValue, accounts: [JSONValue])
        do {
            try root.allow(only: "partner", "accounts")
            let partner = try root.member("partner")
            _ = try partner.object()
            var accounts: [JSONValue] = []
            for account in try root.optional("accounts")?.elements() ?? [] {
                try account.allow(only: "key", "iban")
                accounts.append(account.value)
            }
            members = (partner.value, accounts)
        } catch { throw MasterDataRefusal(error) }
        let document = try MasterDataDocument(
            moved: ["partners": .array([members.partner]), "accounts": .array(members.accounts)],
            paths: ["/partners/0": "/partner"])
        guard let partner = document.partners.first else { throw MasterDataRefusal([]) }
        self.partner = partner
        accounts = document.accounts.map { account in
            var account = account
            account.partner = partner.key
            return account
        }
    }
}

extension MasterDataDocument.Contract {
    /// A contract by itself, as it is started: the members of a contract of a master data document, with account, metering point and
    /// tariff.
    /// - Throws: `MasterDataRefusal` with paths into this document.
    public init(_ json: JSONValue) throws(MasterDataRefusal) {
        let root = JSONNode(json)
        do {
            for member in ["account", "meteringPoint", "tariff"] { _ = try root.string(member) }
        } catch { throw MasterDataRefusal(error) }
        let document = try MasterDataDocument(moved: ["contracts": .array([json])], paths: ["/contracts/0": ""])
        guard let contract = document.contracts.first else { throw MasterDataRefusal([]) }
        self = contract
    }
}

extension MasterDataDocument {
    /// Reads members that came in another document, and says what is wrong with them in that document's words.
    fileprivate init(moved members: JSONValue, paths: KeyValuePairs<String, String>) throws(MasterDataRefusal) {
        do { try self.init(json: members.bytes) } catch { throw error.moved(paths) }
    }
}

extension MasterDataRefusal {
    fileprivate init(_ error: JSONError) {
        self.init([MasterDataProblem(path: error.path, code: error.code.rawValue, message: error.message)])
    }

    /// The same problems, with other beginnings of their paths: for a caller who sent another document than the one that was read.
    public func moved(_ beginnings: KeyValuePairs<String, String>) -> MasterDataRefusal {
        MasterDataRefusal(
            problems.map { problem in
                for (old, new) in beginnings where problem.path.hasPrefix(old) {
                    return MasterDataProblem(
                        path: new + problem.path.dropFirst(old.count), code: problem.code, message: problem.message)
                }
                return problem
            })
    }
}
