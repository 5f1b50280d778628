import Tariffs
import Testing
import Values

private let indexSet = PriceCatalog(
    series: {
        func monthly(_ name: String, from: Day, _ values: [Int64]) -> (SeriesKey, PriceSeries) {
            let key = SeriesKey(set: "index", name: name)
            let steps = values.enumerated().map {
                (from: from.adding(months: $0.offset), value: PriceSeries.Value(millionths: $0.element * 10_000, source: "test"))
            }
            return (key, PriceSeries(key: key, label: Label(de: name, en: name), unit: .index, values: Timeline(steps: steps)))
        }
        return Dictionary(uniqueKeysWithValues: [
            monthly("gas", from: Day(2024, 1, 1), (0..<30).map { 10_000 + Int64($0) * 100 }),
            monthly("wage", from: Day(2024, 1, 1), Array(repeating: 11_000, count: 30)),
            monthly("gas2015", from: Day(2020, 1, 1), Array(repeating: 12_500, count: 60)),
        ])
    }())

private func price(
    _ formula: String, kind: IndexedPrice.Index.Kind = .fuel, months: Int = 1, lag: Int = 0, links: [IndexedPrice.Index.Link] = [],
    from: Day = Day(2025, 1, 1)
)
    throws -> Indexation
{
    let indexed = IndexedPrice(
        basis: .energy(.total), price: Price(ctPrice("10")), formula: try Formula(parsing: formula),
        indices: [
            .init(
                name: "G", series: SeriesKey(set: "index", name: "gas"), kind: kind, base: 100_000_000, months: months, lag: lag, places: 2,
                links: links),
            .init(name: "L", series: SeriesKey(set: "index", name: "wage"), kind: .cost, base: 100_000_000, months: 1, lag: 0, places: 2),
        ], adjustedIn: [1, 7], places: 4)
    let version = TariffVersion(
        key: Folder.anyKey, from: from, supersedes: nil, title: Label(de: "x", en: "x"), status: .published,
        components: [
            PriceComponent(id: "x", label: Label(de: "x", en: "x"), service: .heat, tax: .standard, charge: .indexed(indexed))
        ])
    let explanation = try version.explain(
        version.components[0], span: range("2025-03-01", "2025-07-01"), basis: RatingBasis(), attributes: [:], prices: indexSet)
    guard case .indexed(let indexation, _)? = explanation else { throw Overflow() }
    return indexation
}

@Suite struct `A price formula` {
    // The price of March is that of January: G is 112, L 110.
    @Test(arguments: [
        ("P0 * (0.4 * L / L0 + 0.6 * G / G0)", "11.12"), ("P0 × (0,4)", nil), ("P0 × (0.5 + 0.5 × G ÷ G0)", "10.6"), ("P0 − 1", "9.00"),
        ("round(P0 * G / 3, 1)", "373.30"), ("min(P0, G, 3)", "3.00"), ("max(P0, 2 * 3 + 1)", "10.00"), ("-(P0 - 12)", "2.00"),
        ("P0 / (G - 112)", nil), ("P0 * X", nil), ("avg(G, 12, 1)", "105.50"), ("avg(G, 12, 3)", nil), ("2 + 3 * 4 - 6 / 2", "11.00"),
    ])
    func `computes what a contract prints`(text: String, expected: String?) throws {
        if let expected {
            #expect(try price(text).price == Price(ctPrice(expected)))
        } else {
            #expect(throws: (any Error).self) { try price(text) }
        }
    }

    @Test func `averages over its window and rounds the average`() throws {
        // July to December 2024: 106 … 111, mean 108.5.
        #expect(try price("P0 * G / G0", months: 6, lag: 1).price == Price(ctPrice("10.85")))
    }

