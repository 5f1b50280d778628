internal import Metering
internal import Postgres
internal import Values

extension Connection {
    /// Whose consumption these meters count; that of the place where they hung last.
    func customerClasses(ofMeters meters: [Identifier<Meter>]) throws -> [Identifier<Meter>: CustomerClass] {
        var classes: [Identifier<Meter>: CustomerClass] = [:]
        for row in try query(
            """
            SELECT m.id, p.customer_class FROM (SELECT DISTINCT unnest(\(meters))) AS m (id)
            CROSS JOIN LATERAL (SELECT * FROM installation i WHERE i.meter_id = m.id ORDER BY lower(i.valid) DESC LIMIT 1) i
            CROSS JOIN LATERAL (SELECT * FROM metering_point p WHERE p.id = i.metering_point_id OFFSET 0) p
            """)
        {
            classes[try row.get(0)] = try StoredValueError.parsed(row.get(1), "a class") { CustomerClass(rawValue: $0) }
        }
        return classes
    }
}
