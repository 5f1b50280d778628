import Billing
import Metering
import Tariffs
import Testing
import Values

/// Bills that others printed (reference 4.1).
@Suite struct `A published bill` {
    // A: gas, three price slices, base price by days/365, VAT 16 %.
    @Test func `with three prices comes out to the cent`() throws {
        let tariff = made(
            [
                ("2005-01-01", [("ap", energy("3.6")), ("gp", yearly("120"))]),
                ("2005-06-05", [("ap", energy("4.08")), ("gp", yearly("120"))]),
                ("2005-12-06", [("ap", energy("4.46")), ("gp", yearly("120"))]),
            ], vat: [("2000-01-01", "16")], rules: RatingRules(fixed: .days365))
        let usage = [
            piece("2005-01-01", "2005-06-05", "8741"), piece("2005-06-05", "2005-12-06", "17322"),
            piece("2005-12-06", "2006-01-03", "3965"),
        ]
        let draft = try Bill.compute(made(range("2005-01-01", "2006-01-03"), usage, tariff))
        #expect(
            table(draft) == """
                ap 2005-01-01 155d 8741 314.68
                ap 2005-06-05 184d 17322 706.74
                ap 2005-12-06 28d 3965 176.84
                gp 2005-01-01 155d - 50.96
                gp 2005-06-05 184d - 60.49
                gp 2005-12-06 28d - 9.21
                """)
        #expect(draft.totals.net == money("1318.92"))
        #expect(draft.totals.tax == money("211.03"))
        #expect(draft.totals.gross == money("1529.95"))
    }

    // B: the VAT of instalments is that which was booked (191.09), not that of their sum (191.12).
    @Test func `keeps the tax of instalments as booked`() throws {
        let tariff = made([("2015-01-01", [("gp", yearly("864.75"))])])
        let instalments = (0..<12).map {
            Instalment(paidOn: Day(2015, 1, 15).adding(months: $0), gross: money("99.75"), tax: Money(cents: $0 == 0 ? 1_597 : 1_592))
        }
        let draft = try Bill.compute(made(range("2015-01-01", "2016-01-01"), [], tariff, instalments: instalments))
        #expect(draft.totals.tax == money("164.30"))
        #expect(draft.totals.gross == money("1029.05"))
        #expect(draft.instalments.map(\.tax).total() == money("191.09"))
        #expect(draft.due == money("-167.95"))
    }

    // F: gross values are computed from the unrounded price: 0.8163 ct × 1.19 = 0.9714 ct.
    @Test func `of the CO2 price has the published gross value`() throws {
        let tariff = made([("2024-01-01", [("co2", energy("0.8163"))])])
        let draft = try Bill.compute(made(range("2024-05-01", "2024-06-01"), [piece("2024-05-01", "2024-06-01", "1000000")], tariff))
        #expect(draft.totals.gross == money("9713.97"))
    }
}

private func piece(_ from: String, _ until: String, _ quantity: String) -> UsagePiece { piece("1ESY1", "1-0:1.8.0", from, until, quantity) }

