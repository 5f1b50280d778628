import MasterDataFormat
import Testing
import Values

private func read(_ text: String) throws(MasterDataRefusal) -> MasterDataDocument { try MasterDataDocument(json: Array(text.utf8)) }

private let contract = #"""
    {"partners": [{"number": null, "key": "demo-1", "name": {"given": "Erika", "family": "Muster", "company": null}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}, "kind": "person", "born": "1970-01-01", "email": null, "phone": null, "electronicAddress": null, "vatId": null, "leitwegId": null}],
     "accounts": [{"key": "acc-1", "partner": "demo-1", "iban": null}],
     "meteringPoints": [{"code": "DE0001234567890000000000000000001", "commodity": "electricity", "state": "SH", "address": {"street": "Weg"}, "coordinates": {"lat": "54.07", "lon": "9.98"}, "capacity": {"value": "43", "unit": "kW"},
       "meters": [{"serial": "1ESY1160123456", "from": "2025-01-01", "until": null, "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6, "decimals": 1, "factor": "1"}, {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}]}]}],
     "contracts": [{"key": "con-1", "account": "acc-1", "meteringPoint": "DE0001234567890000000000000000001", "tariff": "electricity/basis", "from": "2025-01-01", "until": null, "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster"}}]}
    """#

@Suite struct `Master data documents` {
    @Test func `the contract's example is read`() throws {
        let document = try read(contract)
        #expect(document.partners.first?.family == "Muster")
        #expect(document.partners.first?.born == Day(1970, 1, 1))
        #expect(document.partners.first?.address?.city == "Neumünster")
        #expect(document.accounts.first?.partner == "demo-1")
        let point = try #require(document.meteringPoints.first)
        #expect(point.code.kind == .messlokation)
        #expect(point.capacity == Measure(micro: 43_000_000, unit: .kilowatt))
        #expect(point.coordinates?.latitudeMicro == 54_070_000)
        #expect(point.meters.first?.registers.map(\.digits) == [6, nil])
        #expect(point.meters.first?.registers.last?.resolution == .quarterHour)
        #expect(document.contracts.first?.attributes == ["usage": "household", "region": "neumuenster"])
    }

    @Test func `each list may be missing`() throws {
        #expect(try read("{}") == MasterDataDocument())
        #expect(try read(#"{"partners": null}"#) == MasterDataDocument())
        #expect(try read(#"{"partners": [{"key": "a"}]}"#).partners.first?.kind == nil)
    }

    @Test func `all problems are told at once, each with its place`() throws {
        let refusal = try #require(throws: MasterDataRefusal.self) {
            try read(
                #"""
                {"partner": [], "partners": [{"key": "a", "nmae": {}}, {"name": {"given": 5}}],
                 "accounts": [{"key": "b", "iban": "DE00"}],
                 "meteringPoints": [{"code": "12345678901", "commodity": "steam", "meters": [
                    {"serial": "S", "from": "2025-02-30", "registers": [{"obis": "1.8.0", "unit": "kWh", "digits": 13, "factor": "-1"}]},
                    {"serial": "S", "from": "2025-02-01", "until": "2025-02-01"}]}],
                 "contracts": [{"key": "c"}]}
                """#)
        }
        #expect(
            refusal.problems.map { "\($0.path) \($0.code)" } == [
                "/partner json-unknown-key", "/partners/0/nmae json-unknown-key", "/partners/1/key json-missing",
                "/accounts/0/iban json-mistyped",
                "/meteringPoints/0/code json-mistyped", "/meteringPoints/0/commodity json-mistyped",
                "/meteringPoints/0/meters/0/from json-mistyped",
                "/meteringPoints/0/meters/0/registers/0/obis json-mistyped", "/meteringPoints/0/meters/0/registers/0/digits json-mistyped",
                "/meteringPoints/0/meters/0/registers/0/factor json-mistyped", "/meteringPoints/0/meters/1/until json-mistyped",
                "/contracts/0/from json-missing",
            ])
    }

    @Test(arguments: [
        "", "[]", "7", #"{"partners": {}}"#, #"{"partners": [7]}"#, #"{"partners": [{"key": "a\u0000"}]}"#, #"{"partners": [{"key": ""}]}"#,
    ])
    func `what is no document is refused`(text: String) {
        #expect(throws: MasterDataRefusal.self) { try read(text) }
    }

    @Test func `a document of nothing but mistakes is answered briefly`() throws {
        let text = #"{"partners": [\#(Array(repeating: "{}", count: 5_000).joined(separator: ","))]}"#
        let refusal = try #require(throws: MasterDataRefusal.self) { try read(text) }
        #expect(refusal.problems.count == 200)
    }

    @Test func `it is recognised by its lists`() {
        #expect(MasterDataDocument.recognises(Array(contract.utf8)))
        #expect(MasterDataDocument.recognises(Array(#"{"contracts": []}"#.utf8)))
        #expect(!MasterDataDocument.recognises(Array(#"{"messageId": "m", "registers": []}"#.utf8)))
        #expect(!MasterDataDocument.recognises(Array("meter,obis".utf8)))
    }
}
