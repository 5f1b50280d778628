import MasterDataFormat
import PartnerOperations
import Partners
import Postgres
import TestKit
import Testing
import Values

private let now = Instant(seconds: 1_767_225_600)

/// A small town.
enum PartnerFixture {
    static func partner(
        _ key: String, _ given: String?, _ family: String?, company: String? = nil, street: String = "Hauptstraße", house: String = "1",
        city: String = "Neumünster", email: String? = nil, phone: String? = nil
    ) -> MasterDataDocument.Partner {
        var partner = MasterDataDocument.Partner(key: key)
        partner.given = given
        partner.family = family
        partner.company = company
        partner.address = MasterDataDocument.Address(street: street, house: house, postcode: "24534", city: city)
        partner.email = email
        partner.phone = phone
        return partner
    }

    static func contract(
        _ key: String, _ account: String?, _ point: String?, from: Day, until: Day? = nil, tariff: String? = "electricity/basis",
        attributes: [String: String] = [:]
    ) -> MasterDataDocument.Contract {
        var contract = MasterDataDocument.Contract(key: key, from: from)
        contract.account = account
        contract.meteringPoint = point.flatMap { try? MeteringPointCode($0) }
        contract.tariff = tariff
        contract.until = until
        contract.attributes = attributes
        return contract
    }

    /// Points `P-1`, `P-2` with meters `1ESY1160000001` …; this area's tests need no more of metering than its rows.
    static func points(_ count: Int, pool: Pool) async throws {
        try await pool.transaction { connection in
            for index in 1...count {
                try connection.execute(
                    "INSERT INTO metering_point (code, commodity, city) VALUES (\("P-\(index)"), 'electricity', 'Neumünster')")
                try connection.execute("INSERT INTO meter (serial) VALUES (\("1ESY116000000\(index)"))")
                try connection.execute(
                    """
                    INSERT INTO installation (meter_id, metering_point_id, valid)
                    SELECT m.id, p.id, '[2025-01-01,)' FROM meter m, metering_point p WHERE m.serial = \("1ESY116000000\(index)") AND p.code = \("P-\(index)")
                    """)
            }
        }
    }

    @discardableResult
    static func write(
        _ partners: [MasterDataDocument.Partner] = [], _ accounts: [MasterDataDocument.Account] = [],
        _ contracts: [MasterDataDocument.Contract] = [],
        pool: Pool
    ) async throws -> PartnerMasterData.Outcome {
        try await pool.transaction { connection in
            try PartnerMasterData.write(
                partners: partners, accounts: accounts, contracts: contracts, in: connection, author: "test", now: now)
        }
    }

    static func town(pool: Pool) async throws {
        try await points(3, pool: pool)
        try await write(
            [
                partner(
                    "p-1", "Jürgen", "Großmann", street: "Großflecken", house: "9", email: "Juergen.Grossmann@example.org",
                    phone: "+49 4321 9876-54"),
                partner("p-2", "Anna", "Müller", house: "12a", phone: "04321 / 55555"), partner("p-3", "Jan", "Mueller", house: "14"),
                partner("p-4", nil, nil, company: "Bäckerei Schütt GmbH", street: "Kuhberg"),
                partner("p-5", "Robert'); DROP TABLE partner;--", "Tables"),
            ],
            [
                MasterDataDocument.Account(key: "a-1", partner: "p-1", iban: try? IBAN("DE02120300000000202051")),
                MasterDataDocument.Account(key: "a-2", partner: "p-2"), MasterDataDocument.Account(key: "a-4", partner: "p-4"),
            ],
            [
                contract("c-1", "a-1", "P-1", from: Day(2025, 1, 1), attributes: ["usage": "household"]),
                contract("c-2", "a-2", "P-2", from: Day(2025, 1, 1)), contract("c-4", "a-4", "P-3", from: Day(2025, 1, 1)),
            ], pool: pool)
    }
}

private typealias Fixture = PartnerFixture

@Suite(.database) struct `Writing partners` {
    private let pool = TestDatabase.current.pool

    @Test func `numbers are ours and carry a check digit`() async throws {
        try await Fixture.town(pool: pool)
        let overview = try #require(try await GetPartner(pool: pool)("p-1"))
        let number = try #require(overview.partner.number)
        #expect(number.circle == .partner)
        #expect(try PrintedNumber(number.description) == number)
        #expect(overview.accounts.map(\.number.circle) == [.account])
        #expect(overview.contracts.map(\.number.circle) == [.contract])
        #expect(overview.contracts.first?.meters.map(\.serial) == ["1ESY1160000001"])
        #expect(overview.contracts.first?.attributes == ["usage": "household"])
        #expect(try await GetPartner(pool: pool)(number.description)?.id == overview.id)
        #expect(try await GetPartner(pool: pool).ofAccount("a-1")?.id == overview.id)
        #expect(try await GetPartner(pool: pool)("nobody") == nil)
    }

