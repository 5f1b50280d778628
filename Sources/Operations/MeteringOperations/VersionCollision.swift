internal import Postgres

/// Two transactions that drew the same next version of a day or of a reading: the key refuses the second, which has only to
/// look again.
enum VersionCollision {
    /// How often a transaction that writes versions is done again.
    static let retries = 12

    /// Runs a transaction's body; a collision leaves it as what the pool repeats, because that is what it is.
    static func asSerializationFailure<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch var error as DatabaseError where error.isUniqueViolation {
            if ["day_block", "register_reading", "device_report"].contains(error.table) { error.sqlState = "40001" }
            throw error
        }
    }
}
