import Testing
import Values
import Web
@testable import Cockpit

@Suite struct `Numbers and days for people` {
    private let german = Format(language: .german)
    private let english = Format(language: .english)

    @Test(
        arguments: [
            (0, "0,00\u{A0}€", "€0.00"), (123_456, "1.234,56\u{A0}€", "€1,234.56"), (-5, "\u{2212}0,05\u{A0}€", "\u{2212}€0.05"),
            (100_000_000_00, "100.000.000,00\u{A0}€", "€100,000,000.00"),
        ] as [(Int64, String, String)])
    func `money keeps its currency on the same line`(cents: Int64, de: String, en: String) {
        #expect(german.money(Money(cents: cents)) == de)
        #expect(english.money(Money(cents: cents)) == en)
    }

    @Test func `days and periods are said with their last day`() {
        #expect(german.day(Day(2026, 3, 1)) == "01.03.2026")
        #expect(english.day(Day(2026, 12, 31)) == "31\u{A0}Dec\u{A0}2026")
        #expect(german.period(.year(2025)) == "01.01.2025\u{A0}– 31.12.2025")
        #expect(german.period(DayRange(from: Day(2025, 1, 1))) == "seit 01.01.2025")
        #expect(german.moment(Instant(seconds: 1_767_222_000)) == "01.01.2026,\u{A0}00:00")
    }

    @Test func `a quantity has no decimals for people and all of them on demand`() {
        let year = Measure(micro: 3_500_123_456, unit: .kilowattHour)
        #expect(german.measure(year) == "3.500\u{A0}kWh")
        #expect(german.exact(year) == "3.500,123456\u{A0}kWh")
        #expect(english.measure(Measure(micro: 25_000, unit: .kilowattHour)) == "0.025\u{A0}kWh")
        #expect(german.number(year) == "3.500")
        #expect(german.measure(Measure(micro: 84_000_000, unit: .cubicMetre)) == "84\u{A0}m³")
    }

    @Test func `a change is a sentence`() {
        #expect(german.change(from: 100, to: 107) == "7\u{A0}% mehr als im Vorjahr")
        #expect(german.change(from: 100, to: 93) == "7\u{A0}% weniger als im Vorjahr")
        #expect(english.change(from: 100, to: 100) == "as in the year before")
        #expect(german.change(from: 0, to: 5) == nil)
        #expect(german.change(from: .max, to: .max) == "wie im Vorjahr")
    }

    @Test func `an amount is read as the reader's language writes it, and a slip is no amount`() {
        let table: [(String, Language, Int64?)] = [
            ("123,45", .german, 12_345), ("1.234,56", .german, 123_456), ("1.234", .german, 123_400), ("1234.56", .german, 123_456),
            ("12,3", .german, 1_230), (" 5 € ", .german, 500), ("1.23,4", .german, nil), ("1,234,5", .german, nil), ("abc", .german, nil),
            ("", .german, nil),
            ("1,234.56", .english, 123_456), ("1234.5", .english, 123_450), ("12,34", .english, nil), ("1e3", .english, nil),
            ("0,001", .german, nil),
        ]
        for (text, language, cents) in table {
            #expect(AccountPage.amount(text, language: language)?.cents == cents, "\(text) in \(language)")
        }
    }

    @Test func `a file for spreadsheets runs nothing and keeps numbers numbers`() {
        var csv = CSVText(["Konto", "Text"], language: .german)
        csv.add(["=HYPERLINK(\"x\")", "@cmd", "a;b", "-12,50", "- Rabatt", csv.amount(Money(cents: -1_250))])
        #expect(csv.text == "\u{FEFF}Konto;Text\r\n\"'=HYPERLINK(\"\"x\"\")\";'@cmd;\"a;b\";\"-12,50\";'- Rabatt;\"-12,50\"\r\n")
        var english = CSVText([], language: .english)
        english.add([english.amount(Money(cents: 123_450))])
        #expect(english.text.hasSuffix("1234.50\r\n"))
    }

