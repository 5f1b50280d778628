internal import AccessOperations
internal import JSON
internal import LedgerOperations
internal import MasterDataFormat
internal import PartnerOperations
public import Postgres
internal import Values
public import Web

/// `/soap/customers`: who is a customer, and what they have a contract for.
public enum CustomersService {
    public static let path = "/soap/customers"
    public static let namespace = "urn:zaehlwerk:customers:1"

    /// Adds it to the route table. Who may read partners may call; each operation demands its own right.
    public static func mount(on site: inout Site, pool: Pool) {
        service(pool).mount(on: &site, allow: .anyOf([.readPartners, .writePartners]))
    }

    static func service(_ pool: Pool) -> SOAPService<WebRequest> {
        SOAPService(
            name: "Customers", path: path, namespace: namespace,
            documentation: "Business partners, their accounts and contracts. Periods end before the day named `until`.",
            operations: [register(pool), get(pool), find(pool), start(pool), end(pool)])
    }

    private static func register(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "RegisterCustomer",
            documentation: "Takes a customer in with the accounts that are opened for it. The same again changes nothing.",
            request: [
                SOAPField("partner", .complex(newPartner)),
                SOAPField(
                    "accounts",
                    .complex(
                        SOAPComplexType(
                            "NewAccount", documentation: "A contract account to be opened.",
                            [SOAPField("key", .string), SOAPField("iban", .string, .optional)])), .many),
            ],
            response: customerFields + [existed]
        ) { body, request in
            try request.demand(.writePartners)
            let outcome = try await RegisterCustomer(pool: pool)(
                try RegistrationDocument(body.value), author: request.principal?.name ?? "", now: request.now)
            return customer(outcome.overview, balances: [:]).with("existed", .bool(outcome.existed))
        }
    }

    private static func get(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "GetCustomer", documentation: "A business partner with accounts, contracts, metering points and meters.",
            request: [SOAPField("partner", .string, .once, "Number or key.")], response: customerFields
        ) { body, request in
            try request.demand(.readPartners)
            let text = try body.string("partner")
            guard let overview = try await GetPartner(pool: pool)(text) else {
                throw SOAPFault(code: "not-found", "no partner has the number or key “\(text.prefix(40))”", path: "/partner")
            }
            // What a role may not see is not sent.
            var balances: [String: AccountBalance] = [:]
            if request.may(.readAccounts) {
                for account in overview.accounts {
                    balances[account.number.description] = try await GetBalance(pool: pool)(
                        account.number.description, today: request.today)
                }
            }
            return customer(overview, balances: balances)
        }
    }

    private static func find(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "FindCustomers",
            documentation: "Search: number, name, address, account, contract, meter, metering point, invoice, telephone, e-mail.",
            request: [
                SOAPField("q", .string, .optional, "What to look for; absent: all by name."),
                SOAPField("cursor", .string, .optional, "The next of the page before."),
                SOAPField("limit", .integer, .optional, "1 to 500; 50 if absent."),
            ],
            response: [
                SOAPField("items", .complex(hit), .many),
                SOAPField("next", .string, .optional, "Cursor of the next page; absent on the last."),
            ]
        ) { body, request in
            try request.demand(.readPartners)
            let cursor = try body.optional("cursor")?.parsed("the next of the page before") { text -> PartnerCursor? in
                guard let dot = text.lastIndex(of: "."), let id = Int64(text[text.index(after: dot)...]) else { return nil }
                return PartnerCursor(sortName: String(text[..<dot]), id: id)
            }
            let found = try await FindPartners(pool: pool)(
                try body.optionalString("q") ?? "", after: cursor, limit: try body.optional("limit")?.integer(in: 1...500) ?? 50)
            return [
                "items": .array(found.hits.map(document(of:))), "next": .optional(found.next.map { "\($0.sortName).\($0.id)" }),
            ]
        }
    }

    private static func start(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "StartContract", documentation: "Lets a contract begin. The same again changes nothing.",
            request: [
                SOAPField("key", .string, .once, "Of the system that starts it."),
                SOAPField("account", .string, .once, "Number or key of a contract account."), SOAPField("meteringPoint", .string),
                SOAPField("tariff", .string, .once, "commodity/name: electricity/basis."), SOAPField("from", .date),
                SOAPField("until", .date, .optional, "Exclusive; absent: it runs on."),
                SOAPField("cycle", .string, .optional, "annual-12 if absent."),
                SOAPField("attributes", .complex(attribute), .many, "What the tariffs ask for, such as usage and region."),
            ], response: contractFields + [existed]
        ) { body, request in
            try request.demand(.writePartners)
            let outcome = try await StartContract(pool: pool)(
                try MasterDataDocument.Contract(try attributesAsMembers(body)), author: request.principal?.name ?? "", now: request.now)
            return contract(outcome.contract).with("existed", .bool(outcome.existed))
        }
    }

    private static func end(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "EndContract", documentation: "Lets a contract end. The same again changes nothing.",
            request: [
                SOAPField("contract", .string, .once, "Number or key."),
                SOAPField("until", .date, .once, "Exclusive: the first day on which it no longer holds."),
            ], response: contractFields
        ) { body, request in
            try request.demand(.writePartners)
            let ended = try await EndContract(pool: pool)(
                try body.string("contract"), until: try body.member("until").parsed(Day.expectation) { Day(entered: $0) },
                author: request.principal?.name ?? "", now: request.now)
            return contract(ended)
        }
    }

    private static let existed = SOAPField("existed", .boolean, .once, "true: it was known, nothing was changed.")

    /// An object's free keys are elements with name and value here: a schema needs names that stand fast.
    private static func attributesAsMembers(_ body: JSONNode) throws -> JSONValue {
        var members: [JSONObject.Member] = []
        for node in try body.optional("attributes")?.elements() ?? [] {
            let name = try node.string("name")
            guard !members.contains(where: { $0.key == name }) else { throw node.fault("\(name) is given twice") }
            members.append(.init(name, .string(try node.string("value"))))
        }
        return body.value.with("attributes", .object(JSONObject(members)))
    }
}

extension JSONValue {
    /// The same object with this member, in place of one of its name.
    func with(_ key: String, _ value: JSONValue) -> JSONValue {
        .object(JSONObject((object?.members ?? []).filter { $0.key != key } + [.init(key, value)]))
    }
}
