internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A reading with whether it became known lately: only what is new is judged by what came before it.
struct RecentReading {
    let reading: RegisterReading
    let isFresh: Bool
}

extension ValueSurvey {
    /// B2 asks of gas how cold it was: the daily means where channels of gas hang that B2 is switched on for.
    func temperatures(_ channels: [RegisterEntry], in connection: Connection) throws -> [Identifier<MeteringPoint>: [Day: Temperature]] {
        let asked = channels.filter { $0.register.commodity == .gas && $0.parameters(on: today).zeroDays != nil }
        guard let most = asked.compactMap({ $0.parameters(on: today).zeroDays }).max() else { return [:] }
        let points = Set(asked.compactMap { $0.register.installations[today.adding(days: -1)] })
        var known: [String?: [Day: Temperature]] = [:]
        var temperatures: [Identifier<MeteringPoint>: [Day: Temperature]] = [:]
        for (point, station) in try connection.temperatureStations(ofPoints: Array(points)) {
            if known[station] == nil {
                known[station] = try connection.temperatures(
                    at: station, from: today.adding(days: -most - SurveyMeteringPoints.judgedDays), until: today)
            }
            temperatures[point] = known[station]
        }
        return temperatures
    }
}

extension Connection {
    /// The holidays where these points lie; a point that names no state lies in Schleswig-Holstein, as the utility does.
    func holidays(atPoints points: [Identifier<MeteringPoint>]) throws -> [Identifier<MeteringPoint>: HolidayCalendar] {
        var holidays: [Identifier<MeteringPoint>: HolidayCalendar] = [:]
        for row in try query("SELECT id, coalesce(state, 'SH') FROM metering_point WHERE id = ANY(\(points))") {
            holidays[try row.get(0)] = HolidayCalendar(code: try row.get(1, as: String.self))
        }
        return holidays
    }

    /// When nobody was to use anything at these points; later rows cover earlier ones.
    func pointStates(_ points: [Identifier<MeteringPoint>], until: Day) throws -> [Identifier<MeteringPoint>: [ValueSurvey.PointState]] {
        var states: [Identifier<MeteringPoint>: [ValueSurvey.PointState]] = [:]
        for row in try query(
            """
            SELECT metering_point_id, state, lower(piece), upper(piece) FROM (
                SELECT s.metering_point_id, s.state, unnest(datemultirange(s.valid) - coalesce((
                    SELECT range_agg(l.valid) FROM metering_point_state l WHERE l.metering_point_id = s.metering_point_id AND l.id > s.id
                ), '{}'::datemultirange)) AS piece
                FROM metering_point_state s WHERE s.metering_point_id = ANY(\(points)) AND s.state <> 'active'
            ) p WHERE lower(piece) < \(until) ORDER BY metering_point_id, lower(piece)
            """)
        {
            let state: String = try row.get(1)
            guard let known = InactiveUsage.State(rawValue: state) else { continue }
            let days = DayRange(checked: try row.get(2), until: try row.get(3))
            if let days { states[try row.get(0), default: []].append(.init(state: known, days: days)) }
        }
        return states
    }

    /// The stations whose temperatures hold at these points: their own, or that of their region; nil: the only one there is.
    func temperatureStations(ofPoints points: [Identifier<MeteringPoint>]) throws -> [Identifier<MeteringPoint>: String?] {
        var stations: [Identifier<MeteringPoint>: String?] = [:]
        for row in try query(
            """
            SELECT p.id, coalesce(
                p.temperature_station,
                (SELECT r.station FROM temperature_region r WHERE starts_with(coalesce(p.postcode, ''), r.postcode_prefix)
                 ORDER BY length(r.postcode_prefix) DESC LIMIT 1))
            FROM metering_point p WHERE p.id = ANY(\(points))
            """)
        {
            stations[try row.get(0)] = .some(try row.get(1))
        }
        return stations
    }

    /// The last readings of these registers, the latest first, as they hold.
    func lastReadings(_ registers: [Int64], known now: Instant) throws -> [Int64: [RecentReading]] {
        var readings: [Int64: [RecentReading]] = [:]
        let fresh = now.adding(seconds: -Int64(SurveyMeteringPoints.judgedDays) * 86_400)
        for row in try query(
            """
            SELECT w.id, x.at, x.version, x.value_micro, x.status, x.method, x.reason, x.known_since >= \(fresh)
            FROM unnest(\(registers)) AS w (id)
            CROSS JOIN LATERAL (
                SELECT DISTINCT ON (r.at) * FROM register_reading r WHERE r.register_id = w.id ORDER BY r.at DESC, r.version DESC LIMIT 14
            ) x
            ORDER BY w.id, x.at DESC
            """)
        {
            readings[try row.get(0), default: []].append(RecentReading(reading: try RegisterReading(row, from: 1), isFresh: try row.get(7)))
        }
        return readings
    }
}

extension Connection {
    /// When bursts were found behind meters, whatever became of the findings.
    func bursts(ofMeters meters: [Identifier<Meter>]) throws -> [Identifier<Meter>: [Range<Instant>]] {
        guard !meters.isEmpty else { return [:] }
        var bursts: [Identifier<Meter>: [Range<Instant>]] = [:]
        for row in try query(
            """
            SELECT r.meter_id, f.from_at, f.until_at FROM register r JOIN finding f ON f.register_id = r.id AND f.rule = \(Rules.burst.text.name)
            WHERE r.meter_id = ANY(\(meters)) ORDER BY r.meter_id, f.from_at
            """)
        {
            let (from, until): (Instant, Instant) = (try row.get(1), try row.get(2))
            // An alarm names a moment.
            bursts[try row.get(0), default: []].append(from..<max(until, Instant(microseconds: from.microseconds + 1)))
        }
        return bursts
    }
}