    @Test(arguments: ["https://evil.example", "//evil", "/\\evil", nil, "partners"]) func `after the sign-in one stays on this site`(
        path: String?
    ) {
        #expect(CockpitInterface.local(path) == "/")
    }
}

@Suite struct `A chart` {
    @Test func `has an axis that begins at zero and ends at a round number`() {
        let table: [(Int64, Int64, Int64)] = [
            (1, 1, 1), (7, 8, 2), (93, 100, 25), (100, 100, 25), (101, 150, 50), (3_500, 4_000, 1_000), (0, 1, 1),
            (999_999, 1_000_000, 250_000),
        ]
        for (largest, top, step) in table {
            let scale = Scale(holding: largest, height: 100)
            #expect(scale.top == top && scale.step == step, "\(largest): \(scale.top) by \(scale.step)")
            #expect(scale.lines.count <= 4 && scale.lines.last == scale.top)
        }
        #expect(Scale(holding: .max, height: 100).tenths(.max) <= 1_000)
        // A balance goes below zero: the line of zero stands between.
        let balance = Scale(holding: 60, above: -264, height: 100)
        #expect(balance.floor <= -264 && balance.top >= 60 && balance.lines.contains(0))
        #expect(balance.tenths(balance.floor) == 0 && balance.tenths(-264) < balance.tenths(0) && balance.tenths(balance.top) == 1_000)
        #expect(Scale(holding: .max, above: .min, height: 100).tenths(0) > 0)
    }

    @Test func `one contract far out does not press the others into one bar`() {
        let usual = (0..<20).map { Money(cents: Int64($0) * 100 - 900) }
        let steps = Histogram(title: "", counted: "", amounts: usual + [Money(cents: 400_000), Money(cents: -900_000)]).steps
        #expect(steps.first == Histogram.Step(from: nil, until: -1_000, count: 1))
        #expect(steps.last == Histogram.Step(from: 1_200, until: nil, count: 1))
        #expect(steps.reduce(0) { $0 + $1.count } == 22, "nobody is left out")
        #expect(steps.count > 8)
        #expect(steps.contains { $0.from == 0 }, "zero is an edge")
    }

    @Test func `where most change alike, every other contract still has its place`() {
        let steps = Histogram(title: "", counted: "", amounts: Array(repeating: Money(cents: 500), count: 30) + [Money(cents: 2_500)]).steps
        #expect(steps.allSatisfy { $0.from != nil && $0.until != nil })
        #expect(steps.reduce(0) { $0 + $1.count } == 31)
    }

