internal import JSON
internal import LedgerOperations
internal import PartnerOperations
internal import Partners
internal import Values

// The documents of `/soap/customers` and the types their schema is written from.
extension CustomersService {
    static func customer(_ overview: PartnerOverview, balances: [String: AccountBalance]) -> JSONValue {
        let partner = overview.partner
        return [
            "number": .optional(partner.number?.description), "key": .string(partner.key), "kind": .string(partner.kind.rawValue),
            "name": .string(partner.name.display), "address": .optional(partner.address?.line),
            "born": .optional(partner.born?.description), "email": .optional(partner.email), "phone": .optional(partner.phone),
            "accounts": .array(
                overview.accounts.map { account in
                    let balance = balances[account.number.description]
                    return [
                        "number": .string(account.number.description), "key": .string(account.key), "iban": .optional(account.iban?.masked),
                        "balance": .optional(balance?.balance.description), "due": .optional(balance?.due.description),
                    ]
                }),
            "contracts": .array(overview.contracts.map(contract)), "updatedAt": .string(overview.updatedAt.description),
            "updatedBy": .string(overview.updatedBy),
        ]
    }

    static func contract(_ contract: PartnerOverview.ContractEntry) -> JSONValue {
        [
            "number": .string(contract.number.description), "key": .string(contract.key), "account": .string(contract.account.description),
            "tariff": .string(contract.tariff), "from": .string(contract.valid.from.description),
            "until": .optional(contract.valid.until?.description), "cycle": .string(contract.cycle),
            "meteringPoint": .string(contract.meteringPoint.text), "commodity": .string(contract.commodity.rawValue),
            "attributes": .array(
                contract.attributes.sorted { $0.key < $1.key }.map { ["name": .string($0.key), "value": .string($0.value)] }),
            "meters": .array(
                contract.meters.map { meter in
                    [
                        "serial": .string(meter.serial), "from": .string(meter.valid.from.description),
                        "until": .optional(meter.valid.until?.description),
                    ]
                }),
        ]
    }

    static func document(of hit: PartnerHit) -> JSONValue {
        [
            "number": .string(hit.partner.number.description), "name": .string(hit.partner.name),
            "kind": .string(hit.partner.kind.rawValue), "address": .string(hit.partner.address), "email": .optional(hit.partner.email),
            "phone": .optional(hit.partner.phone), "matched": .string(hit.match.rawValue), "via": .string(hit.via),
        ]
    }

    private static func texts(_ names: String...) -> [SOAPField] { names.map { SOAPField($0, .string, .optional) } }

    static let newPartner = SOAPComplexType(
        "NewPartner", documentation: "A partner as master data writes it.",
        [
            SOAPField("number", .string, .optional, "Ours, if the sender knows it."),
            SOAPField("key", .string, .once, "Of the system that registers it."),
            SOAPField(
                "name",
                .complex(
                    SOAPComplexType(
                        "Name", documentation: "Of a person or of a company.", texts("given", "family", "company"))), .optional),
            SOAPField(
                "address",
                .complex(SOAPComplexType("Address", documentation: "Where it is.", texts("street", "house", "postcode", "city"))), .optional
            ),
            SOAPField("kind", .string, .optional, "person or company."), SOAPField("born", .date, .optional),
        ] + texts("email", "phone", "electronicAddress", "vatId", "leitwegId"))

    static let attribute = SOAPComplexType(
        "Attribute", documentation: "An attribute of a contract.", [SOAPField("name", .string), SOAPField("value", .string)])

    static let contractFields = [
        SOAPField("number", .string), SOAPField("key", .string), SOAPField("account", .string), SOAPField("tariff", .string),
        SOAPField("from", .date), SOAPField("until", .date, .optional, "Exclusive."), SOAPField("cycle", .string),
        SOAPField("meteringPoint", .string), SOAPField("commodity", .string), SOAPField("attributes", .complex(attribute), .many),
        SOAPField(
            "meters",
            .complex(
                SOAPComplexType(
                    "ContractMeter", documentation: "A device and when it hung there.",
                    [SOAPField("serial", .string), SOAPField("from", .date), SOAPField("until", .date, .optional)])), .many),
    ]

    static let customerFields =
        [SOAPField("number", .string, .optional), SOAPField("key", .string), SOAPField("kind", .string), SOAPField("name", .string)]
        + texts("address") + [SOAPField("born", .date, .optional)] + texts("email", "phone") + [
            SOAPField(
                "accounts",
                .complex(
                    SOAPComplexType(
                        "CustomerAccount", documentation: "A contract account; with balance for who may see it.",
                        [
                            SOAPField("number", .string), SOAPField("key", .string), SOAPField("iban", .string, .optional, "Masked."),
                            SOAPField("balance", .decimal, .optional), SOAPField("due", .decimal, .optional),
                        ])), .many),
            SOAPField(
                "contracts", .complex(SOAPComplexType("Contract", documentation: "A contract.", contractFields)), .many),
            SOAPField("updatedAt", .dateTime), SOAPField("updatedBy", .string),
        ]

    static let hit = SOAPComplexType(
        "FoundCustomer", documentation: "A customer and what of it fits.",
        [SOAPField("number", .string)] + [SOAPField("name", .string), SOAPField("kind", .string)]
            + texts("address", "email", "phone", "matched", "via"))
}