/// One bill of each commodity by the tariffs of this repository, computed by hand.
@Suite struct `The bill of` {
    @Test func `electricity has both prices of the year`() throws {
        let draft = try Bill.compute(
            published(
                "electricity/basis", .year(2025),
                [piece("2025-01-01", "2025-07-01", "1750.5"), piece("2025-07-01", "2026-01-01", "1749.623")]))
        // 1750.5 × 0.2995 = 524.274…; 1749.623 × 0.2874 = 502.841…; 120 × 181/365 = 59.506…; 126 × 184/365 = 63.517…
        #expect(
            table(draft) == """
                ap 2025-01-01 181d 1750.5 524.27
                ap 2025-07-01 184d 1749.623 502.84
                gp 2025-01-01 181d - 59.51
                gp 2025-07-01 184d - 63.52
                """)
        #expect(draft.totals.net == money("1150.14"))
        #expect(draft.totals.tax == money("218.53"))
        #expect(draft.totals.gross == money("1368.67"))
        #expect(draft.consumption == Measure(micro: micro("3500.123"), unit: .kilowattHour))
        #expect(draft.lines.map(\.tariff.version) == [day("2025-01-01"), day("2025-07-01"), day("2025-01-01"), day("2025-07-01")])
        #expect(draft.lines[1].tariff.hash == "hash of electricity/basis/2025-07-01.yaml")
        // Shown, not charged: 1750.5 × 2.05 ct = 35.885… and 1749.623 × 2.05 ct = 35.867…
        let tax = draft.breakdown.filter { $0.series.name == "stromsteuer" }.map(\.amount)
        #expect(tax == [money("35.89"), money("35.87")])
    }

    @Test func `electricity by HT and NT charges each register at its price`() throws {
        let usage = [
            piece("M", "1-0:1.8.1", "2025-01-01", "2025-07-01", "1300"), piece("M", "1-0:1.8.2", "2025-01-01", "2025-07-01", "700"),
            piece("M", "1-0:1.8.0", "2025-01-01", "2025-07-01", "2000"),
        ]
        let draft = try Bill.compute(published("electricity/twin", range("2025-01-01", "2025-07-01"), usage))
        // 1300 × 0.312 = 405.60; 700 × 0.241 = 168.70; 144 × 181/365 = 71.408…
        #expect(draft.lines.map(\.amount) == [money("405.60"), money("168.70"), money("71.41")])
        // 645.71 × 19 % = 122.684…
        #expect(draft.totals.gross == money("768.39"))
    }

    @Test func `gas turns cubic metres into energy month by month`() throws {
        let usage = [
            piece("7GMT1", "7-0:3.0.0", "2025-09-01", "2025-10-01", "60", .cubicMetre),
            piece("7GMT1", "7-0:3.0.0", "2025-10-01", "2025-11-01", "120", .cubicMetre),
        ]
        let draft = try Bill.compute(published("gas/basis", range("2025-09-01", "2025-11-01"), usage))
        // 60 × 0.9686 × 11.362 = 660.313992; 120 × 0.9686 × 11.388 = 1323.650016; sum 1983.964008 → 1983.964
        #expect(
            table(draft) == """
                ap 2025-09-01 30d 660.314 59.76
                ap 2025-10-01 31d 1323.65 116.35
                co2 2025-09-01 30d 660.314 6.59
                co2 2025-10-01 31d 1323.65 13.21
                gp 2025-09-01 30d - 12.82
                gp 2025-10-01 31d - 13.25
                """)
        #expect(draft.totals.net == money("221.98"))
        #expect(draft.totals.gross == money("264.16"))
        #expect(draft.lines[0].parts[0].conversion?.calorific == Ratio("11.362"))
        #expect(draft.consumption == Measure(micro: micro("1983.964008"), unit: .kilowattHour))
    }

    @Test func `gas prefers the Zustandszahl of the contract`() throws {
        let usage = [piece("7GMT1", "7-0:3.0.0", "2025-09-01", "2025-10-01", "1000", .cubicMetre)]
        // D: 1000 m³ × 10.3 × 0.95 = 9785 kWh
        let draft = try Bill.compute(
            published(
                "gas/basis", range("2025-09-01", "2025-10-01"), usage, attributes: ["conversionFactor": "0.95", "calorificValue": "10.3"]))
        #expect(draft.lines[0].explanation.quantity?.number == "9785")
    }

    @Test func `gas that a corrector has brought to normal conditions is not converted again`() throws {
        let terms = ["conversionFactor": "0.95", "calorificValue": "10.3"]
        func lines(_ usage: [UsagePiece]) throws -> (energy: String?, factor: Ratio?) {
            let draft = try Bill.compute(published("gas/basis", range("2025-09-01", "2025-10-01"), usage, attributes: terms))
            return (draft.lines[0].explanation.quantity?.number, draft.lines[0].parts[0].conversion?.factor)
        }
        let pipe = piece("7GMT1", "7-0:3.0.0", "2025-09-01", "2025-10-01", "1000", .cubicMetre)
        let normal = piece("7GMT1", "7-0:13.2.0", "2025-09-01", "2025-10-01", "960", .cubicMetre)
        // 960 m³ × 10.3 = 9888 kWh, whether the meter's own count stands beside it or not.
        for usage in [[normal], [pipe, normal]] {
            let made = try lines(usage)
            #expect(made.energy == "9888" && made.factor == .one)
        }
        #expect(try lines([pipe]).energy == "9785")
    }

    @Test func `gas at the end of the reduced tax rate has two rates`() throws {
        let usage = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01", "2024-06-01"].map { from in
            piece("7GMT1", "7-0:3.0.0", from, day(from).adding(months: 1).description, "100", .cubicMetre)
        }
        let draft = try Bill.compute(published("gas/basis", range("2024-01-01", "2024-07-01"), usage))
        #expect(draft.totals.groups.map(\.tax.rate.percent) == ["19", "7"])
        #expect(draft.lines.filter { $0.component == "ap" }.map(\.tax.rate.percent) == ["7", "19"])
    }

    @Test func `water separates drinking water from what the town levies`() throws {
        let draft = try Bill.compute(
            published(
                "water/basis", .year(2025), [piece("8SEN1", "8-0:1.0.0", "2025-01-01", "2026-01-01", "105.25", .cubicMetre)],
                attributes: ["sealedArea": "120.5", "runoffCoefficient": "0.9", "capacity.m3/h": "4"]))
        // 105.25 × 1.69 = 177.8725; 105.25 × 2.79 = 293.6475; 109 m² × 0.60 = 65.40
        #expect(
            table(draft) == """
                tw 2025-01-01 365d 105.25 177.87
                gp 2025-01-01 365d - 90.00
                sw 2025-01-01 365d 105.25 293.65
                nw 2025-01-01 365d 109 65.40
                """)
        #expect(draft.lines.map(\.service) == [.water, .water, .wastewater, .rainwater])
        #expect(draft.totals.groups.map(\.tax) == [Tax(rate: TaxRate(basisPoints: 700)), .outside])
        #expect(draft.totals.groups.map(\.net) == [money("267.87"), money("359.05")])
        #expect(draft.totals.tax == money("18.75"))
        #expect(draft.totals.gross == money("645.67"))
        // The water is consumed once, although it is charged twice.
        #expect(draft.consumption == Measure(micro: micro("105.25"), unit: .cubicMetre))
    }

    @Test func `heat charges load, energy and emission`() throws {
        let usage = [
            piece("6LGB1", "6-0:1.0.0", "2025-07-01", "2025-10-01", "1.2", .megawattHour),
            piece("6LGB1", "6-0:1.0.0", "2025-10-01", "2026-01-01", "5.4", .megawattHour),
        ]
        let draft = try Bill.compute(published("heat/basis", range("2025-07-01", "2026-01-01"), usage, attributes: ["connectedLoad": "15"]))
        // 15 × 37.20 × 92/365 = 140.646…; 98 × 92/365 = 24.701…
        #expect(
            table(draft) == """
                ap 2025-07-01 92d 1200 131.40
                ap 2025-10-01 92d 5400 565.92
                co2 2025-07-01 92d 1200 14.08
                co2 2025-10-01 92d 5400 63.38
                lp 2025-07-01 92d 15 140.65
                lp 2025-10-01 92d 15 140.65
                mp 2025-07-01 92d - 24.70
                mp 2025-10-01 92d - 24.70
                """)
        #expect(draft.totals.gross == money("1315.52"))
    }
}