    @Test func `of months draws what is known, hatches what is estimated, outlines the year before, and says it again as a table`() {
        let chart = BarChart(
            title: "Verbrauch <2026>", commodity: .electricity, unit: .kilowattHour,
            bars: [
                .init(label: "Jan", name: "Januar 2026", micro: 100_000_000, estimatedMicro: 25_000_000, beforeMicro: 80_000_000),
                .init(label: "Feb", name: "Februar 2026", micro: nil, estimatedMicro: 0, beforeMicro: nil),
            ])
        let html = chart.html(Format(language: .german), id: "c1").text
        #expect(
            html == """
                <figure class="chart"><svg viewBox="0 0 640 186" role="img" aria-labelledby="c1-t" class="electricity half">
                <title id="c1-t">Verbrauch &lt;2026&gt;</title><defs><pattern id="c1-h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/><rect class="hatch-line" width="2.5" height="6"/></pattern></defs><line class="grid" x1="84" x2="636" y1="124.5" y2="124.5"/><text class="tick scale" x="78" y="124.5" text-anchor="end" dominant-baseline="middle">25</text><line class="grid" x1="84" x2="636" y1="87" y2="87"/><text class="tick scale" x="78" y="87" text-anchor="end" dominant-baseline="middle">50</text><line class="grid" x1="84" x2="636" y1="49.5" y2="49.5"/><text class="tick scale" x="78" y="49.5" text-anchor="end" dominant-baseline="middle">75</text><line class="grid" x1="84" x2="636" y1="12" y2="12"/><text class="tick scale" x="78" y="12" text-anchor="end" dominant-baseline="middle">100\u{A0}kWh</text><line class="axis" x1="84" x2="636" y1="162" y2="162"/><g><title>Januar 2026: 100\u{A0}kWh (davon geschätzt 25\u{A0}kWh); Vorjahr 80\u{A0}kWh</title><rect class="before" x="140" y="42" width="170" height="120"/><rect class="bar" x="143" y="49.5" width="164" height="112.5"/><rect class="guessed" fill="url(#c1-h)" x="143" y="12" width="164" height="37.5"/><text class="tick foot" x="225" y="178" text-anchor="middle">Jan</text></g><g><title>Februar 2026: –</title><text class="tick foot" x="499" y="178" text-anchor="middle">Feb</text></g></svg><details class="behind"><summary>Als Tabelle</summary><table><caption class="hidden">Verbrauch &lt;2026&gt;</caption><thead><tr><th scope="col">Monat</th><th scope="col">Verbrauch</th><th scope="col">davon geschätzt</th><th scope="col">Vorjahr</th></tr></thead><tbody><tr><th scope="row">Januar 2026</th><td>100\u{A0}kWh</td><td>25\u{A0}kWh</td><td>80\u{A0}kWh</td></tr><tr><th scope="row">Februar 2026</th><td>–</td><td>–</td><td>–</td></tr></tbody></table></details></figure>
                """)
        #expect(html == chart.html(Format(language: .german), id: "c1").text)
    }

    @Test func `of a load leaves gaps open, hatches estimates and shows rejected values hollow`() {
        let day = Day(2026, 3, 29)
        let start = LocalTime.berlin.start(of: day)
        let points = (0..<92).compactMap { slot -> ChartedValue? in
            if (40..<44).contains(slot) { return nil }
            let status: ValueStatus = (60..<64).contains(slot) ? .estimated : slot == 70 ? .rejected : .measured
            return .init(at: start.adding(seconds: Int64(slot) * 900), micro: 250_000 + Int64(slot) * 1_000, status: status)
        }
        let html = LineChart(
            title: "Lastgang", commodity: .gas, unit: .kilowattHour, points: points, days: DayRange(from: day, until: day.adding(days: 1))
        )
        .html(Format(language: .german), id: "l").text
        // Before the gap, between the gap and the rejected value, and after it; drawn for a desk, and for a phone as high.
        #expect(html.components("<polyline class=\"line\"") == 6)
        #expect(html.components("<polygon class=\"guessed\" fill=\"url(#l-h)\"") == 1)
        #expect(html.components("<polygon class=\"guessed\" fill=\"url(#lp-h)\"") == 1)
        #expect(html.components("<circle class=\"rejected\"") == 2)
        #expect(html.contains("viewBox=\"0 0 960 224\"") && html.contains("viewBox=\"0 0 360 216\""))
        #expect(html.contains(">29.03.2026</text>") && html.contains(">18:00</text>"))
    }

    @Test func `of a quarter of a year loses no peak to the screen`() {
        let days = DayRange(from: Day(2026, 1, 1), until: Day(2026, 4, 1))
        let start = LocalTime.berlin.start(of: days.from)
        let points = (0..<8_636).map {
            ChartedValue(at: start.adding(seconds: Int64($0) * 900), micro: $0 == 4_321 ? 9_000_000 : 100_000, status: .measured)
        }
        let html = LineChart(title: "x", commodity: .heat, unit: .kilowattHour, points: points, days: days).html(
            Format(language: .english), id: "q"
        ).text
        #expect(html.utf8.count < 60_000)
        #expect(html.components("<polyline") == 2)
        // Nine of ten on an axis of 180 pixels.
        #expect(html.contains(",32 ") || html.contains(",32\""))
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(_ text: String) -> Int {
        var count = 0
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) {
                count += 1
                rest = rest.dropFirst(text.count)
            } else {
                rest = rest.dropFirst()
            }
        }
        return count
    }
}
