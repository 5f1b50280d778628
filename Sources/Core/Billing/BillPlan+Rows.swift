internal import Tariffs
internal import Values

extension BillPlan {
    /// A row "darin enthalten": each levy on the days on which its value holds.
    struct Row: Sendable {
        enum Kind: Sendable {
            /// Per year: the same on every bill.
            case fixed
            /// Lacks the energy of its days, all of it or that of some registers.
            case energy([MeasuredRegister])
            /// Lacks the highest load of the period; its days are a share of the year.
            case peak(share: Fraction)
            /// Carbon dioxide; lacks the energy of its days. 10^-6 kg per kWh.
            case emission(factor: Int64)
        }
        let kind: Kind
        let row: BreakdownRow
        /// Whose prices contain it; nil, as a rule: everybody's.
        let conditions: Conditions?

        /// - Returns: the rows, up to the first that cannot be shown, and why not.
        static func rows(_ version: TariffVersion, _ range: DayRange, _ prices: PriceCatalog) -> ([Row], BillingProblem?) {
            var rows: [Row] = []
            for rule in version.breakdown {
                guard let series = prices.series[rule.series] else { return (rows, .rating(.missingSeries(rule.series))) }
                for entry in series.values.pieces(in: range) {
                    do throws(BillingProblem) {
                        rows.append(try row(series, rule, entry.value, entry.range, version.rules))
                    } catch { return (rows, error) }
                }
            }
            return (rows, nil)
        }

        private static func row(
            _ series: PriceSeries, _ rule: BreakdownRule, _ value: PriceSeries.Value, _ span: DayRange, _ rules: RatingRules
        ) throws(BillingProblem) -> Row {
            func made(_ kind: Kind, _ price: Price, _ amount: Money = .zero) -> Row {
                let row = BreakdownRow(
                    series: series.key, label: series.label, period: span, quantity: nil, price: price, amount: amount)
                return Row(kind: kind, row: row, conditions: rule.conditions.isEmpty ? nil : rule.conditions)
            }
            func yearly(_ unit: UnitCode? = nil) throws(BillingProblem) -> (price: Price, share: Fraction) {
                // Millionths of a euro, prices count 10^-8.
                let (scaled, over) = value.millionths.multipliedReportingOverflow(by: 100)
                if over { throw .overflow }
                do throws(RatingProblem) {
                    return (Price(hundredMillionths: scaled, unit: unit, time: .year), try rules.fixed.share(of: span, per: .year))
                } catch { throw .rating(error) }
            }
            switch series.unit {
            case .eurosPerYear:
                let (price, share) = try yearly()
                do throws(Overflow) {
                    return made(.fixed, price, try price.times(micro: 1_000_000, share: share, rounding: rules.rounding))
                } catch { throw .overflow }
            case .eurosPerKilowattYear:
                let (price, share) = try yearly(.kilowatt)
                return made(.peak(share: share), price)
            case .kilogramsPerKilowattHour:
                return made(.emission(factor: value.millionths), Price(hundredMillionths: 0))
            default:
                return made(.energy(rule.registers), Price(hundredMillionths: value.millionths, unit: .kilowattHour))
            }
        }
    }
}
