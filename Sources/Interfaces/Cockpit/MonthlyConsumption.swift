internal import MeteringOperations
internal import Values

extension MonthlyConsumption {
    /// Twelve bars, each beside that of the year before.
    func chart(_ title: String, commodity: Commodity, _ format: Format, isCompact: Bool = false) -> BarChart {
        BarChart(
            title: title, commodity: commodity, unit: unit,
            bars: months.map { month in
                .init(
                    label: format.month(month.day.month), name: "\(format.month(month.day.month)) \(month.day.year)", micro: month.micro,
                    estimatedMicro: month.estimatedMicro, beforeMicro: month.beforeMicro)
            }, isCompact: isCompact)
    }
}
