import TariffFiles
import Tariffs
import Testing
import Values

/// A file that is right; each test breaks one thing.
private let path = "electricity/basis/2025-07-01.yaml"
private func bytes(_ replace: String? = nil, _ with: String = "") throws -> [UInt8] {
    var text = try Folder.text(path)
    if let replace {
        #expect(text.contains(replace), "the file has changed; mend the test")
        text = text.replacing(replace, with: with)
    }
    return Array(text.utf8)
}
private func fault(_ replace: String, _ with: String) throws -> TariffFileError? {
    do {
        _ = try TariffFile(parsing: try bytes(replace, with), path: path)
        return nil
    } catch let error as TariffFileError { return error }
}

@Suite struct `A tariff file` {
    @Test func `is read as it is written`() throws {
        guard case .tariff(let version) = try TariffFile(parsing: try bytes(), path: path) else { Issue.record("no tariff"); return }
        #expect(version.path == path)
        #expect(version.supersedes == day("2025-01-01"))
        #expect(version.component("gp")?.charge == .fixed(Price(hundredMillionths: 12_600_000_000, time: .year)))
        #expect(version.component("ap")?.charge == .energy(.total, ctPrice("28.74")))
        #expect(version.breakdown.count == 8)
        #expect(version.rules == RatingRules())
    }

    // Each line: what is replaced, by what, and a word of the answer.
    @Test(arguments: [
        ("price: \"28.7400\"", "price: 28.7400", "not in quotes"),
        ("price: \"28.7400\"", "price: \"28,74\"", "is no price"),
        ("price: \"28.7400\"", "price: \"9000000000000\"", "beyond all measure"),
        ("ET: \"1750.5\"", "ET: \"9000000000000\"", "beyond all measure"),
        ("price: \"28.7400\"", "price: \"28.7400001\"", "is no price"),
        ("price: \"28.7400\"", "preis: \"28.7400\"", "unknown key"),
        ("price: \"28.7400\"", "price: \"1\", price: \"2\"", "twice"),
        ("unit: ct/kWh", "unit: EUR/kWh", "ct/kWh"),
        ("register: ET", "register: XT", "known word"),
        ("per: year", "per: decade", "known word"),
        ("type: fixed", "type: free", "known word"),
        ("currency: EUR", "currency: USD", "only `EUR`"),
        ("prices: net", "prices: brutto", "known word"),
        ("version: 2025-07-01", "version: 2025-08-01", "says it is"),
        ("version: 2025-07-01", "version: 2025-02-30", "is no day"),
        ("id: basis", "id: Basis", "is no tariff id"),
        ("commodity: electricity", "commodity: steam", "known word"),
        ("status: published", "status: &a published", "anchors"),
        ("status: published", "status: !!str published", "anchors"),
        ("supersedes: 2025-01-01", "supersedes: [a]", "expected a text"),
        ("schema: tariff/1", "schema: tariff/2", "this program reads"),
        ("id: gp", "id: ap", "occurs twice"),
        ("components:", "components: {", "YAML"),
        ("mode: half_up", "mode: bankers", "known word"),
        ("quantity: \"3\"", "quantity: \"9\"", "decimals"),
        ("examples:", "beispiele:", "unknown key"),
    ])
    func `says what is wrong with it`(replace: String, with: String, word: String) throws {
        let error = try #require(try fault(replace, with))
        // YAML's own words for a broken bracket are its own.
        if word != "YAML" { #expect(error.description.contains(word), "\(error)") }
        #expect(error.path == path)
        #expect(error.line > 0)
        #expect(!error.mend.isEmpty)
    }

    // Numbers that fit one by one, and not together: the file is refused, nothing traps.
    @Test func `is refused when its numbers leave their range together`() throws {
        let heat = "heat/index/2026-01-01.yaml"
        for (old, new) in [("weight: \"0.45\"", "weight: \"90000000000\""), ("weight: \"0.20\"", "weight: \"0.9\"")] {
            let text = try Folder.text(heat)
            #expect(text.contains(old))
            #expect { try TariffFile(parsing: Array(text.replacing(old, with: new).utf8), path: heat) } throws: {
                ($0 as? TariffFileError)?.message.contains("weights") == true
            }
        }
        let twin = "electricity/twin/2025-07-01.yaml"
        var sources = try Folder.sources()
        let place = try #require(sources.firstIndex { $0.path == twin })
        let text = try Folder.text(twin).replacing(
            "quantities: {HT: \"1300\", NT: \"700\"}", with: "quantities: {HT: \"99999999999\", NT: \"99999999999\"}")
        sources[place] = .init(path: twin, bytes: Array(text.utf8), hash: "other")
        #expect(!TariffFolder(sources).errors.isEmpty)
    }