    @Test func `the same document twice changes nothing`() async throws {
        let partners = [Fixture.partner("p-1", "Erika", "Muster")]
        let accounts = [MasterDataDocument.Account(key: "a-1", partner: "p-1")]
        #expect(try await Fixture.write(partners, accounts, pool: pool).created == 2)
        let again = try await Fixture.write(partners, accounts, pool: pool)
        #expect(again.created == 0 && again.updated == 0 && again.unchanged == 2)
    }

    @Test func `what a record leaves out stays, and what was before is kept`() async throws {
        try await Fixture.town(pool: pool)
        var record = MasterDataDocument.Partner(key: "p-1")
        record.phone = "040 1"
        #expect(try await Fixture.write([record], pool: pool).updated == 1)
        let partner = try #require(try await GetPartner(pool: pool)("p-1")).partner
        #expect(partner.phone == "040 1" && partner.name.family == "Großmann" && partner.address?.street == "Großflecken")
        let before = try await pool.with { connection in
            try connection.one(
                "SELECT before->>'phone' || ' ' || changed_by FROM master_data_history WHERE table_name = 'partner'", as: String.self)
        }
        #expect(before == "+49 4321 9876-54 test")
    }

    @Test func `every problem is named, and nothing is written`() async throws {
        try await Fixture.points(1, pool: pool)
        var foreign = Fixture.partner("p-9", "A", "B")
        foreign.number = PrintedNumber(.partner, serial: 99)
        let refusal = await #expect(throws: MasterDataRefusal.self) {
            try await Fixture.write(
                [Fixture.partner("p-1", "A", "B"), MasterDataDocument.Partner(key: "p-2"), foreign],
                [MasterDataDocument.Account(key: "a-1", partner: "nobody"), MasterDataDocument.Account(key: "a-2")], pool: pool)
        }
        #expect(
            Set(refusal?.problems.map(\.path) ?? []) == [
                "/partners/1/name", "/partners/2/number", "/accounts/0/partner", "/accounts/1/partner",
            ])
        #expect(try await FindPartners(pool: pool)("").hits.isEmpty)
    }

    @Test func `a contract needs an account, a point and a tariff that exist`() async throws {
        try await Fixture.points(1, pool: pool)
        let refusal = await #expect(throws: MasterDataRefusal.self) {
            try await Fixture.write(
                [Fixture.partner("p-1", "A", "B")], [MasterDataDocument.Account(key: "a-1", partner: "p-1")],
                [
                    Fixture.contract("c-1", "a-x", "P-1", from: Day(2025, 1, 1)),
                    Fixture.contract("c-2", "a-1", "P-x", from: Day(2025, 1, 1)),
                    Fixture.contract("c-3", "a-1", "P-1", from: Day(2025, 1, 1), tariff: nil),
                    Fixture.contract("c-4", "a-1", "P-1", from: Day(2025, 1, 1), until: Day(2025, 1, 1)),
                ], pool: pool)
        }
        #expect(
            refusal?.problems.map(\.path) == [
                "/contracts/0/account", "/contracts/1/meteringPoint", "/contracts/2/tariff", "/contracts/3/until",
            ])
    }

    @Test(arguments: ["weekly", "annual-13", "annual-1", "Monthly", "", "final"])
    func `a contract of a cycle that no run knows is refused, with the cycles there are`(cycle: String) async throws {
        try await Fixture.points(1, pool: pool)
        var odd = Fixture.contract("c-1", "a-1", "P-1", from: Day(2025, 1, 1))
        odd.cycle = cycle
        let contract = odd
        let refusal = await #expect(throws: MasterDataRefusal.self) {
            try await Fixture.write(
                [Fixture.partner("p-1", "A", "B")], [MasterDataDocument.Account(key: "a-1", partner: "p-1")], [contract], pool: pool)
        }
        #expect(refusal?.problems.map(\.path) == ["/contracts/0/cycle"] && refusal?.problems.first?.code == "unknown-cycle")
        #expect(refusal?.problems.first?.message.contains("annual-01 … annual-12, or monthly") == true)
    }

    @Test func `new terms hold from their day on, and the terms before stay`() async throws {
        try await Fixture.town(pool: pool)
        try await Fixture.write([], [], [Fixture.contract("c-1", nil, nil, from: Day(2025, 7, 1), tariff: "electricity/twin")], pool: pool)
        let contracts = try #require(try await GetPartner(pool: pool)("p-1")).contracts
        #expect(contracts.map(\.tariff) == ["electricity/basis", "electricity/twin"])
        #expect(contracts.map(\.valid) == [DayRange(from: Day(2025, 1, 1), until: Day(2025, 7, 1)), DayRange(from: Day(2025, 7, 1))])
        #expect(Set(contracts.map(\.number)).count == 1)
        #expect(contracts[1].attributes == ["usage": "household"])
    }

    @Test func `a customer moves out and another moves in, in one document`() async throws {
        try await Fixture.town(pool: pool)
        try await Fixture.write(
            [], [],
            [
                Fixture.contract("c-9", "a-2", "P-1", from: Day(2025, 9, 1)),
                Fixture.contract("c-1", nil, nil, from: Day(2025, 1, 1), until: Day(2025, 9, 1)),
            ], pool: pool)
        #expect(try #require(try await GetPartner(pool: pool)("p-1")).contracts[0].valid.until == Day(2025, 9, 1))
        #expect(try #require(try await GetPartner(pool: pool)("p-2")).contracts.count == 2)
    }

    @Test func `nobody is supplied twice at one point on one day`() async throws {
        try await Fixture.town(pool: pool)
        let refusal = await #expect(throws: MasterDataRefusal.self) {
            try await Fixture.write([], [], [Fixture.contract("c-9", "a-2", "P-1", from: Day(2025, 9, 1))], pool: pool)
        }
        #expect(refusal?.problems.map(\.code) == ["conflict"])
    }
}

