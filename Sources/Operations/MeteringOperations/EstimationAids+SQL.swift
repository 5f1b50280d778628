internal import Metering
internal import Postgres
internal import VEE
internal import Values

extension Connection {
    /// What is known of a customer besides the values of the channel: profile, temperatures, forecast, the year before.
    func estimationAids(for channel: Register, at point: Identifier<MeteringPoint>, target: DayRange, holidays: HolidayCalendar) throws
        -> EstimationAids
    {
        let reach = EstimationParameters().likeDayDistance
        guard let end = target.until else { return EstimationAids() }
        let supply = try one(
            """
            SELECT p.customer_class, p.profile, p.annual_forecast_micro, coalesce(
                p.temperature_station,
                (SELECT r.station FROM temperature_region r WHERE starts_with(coalesce(p.postcode, ''), r.postcode_prefix)
                 ORDER BY length(r.postcode_prefix) DESC LIMIT 1))
            FROM metering_point p WHERE p.id = \(point)
            """
        ) { row in
            Supply(
                customer: try StoredValueError.parsed(row.get(0), "a class") { CustomerClass(rawValue: $0) }, profile: try row.get(1),
                forecast: try row.get(2), station: try row.get(3))
        }
        let isHeating = channel.commodity == .gas || channel.commodity == .heat
        // The sigmoid remembers three days, degree days compare with 52 weeks before.
        let temperatures =
            try isHeating
            ? self.temperatures(at: supply.station, from: target.from.adding(days: -400), until: end.adding(days: reach)) : [:]
        // What a customer will use is told as billed; the channel counts before its transformer.
        let factor = channel.parameters(on: target.from).factor
        var forecast: Int64?
        if let told = supply.forecast, factor.millionths > 0 {
            forecast = try Overflow.checked(Rounding.halfAwayFromZero.divide(Int128(told) * 1_000_000, by: Int128(factor.millionths)))
        }
        var aids = EstimationAids(annualForecast: forecast)
        aids.profile =
            supply.profile.flatMap { ProfileChoice.named($0, temperatures: temperatures, holidays: holidays) }
            ?? ProfileChoice.usual(for: channel.commodity, of: supply.customer, temperatures: temperatures, holidays: holidays)
        if isHeating { aids.degreeDays = temperatures.isEmpty ? DegreeDays() : DegreeDays(.gtz20, temperatures: temperatures) }
        if let resolution = channel.resolution {
            let then = try dayBlocks([(channel.id.number, target.from.adding(days: -364), end.adding(days: -364))])[channel.id.number]
            for day in then?.days.keys.sorted() ?? [] { aids.previousYear[day] = then?.fold(day, resolution: resolution) }
        }
        return aids
    }

    private struct Supply {
        let customer: CustomerClass
        let profile: String?
        let forecast: Int64?
        let station: String?
    }

    /// The daily means of a station, or of the only one there is.
    func temperatures(at station: String?, from: Day, until: Day) throws -> [Day: Temperature] {
        var temperatures: [Day: Temperature] = [:]
        for row in try query(
            """
            SELECT DISTINCT ON (day) day, ten_thousandths FROM temperature
            WHERE station = coalesce(\(station)::text, (SELECT min(station) FROM temperature HAVING min(station) = max(station)))
            AND day >= \(from) AND day < \(until) ORDER BY day, version DESC
            """)
        {
            temperatures[try row.get(0)] = Temperature(tenThousandths: try row.get(1))
        }
        return temperatures
    }
}
