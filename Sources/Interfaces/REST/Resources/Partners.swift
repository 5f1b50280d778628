internal import AccessOperations
internal import JSON
internal import LedgerOperations
internal import PartnerOperations
internal import Partners
internal import Values
internal import Web

extension RESTInterface {
    var partnerEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/partners", permission: .readPartners, area: "partners",
                summary: "Search: number, name, address, account, contract, meter, metering point, invoice, telephone, e-mail",
                query: [.init("q", .text, "what to look for; empty: all by name")] + Endpoint.paging,
                answer: .json(.page(of: .named("Partner")))
            ) { request in try await findPartners(request) },
            Endpoint(
                method: .get, path: "/partners/{partner}", permission: .readPartners, area: "partners",
                summary: "One business partner: who it is, accounts with balance, contracts, metering points, meters",
                answer: .json(.named("PartnerOverview"))
            ) { request in try await partner(request) },
        ] + customerEndpoints
    }

    private func findPartners(_ request: WebRequest) async throws -> WebResponse {
        let cursor = try request.query.filled("cursor").map { text throws(Problem) -> PartnerCursor in
            guard let dot = text.lastIndex(of: "."), let id = Int64(text[text.index(after: dot)...]) else {
                throw Problem(.badRequest, "cursor must be the `next` of the page before")
            }
            return PartnerCursor(sortName: String(text[..<dot]), id: id)
        }
        let found = try await FindPartners(pool: pool)(request.query.filled("q") ?? "", after: cursor, limit: request.limit(50))
        return RESTInterface.list(found.hits, next: found.next.map { "\($0.sortName).\($0.id)" }) { hit, writer in
            writer.object { writer in
                writer.member("number", hit.partner.number.description)
                writer.member("name", hit.partner.name)
                writer.member("kind", hit.partner.kind.rawValue)
                writer.member("address", hit.partner.address)
                writer.member("email", hit.partner.email)
                writer.member("phone", hit.partner.phone)
                writer.member("matched", hit.match.rawValue)
                writer.member("via", hit.via)
            }
        }
    }

    private func partner(_ request: WebRequest) async throws -> WebResponse {
        guard let overview = try await GetPartner(pool: pool)(request["partner"]) else {
            throw Problem(.notFound, "no partner has the number \(request["partner"].prefix(40))")
        }
        // What a role may not see is not sent.
        var balances: [String: AccountBalance] = [:]
        if request.may(.readAccounts) {
            for account in overview.accounts {
                balances[account.number.description] = try await GetBalance(pool: pool)(account.number.description, today: request.today)
            }
        }
        return .json { writer in writer.object { writer in writeMembers(of: overview, balances, to: &writer) } }
    }

    func writeMembers(of overview: PartnerOverview, _ balances: [String: AccountBalance], to writer: inout JSONWriter) {
        writePerson(overview.partner, to: &writer)
        writer.key("accounts")
        writer.array { writer in
            for account in overview.accounts {
                writer.object { writer in
                    writer.member("number", account.number.description)
                    writer.member("key", account.key)
                    writer.member("iban", account.iban?.masked)
                    if let balance = balances[account.number.description] {
                        writer.member("balance", balance.balance.description)
                        writer.member("due", balance.due.description)
                    }
                }
            }
        }
        writer.key("contracts")
        writer.array { writer in for contract in overview.contracts { write(contract, to: &writer) } }
        writer.member("updatedAt", overview.updatedAt.description)
        writer.member("updatedBy", overview.updatedBy)
    }

    private func writePerson(_ partner: Partner, to writer: inout JSONWriter) {
        writer.member("number", partner.number?.description)
        writer.member("key", partner.key)
        writer.member("kind", partner.kind.rawValue)
        writer.member("name", partner.name.display)
        writer.member("address", partner.address?.line)
        writer.member("born", partner.born?.description)
        writer.member("email", partner.email)
        writer.member("phone", partner.phone)
    }

    private func write(_ contract: PartnerOverview.ContractEntry, to writer: inout JSONWriter) {
        writer.object { writer in writeMembers(of: contract, to: &writer) }
    }

    func writeMembers(of contract: PartnerOverview.ContractEntry, to writer: inout JSONWriter) {
        writer.member("number", contract.number.description)
        writer.member("key", contract.key)
        writer.member("account", contract.account.description)
        writer.member("tariff", contract.tariff)
        writer.member("from", contract.valid.from.description)
        writer.member("until", contract.valid.until?.description)
        writer.member("cycle", contract.cycle)
        writer.member("meteringPoint", contract.meteringPoint.text)
        writer.member("commodity", contract.commodity.rawValue)
        writer.key("meters")
        writer.array { writer in
            for meter in contract.meters {
                writer.object { writer in
                    writer.member("serial", meter.serial)
                    writer.member("from", meter.valid.from.description)
                    writer.member("until", meter.valid.until?.description)
                }
            }
        }
    }
}