    @Test(arguments: ["-92233720368547.75808", "92233720368547.75807", "-9223372036854775808"])
    func `of spot prices is refused where a price is beyond all measure`(price: String) throws {
        let spot = "_series/spot-beispiel-2025-09.csv"
        let text = try Folder.text(spot).replacing("96.50", with: price)
        #expect(throws: TariffFileError.self) { try TariffFile(parsing: Array(text.utf8), path: spot) }
    }

    @Test func `names line, column and key of the fault`() throws {
        let error = try #require(try fault("price: \"28.7400\"", "price: 28.7400"))
        let line = try Folder.text(path).split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("28.7400") }
        #expect(error.line == (line ?? 0) + 1)
        #expect(error.column > 1)
        #expect(error.key == "components[0].price")
        #expect(error.mend == "Write \"28.7400\".")
    }

    @Test func `is refused when its example does not come out`() throws {
        var sources = try Folder.sources()
        let place = try #require(sources.firstIndex { $0.path == path })
        sources[place] = .init(path: path, bytes: try bytes("price: \"28.7400\"", "price: \"28.7500\""), hash: "other")
        let errors = TariffFolder(sources).errors
        #expect(errors.contains { $0.key == "examples[0].expect.ap" && $0.message.contains("computed") })
    }

    @Test func `is refused when its series does not exist`() throws {
        let errors = TariffFolder(try Folder.sources().filter { $0.path != "_series/de-gas.yaml" }).errors
        #expect(errors.contains { $0.message.contains("de-gas/co2") })
    }

    @Test(arguments: [
        "", "\u{FEFF}", "- 1", "a: *b", "a: &x 1\nb: *x", "? [a]\n: b", "kind: tariff", "kind: unknown", "{{{{", "\t", "kind: [",
        "--- a\n--- b",
    ])
    func `never traps, whatever it says`(text: String) {
        #expect(throws: TariffFileError.self) { try TariffFile(parsing: Array(text.utf8), path: "x.yaml") }
    }

    @Test func `never traps on broken bytes`() throws {
        let whole = try bytes()
        for seed in 0..<300 as Range<UInt64> {
            var generator = Seeded(seed)
            var broken = whole
            for _ in 0..<3 { broken[Int.random(in: broken.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
            if seed.isMultiple(of: 3) { broken.removeLast(Int.random(in: 0..<broken.count, using: &generator)) }
            _ = try? TariffFile(parsing: broken, path: path)
        }
    }

    @Test(arguments: [
        String(repeating: "[", count: 100_000), String(repeating: "- ", count: 5_000), String(repeating: "a", count: 300_000),
        "a: \"\u{1}\"",
    ])
    func `of a hostile shape is refused early`(text: String) {
        #expect(throws: TariffFileError.self) { try TariffFile(parsing: Array(text.utf8), path: "x.yaml") }
    }
}

@Suite struct `A series file` {
    private func read(_ values: String) throws -> TariffFile {
        let text = "schema: series/1\nkind: series\nid: s\nunit: ct/kWh\nseries:\n  x:\n    label: {de: x, en: x}\n    values: \(values)\n"
        return try TariffFile(parsing: Array(text.utf8), path: "_series/s.yaml")
    }

    @Test func `holds a value until the next begins, or until its end`() throws {
        let file = try read("[{from: 2024-01-01, value: \"1\", source: a}, {from: 2025-01-01, to: 2025-07-01, value: \"2\", source: b}]")
        guard case .series(let list, _) = file else { Issue.record("no series"); return }
        #expect(list[0].price(on: day("2024-12-31")) == ctPrice("1"))
        #expect(list[0].price(on: day("2025-06-30")) == ctPrice("2"))
        #expect(list[0].price(on: day("2025-07-01")) == nil)
        #expect(list[0].price(on: day("2023-12-31")) == nil)
    }
    @Test(arguments: [
        "[{from: 2024-01-01, value: \"1\"}]", "[{from: 2024-01-01, value: 1, source: a}]",
        "[{from: 2024-01-01, value: \"1\", source: a}, {from: 2024-01-01, value: \"2\", source: a}]",
        "[{from: 2024-01-01, to: 2024-06-01, value: \"1\", source: a}, {from: 2024-05-01, value: \"2\", source: a}]",
        "[{from: 2024-01-01, to: 2024-01-01, value: \"1\", source: a}]",
    ])
    func `refuses values without source, quotes or order`(values: String) {
        #expect(throws: TariffFileError.self) { try read(values) }
    }
}
