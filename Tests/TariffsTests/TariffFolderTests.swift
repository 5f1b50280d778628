import TariffFiles
import Tariffs
import Testing
import Values

@Suite struct `The tariffs of this repository` {
    let folder: TariffFolder
    init() throws { folder = TariffFolder(try Folder.sources()) }

    @Test func `are without a fault, and each example comes out`() {
        #expect(folder.errors.map(\.description) == [])
        #expect(folder.versions.allSatisfy { !$0.version.examples.isEmpty })
    }

    @Test(arguments: ["electricity/basis", "electricity/twin", "gas/basis", "water/basis", "heat/basis"])
    func `hold from 2024 on without a gap`(name: String) throws {
        let key = try #require(TariffKey(name))
        let chain = try #require(folder.catalog.chains[key])
        #expect(chain.timeline.gaps(in: DayRange(from: Day(2024, 1, 1))).isEmpty)
        #expect(chain.timeline.entries.count >= 2)
        #expect(chain.timeline.entries.last?.range.until == nil)
    }

    @Test(arguments: ["electricity/basis", "electricity/twin", "gas/basis", "heat/basis"])
    func `change once within 2025`(name: String) throws {
        let key = try #require(TariffKey(name))
        let chain = try #require(folder.catalog.chains[key])
        #expect(chain.timeline.changes(in: .year(2025)).count == 1)
    }

    @Test func `contain less levy than they charge`() throws {
        for published in folder.versions where published.version.commodity == .electricity {
            let version = published.version
            let levies = version.breakdown.compactMap { folder.catalog.prices.series[$0.series]?.price(on: version.from) }.reduce(.zero, +)
            for component in version.components {
                if case .energy(_, let price) = component.charge { #expect(levies < price, "\(version.path) \(component.id)") }
            }
        }
    }

    // 0.907 instead of 0.8163 ct/kWh was 11 % too much at another utility: compare with what is published (reference 7).
    @Test(arguments: [("2024-05-01", "0.8163"), ("2025-05-01", "0.998")])
    func `carry the published CO2 price of gas`(on: String, cents: String) throws {
        let series = try #require(folder.catalog.prices.series[SeriesKey(set: "de-gas", name: "co2")])
        #expect(series.price(on: day(on)) == ctPrice(cents))
    }

    @Test func `name a supplier`() { #expect(folder.catalog.supplier?.iban == "DE02120300000000202051") }

    @Test func `come in any order`() throws {
        var generator = Seeded(7)
        let shuffled = TariffFolder(try Folder.sources().shuffled(using: &generator))
        #expect(shuffled.catalog == folder.catalog)
    }
}

@Suite struct `A chain of versions` {
    private func version(_ from: String, after: String?) -> PublishedTariff {
        let key = TariffKey("electricity/x")
        return PublishedTariff(
            version: TariffVersion(
                key: key ?? Folder.anyKey, from: day(from), supersedes: after.map(day), title: Label(de: "x", en: "x"), status: .published,
                components: []),
            hash: from)
    }

    @Test func `holds each version until the next begins`() throws {
        let chain = try TariffChain([version("2025-07-01", after: "2025-01-01"), version("2025-01-01", after: nil)])
        #expect(chain.timeline[day("2025-06-30")]?.hash == "2025-01-01")
        #expect(chain.timeline[day("2025-07-01")]?.hash == "2025-07-01")
    }
    @Test func `refuses a version that skips its predecessor`() {
        #expect(throws: TariffChain.Problem.self) {
            try TariffChain([
                version("2025-01-01", after: nil), version("2025-07-01", after: "2025-01-01"), version("2026-01-01", after: "2025-01-01"),
            ])
        }
    }
    @Test func `refuses two versions of one day`() {
        #expect(throws: TariffChain.Problem.self) {
            try TariffChain([version("2025-01-01", after: nil), version("2025-01-01", after: nil)])
        }
    }
    @Test func `refuses a first version that follows something`() {
        #expect(throws: TariffChain.Problem.self) { try TariffChain([version("2025-01-01", after: "2024-01-01")]) }
    }
    @Test func `refuses nothing`() { #expect(throws: TariffChain.Problem.empty) { try TariffChain([]) } }
}

extension Folder {
    static var anyKey: TariffKey { TariffKey(commodity: .electricity, id: "x") ?? preconditionKey() }
    private static func preconditionKey() -> TariffKey { preconditionFailure("x is an id") }
}