    @Test func `shows the fuel's share of a change by itself`() throws {
        // 10 × (0.4 × 1.1 + 0.6 × 1.12) = 11.12; with gas as it was: 10.40; so 0.72 of 1.12 ct are the fuel's.
        let indexation = try price("P0 * (0.4 * L / L0 + 0.6 * G / G0)")
        #expect(indexation.fuelChange == 720_000)
        #expect(indexation.setOn == Day(2025, 1, 1))
        let words = Explanation.indexed(indexation, .quantity(Measure(micro: 1_000_000, unit: .kilowattHour), indexation.price)).notes(
            .german)
        #expect(
            words.contains(
                "Änderung gegenüber dem Ausgangspreis P0 (10,00 ct/kWh): 1,12 ct/kWh, davon Brennstoff 0,72 ct/kWh (64,3 %)"))
        #expect(words.contains { $0.hasPrefix("G = 112, G0 = 100 (Brennstoff, ") })
        #expect(words[0].hasPrefix("Preisanpassung zum 01.01.2025: P0 * (0,4 * L / L0 + 0,6 * G / G0), P0 = 10,00 ct/kWh"))
    }

    @Test func `says of a share beyond the change that something else moved against it`() throws {
        // 10 × (0.6 × 1.12 − 0.55 × 1.1 + 0.95) = 10.17: gas alone would have made it 10.72.
        let indexation = try price("P0 * (0.6 * G / G0 - 0.55 * L / L0 + 0.95)")
        let words = Explanation.indexed(indexation, .quantity(Measure(micro: 1_000_000, unit: .kilowattHour), indexation.price)).notes(
            .german)
        #expect(
            words.contains {
                $0.hasSuffix(": 0,17 ct/kWh, davon Brennstoff 0,72 ct/kWh (423,5 %; anderes wirkte dem entgegen)")
            })
    }

    @Test func `measures a change from the price before, and calls what is measured from P0 so`() throws {
        // Set in January 2025 (G 112) and in July 2024 (G 106): 11.12 after 10.76, all of it the fuel's.
        let formula = "P0 * (0.4 * L / L0 + 0.6 * G / G0)"
        let indexation = try price(formula, from: Day(2024, 1, 1))
        let earlier = try #require(indexation.earlier)
        #expect((earlier.setOn, earlier.price, earlier.fuelChange) == (Day(2024, 7, 1), Price(ctPrice("10.76")), 360_000))
        let line = Explanation.indexed(indexation, .quantity(Measure(micro: 1_000_000, unit: .kilowattHour), indexation.price))
        #expect(
            line.notes(.german).last
                == "Änderung gegenüber dem Preis ab 01.07.2024 (10,76 ct/kWh): 0,36 ct/kWh, davon Brennstoff 0,36 ct/kWh (100,0 %)")
        #expect(
            line.notes(.english).last
                == "Change from the price as of 1 Jul 2024 (10.76 ct/kWh): 0.36 ct/kWh, of which fuel 0.36 ct/kWh (100.0 %)")
        // The clause itself is new, and before July nothing of it was charged; nor where the indices of then are not known.
        #expect(try price(formula, from: Day(2025, 1, 1)).earlier == nil)
        #expect(try price("P0 * G / G0", months: 6, lag: 1, from: Day(2024, 1, 1)).earlier?.price == Price(ctPrice("10.25")))
        #expect(try price("P0 * G / G0", months: 7, lag: 1, from: Day(2023, 1, 1)).earlier == nil)
        // Two lines at one price say the same, whatever was known of the time before: a correction takes none of them back.
        #expect(try indexation == price(formula))
    }

    @Test func `names the months that an index is the mean of`() throws {
        let indexation = try price("P0 * G / G0", months: 6, lag: 1)
        let gas = try #require(indexation.values.first { $0.name == "G" })
        #expect((gas.months.first?.first, gas.months.last?.first) == (Day(2024, 7, 1), Day(2024, 12, 1)))
        #expect(gas.months.map(\.value).reduce(0, +) / 6 == gas.value)
        let explanation = Explanation.indexed(indexation, .quantity(Measure(micro: 1_000_000, unit: .kilowattHour), indexation.price))
        #expect(explanation.notes(.german).contains { $0.contains("Mittel 07/2024 bis 12/2024") })
        #expect(explanation.sources(.german).contains { $0.hasPrefix("G: 07/2024 106; 08/2024 107") })
    }

    @Test func `speaks for its own period: the last one does not run on, and a hole is not filled by what stands before it`() {
        func series(_ froms: [Day]) -> PriceSeries {
            let steps = froms.enumerated().map {
                (from: $0.element, value: PriceSeries.Value(millionths: Int64($0.offset), source: "test"))
            }
            return PriceSeries(
                key: SeriesKey(set: "a", name: "b"), label: Label(de: "b", en: "b"), unit: .index, values: Timeline(steps: steps))
        }
        let monthly = series([Day(2026, 4, 1), Day(2026, 5, 1), Day(2026, 6, 1), Day(2026, 12, 1)])
        #expect(monthly.published(for: Day(2026, 3, 1)) == nil)
        #expect((4...6).map { monthly.published(for: Day(2026, $0, 1))?.millionths } == [0, 1, 2])
        #expect((7...11).allSatisfy { monthly.published(for: Day(2026, $0, 1)) == nil })
        #expect(monthly.published(for: Day(2026, 12, 31))?.millionths == 3 && monthly.published(for: Day(2027, 1, 1)) == nil)
        let quarterly = series([Day(2025, 7, 1), Day(2025, 10, 1), Day(2026, 1, 1)])
        #expect((1...4).map { quarterly.published(for: Day(2026, $0, 1))?.millionths } == [2, 2, 2, nil])
    }

    @Test func `goes on with an index that got a new base`() throws {
        // Until February 2025 the edition of 2015 speaks: 125 × 0.8 = 100.
        let link = IndexedPrice.Index.Link(
            series: SeriesKey(set: "index", name: "gas2015"), until: Day(2025, 2, 1), factor: Ratio(millionths: 800_000))
        #expect(throws: RatingProblem.missingPrice(SeriesKey(set: "index", name: "gas2015"), Day(2025, 1, 1))) {
            try price("P0 * G / G0", links: [link])
        }
        #expect(try price("P0 * G / G0", lag: 2, links: [link]).price == Price(ctPrice("10.00")))
    }

    @Test(arguments: [
        "", "P0 *", "(P0", "P0)", "P0 P0", "1.2.3", "sin(1)", "avg(1, 2, 3)", "avg(G, 0, 1)", "round(P0, 9)", "a;b", "P0 ^ 2", "2 ** 3",
        String(repeating: "(", count: 200) + "1", String(repeating: "-", count: 200) + "1", String(repeating: "1+", count: 2_000) + "1",
    ])
    func `that is none is refused with its place`(text: String) {
        #expect(throws: Formula.Fault.self) { try Formula(parsing: text) }
    }

    @Test func `never traps on numbers that are too large`() {
        for text in [
            "999999999999 * 999999999999 * 999999999999 * 999999999999", "1 / 0.000001 / 0.000001 / 0.000001 / 0.000001",
            "-9000000000000 - 9000000000000",
        ] {
            _ = try? price(text)
        }
    }
}