@Suite(.database) struct `Finding a partner` {
    private let pool = TestDatabase.current.pool

    private func find(_ text: String) async throws -> [String] {
        try await FindPartners(pool: pool)(text).hits.map { "\($0.partner.key) \($0.match.rawValue)" }
    }

    @Test(arguments: [
        ("Großmann", ["p-1 name"]), ("grossmann", ["p-1 name"]), ("GROSZMANN", ["p-1 similar"]), ("Müller", ["p-2 name", "p-3 name"]),
        ("mueller", ["p-2 name", "p-3 name"]), ("Müller Anna", ["p-2 name"]), ("Hauptstr. 12a", ["p-2 name"]),
        ("Grosmann", ["p-1 similar"]),
        ("Bäckerei", ["p-4 name"]), ("baeckerei schuett", ["p-4 name"]), ("Bäkerei", ["p-4 similar"]), ("a-2", ["p-2 account"]),
        ("c-4", ["p-4 contract"]),
        ("1ESY1160000002", ["p-2 meter"]), ("60000003", ["p-4 meter"]), ("P-1", ["p-1 metering-point"]), ("04321 98", ["p-1 phone"]),
        ("+49 4321 9876", ["p-1 phone"]), ("juergen.grossmann@EXAMPLE.org", ["p-1 email", "p-1 name"]),
        ("DE02 1203 0000 0000 2020 51", ["p-1 account"]),
        ("'; DROP TABLE partner; --", ["p-5 name"]), ("%", ["all"]), ("xyzxyzxyz", []),
    ])
    func `by what they say`(text: String, expected: [String]) async throws {
        try await Fixture.town(pool: pool)
        let found = try await find(text)
        if expected == ["all"] { #expect(found.count == 5) } else { #expect(found == expected, "\(text)") }
    }

    @Test func `by our own numbers, whole or begun`() async throws {
        try await Fixture.town(pool: pool)
        let overview = try #require(try await GetPartner(pool: pool)("p-2"))
        let number = try #require(overview.partner.number).description
        #expect(try await find(number) == ["p-2 number"])
        #expect(try await find(number.lowercased()) == ["p-2 number"])
        #expect(try await find("GP-10000").count == 5)
        #expect(try await find(overview.accounts[0].number.description) == ["p-2 account"])
        #expect(try await find(overview.contracts[0].number.description) == ["p-2 contract"])
    }

    @Test func `pages meet and end`() async throws {
        try await Fixture.write(
            (1...23).map { Fixture.partner("p-\($0)", "Vorname\($0)", $0 % 2 == 0 ? "Muster" : "Beispiel") }, pool: pool)
        var seen: [String] = []
        var cursor: PartnerCursor?
        repeat {
            let page = try await FindPartners(pool: pool)("Hauptstraße", after: cursor, limit: 5)
            seen += page.hits.map(\.partner.key)
            cursor = page.next
        } while cursor != nil
        #expect(seen.count == 23 && Set(seen).count == 23)
    }

    @Test func `a wall of text costs nothing`() async throws {
        try await Fixture.town(pool: pool)
        #expect(try await find(String(repeating: "müller 12 ", count: 10_000)).isEmpty == false)
    }
}
