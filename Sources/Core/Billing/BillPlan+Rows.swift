internal import Tariffs
internal import Values

extension BillPlan {
    /// A row "darin enthalten": each levy on the days on which its value holds.
    struct Row: Sendable {
        enum Kind: Sendable {
            /// Per year: the same on every bill.
            case fixed
            /// Lacks the energy of its days.
            case energy
            /// Carbon dioxide; lacks the energy of its days. 10^-6 kg per kWh.
            case emission(factor: Int64)
        }
        let kind: Kind
        let row: BreakdownRow

        /// - Returns: the rows, up to the first that cannot be shown, and why not.
        static func rows(_ version: TariffVersion, _ range: DayRange, _ prices: PriceCatalog) -> ([Row], BillingProblem?) {
            var rows: [Row] = []
            for rule in version.breakdown {
                guard let series = prices.series[rule.series] else { return (rows, .rating(.missingSeries(rule.series))) }
                for entry in series.values.pieces(in: range) {
                    do throws(BillingProblem) {
                        rows.append(try row(series, entry.value, entry.range, version.rules))
                    } catch { return (rows, error) }
                }
            }
            return (rows, nil)
        }

        private static func row(
            _ series: PriceSeries, _ value: PriceSeries.Value, _ span: DayRange, _ rules: RatingRules
        ) throws(BillingProblem) -> Row {
            func made(_ kind: Kind, _ price: Price, _ amount: Money = .zero) -> Row {
                let row = BreakdownRow(
                    series: series.key, label: series.label, period: span, quantity: nil, price: price, amount: amount)
                return Row(kind: kind, row: row)
            }
            switch series.unit {
            case .eurosPerYear:
                // Millionths of a euro, prices count 10^-8.
                let (scaled, over) = value.millionths.multipliedReportingOverflow(by: 100)
                if over { throw .overflow }
                let price = Price(hundredMillionths: scaled, time: .year)
                do {
                    let share = try rules.fixed.share(of: span, per: .year)
                    return made(.fixed, price, try price.times(micro: 1_000_000, share: share, rounding: rules.rounding))
                } catch let problem as RatingProblem { throw .rating(problem) } catch { throw .overflow }
            case .kilogramsPerKilowattHour:
                return made(.emission(factor: value.millionths), Price(hundredMillionths: 0))
            default:
                return made(.energy, Price(hundredMillionths: value.millionths, unit: .kilowattHour))
            }
        }
    }
}

extension BreakdownRow {
    /// The same with the energy of its days.
    func of(_ micro: Int64, amount: Money, emission: Emission? = nil) -> BreakdownRow {
        BreakdownRow(
            series: series, label: label, period: period, quantity: Measure(micro: micro, unit: .kilowattHour), price: price,
            amount: amount, emission: emission)
    }
}
