import AccessOperations
import BillingOperations
import Cockpit
import Digests
import JSON
import LedgerOperations
import Logging
import MasterDataFormat
import MeteringOperations
import PartnerOperations
import Postgres
import REST
import ReadingFormats
import TestKit
import Values
import Web

/// A town of two customers with all pages over a real database: one with a harmless name, one whose name attacks.
struct CockpitWorld: Sendable {
    static let now = Instant(seconds: 1_774_900_800)  // 30 March 2026
    static let today = LocalTime.berlin.day(of: now)
    static let hostile = "<script>alert('x')</script>'; DROP TABLE partner;--"
    let pool: Pool
    let site: Site
    let authenticate: Authenticate

    init() async throws {
        pool = TestDatabase.current.pool
        authenticate = Authenticate(pool: pool)
        var logger = Logger(label: "cockpit")
        logger.logLevel = .critical
        var site = Site(gatekeeper: Gatekeeper(authenticate), logger: logger, clock: { CockpitWorld.now })
        CockpitInterface(pool: pool, authenticate: authenticate, directory: MeterDirectory()).add(to: &site)
        RESTInterface(pool: pool, directory: MeterDirectory(), version: "test").add(to: &site)
        self.site = site
    }

    /// Customers, meters, a year of readings, tariffs.
    func fill() async throws {
        let points = ["P-1", "P-2"].enumerated().map { index, code in
            #"""
            {"code": "\#(code)", "commodity": "electricity", "state": "SH", "address": {"street": "Hauptstraße", "house": "\#(index + 1)", "postcode": "24534", "city": "Neumünster"},
             "meters": [{"serial": "1ESY116000000\#(index)", "from": "2024-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6, "decimals": 1}]}]}
            """#
        }
        let json = #"""
            {"partners": [
              {"key": "p1", "name": {"given": "Erika", "family": "Muster"}, "kind": "person", "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}, "phone": "04321 12345"},
              {"key": "p2", "name": {"given": "Max", "family": "\#(CockpitWorld.hostile)"}, "kind": "person", "address": {"street": "<b>Weg</b>", "house": "2", "postcode": "24534", "city": "\"Stadt\""}, "email": "x@y.example"}],
             "accounts": [{"key": "a1", "partner": "p1"}, {"key": "a2", "partner": "p2"}],
             "meteringPoints": [\#(points.joined(separator: ","))],
             "contracts": [
              {"key": "c1", "account": "a1", "meteringPoint": "P-1", "tariff": "electricity/basis", "from": "2024-01-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster"}},
              {"key": "c2", "account": "a2", "meteringPoint": "P-2", "tariff": "electricity/basis", "from": "2024-01-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster"}}]}
            """#
        _ = try await ImportMasterData(pool: pool)(MasterDataDocument(json: Array(json.utf8)), author: "test", now: CockpitWorld.now)
        let registers = (0..<2).flatMap { meter in
            [("2024-01-01T00:00:00+01:00", "1000"), ("2025-01-01T00:00:00+01:00", "4000"), ("2026-01-01T00:00:00+01:00", "7210.5")].map {
                at, value in
                #"{"meter":"1ESY116000000\#(meter)","obis":"1-0:1.8.0","at":"\#(at)","value":"\#(value)","unit":"kWh","status":"measured"}"#
            } + [
                #"{"meter":"1ESY116000000\#(meter)","obis":"1-0:1.8.0","at":"2026-02-01T00:00:00+01:00","value":"7000","unit":"kWh","status":"measured"}"#
            ]
        }
        let body = Array(#"{"messageId":"<i>m1</i>","source":"gw","registers":[\#(registers.joined(separator: ","))]}"#.utf8)
        let ingest = IngestReadings(pool: pool, directory: MeterDirectory())
        _ = try await ingest(JSONReadings.parse(body), body: body, format: "json", now: CockpitWorld.now)
    }

    /// A channel behind 43 kW, of which one quarter hour of 60 kWh is rejected.
    func rejection() async throws -> FindingRecord {
        let json = #"""
            {"meteringPoints": [{"code": "P-9", "commodity": "electricity", "capacity": {"value": "43", "unit": "kW"}, "meters": [
                {"serial": "1ESY1160000009", "from": "2026-01-01", "registers": [{"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}]}]}]}
            """#
        _ = try await ImportMasterData(pool: pool)(MasterDataDocument(json: Array(json.utf8)), author: "test", now: CockpitWorld.now)
        let values = (0..<96).map { $0 == 40 ? "\"60\"" : "\"0.5\"" }.joined(separator: ",")
        let body = Array(
            #"{"messageId":"r1","source":"gw","intervals":[{"meter":"1ESY1160000009","obis":"1-0:1.29.0","start":"2026-03-01T00:00:00+01:00","resolution":"PT15M","unit":"kWh","status":"measured","values":[\#(values)]}]}"#
                .utf8)
        _ = try await IngestReadings(pool: pool, directory: MeterDirectory())(
            JSONReadings.parse(body), body: body, format: "json", now: CockpitWorld.now)
        guard let found = try await ListFindings(pool: pool)(.init(rule: "physical-ceiling")).items.first else { throw Problem(.notFound) }
        return found
    }

    /// The first customer's contract ends with June 2025; the meter counts on.
    func moveOut() async throws {
        let json =
            #"{"contracts": [{"key": "c1", "account": "a1", "meteringPoint": "P-1", "tariff": "electricity/basis", "from": "2024-01-01", "until": "2025-07-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster"}}]}"#
        _ = try await ImportMasterData(pool: pool)(MasterDataDocument(json: Array(json.utf8)), author: "test", now: CockpitWorld.now)
    }

    /// Publishes the tariffs of the repository.
    func publish() async throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        try await PublishTariffs(pool: pool)(
            TariffSources.read(folder: root + "/Tariffs"), author: "test", today: CockpitWorld.today, now: CockpitWorld.now)
    }

    /// Publishes the tariffs of this package and bills 2025.
    func bill() async throws -> [InvoiceRecord] {
        try await publish()
        _ = try await RunBilling(pool: pool)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: "test", today: CockpitWorld.today, now: CockpitWorld.now)
        return try await ListInvoices(pool: pool)().invoices
    }

    /// Somebody who has signed in with a password of their own; the browser's cookie and token.
    func person(_ role: Role) async throws -> Browser {
        let login = "\(role.rawValue)-person"
        let users = ManageUsers(pool: pool)
        let once = try await users.create(login: login, name: "Frau \(role.rawValue)", roles: [role], by: "test", now: CockpitWorld.now)
        let password = "a sentence for \(role.hashValue)"
        try await users.changePassword(login: login, from: once, to: password, now: CockpitWorld.now)
        let signedIn = try await authenticate.signIn(login: login, password: password, address: "127.0.0.1", now: CockpitWorld.now)
        guard case .session(_, let token) = signedIn.principal.means else { throw Problem(.internalError) }
        return Browser(
            site: site, cookie: "zaehlwerk=\(signedIn.session)", csrf: token, basic: Base64.encode(Array("\(login):\(password)".utf8)))
    }
}

/// Reads pages and sends forms as a browser does.
struct Browser: Sendable {
    let site: Site
    let cookie: String
    let csrf: String
    /// Login and password as a program sends them.
    var basic = ""

    /// What a program of the same person is told.
    func json(_ path: String) async throws -> JSONValue {
        try JSONValue(parsing: Array(await site.answer(Incoming(.get, path, headers: ["Authorization": "Basic \(basic)"])).text.utf8))
    }

    func open(_ path: String, language: String = "de") async -> WebResponse {
        await site.answer(Incoming(.get, path, headers: ["Cookie": "\(cookie); lang=\(language)"]))
    }

    func send(_ path: String, _ fields: KeyValuePairs<String, String>) async -> WebResponse {
        await post(path, fields.map { ($0.key, $0.value) })
    }

    func post(_ path: String, _ fields: [(String, String)]) async -> WebResponse {
        let body = (fields + [("csrf", csrf)]).map { "\($0)=\(PercentCoding.encode($1))" }.joined(separator: "&")
        return await site.answer(
            Incoming(
                .post, path,
                headers: [
                    "Cookie": "\(cookie); lang=de", "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin",
                ],
                body: Array(body.utf8)))
    }
}
