/// A PostgreSQL type, by the object identifiers that every server agrees on.
public struct SQLType: Hashable, Sendable {
    /// The type itself.
    public let oid: UInt32
    /// Its array type; 0 for a type we never send arrays of.
    public let arrayOid: UInt32

    public init(oid: UInt32, arrayOid: UInt32 = 0) {
        self.oid = oid
        self.arrayOid = arrayOid
    }

    public static let bool = SQLType(oid: 16, arrayOid: 1000)
    public static let bytea = SQLType(oid: 17, arrayOid: 1001)
    public static let int8 = SQLType(oid: 20, arrayOid: 1016)
    public static let int2 = SQLType(oid: 21, arrayOid: 1005)
    public static let int4 = SQLType(oid: 23, arrayOid: 1007)
    public static let text = SQLType(oid: 25, arrayOid: 1009)
    public static let json = SQLType(oid: 114, arrayOid: 199)
    public static let float4 = SQLType(oid: 700, arrayOid: 1021)
    public static let float8 = SQLType(oid: 701, arrayOid: 1022)
    public static let date = SQLType(oid: 1082, arrayOid: 1182)
    public static let timestamptz = SQLType(oid: 1184, arrayOid: 1185)
    public static let jsonb = SQLType(oid: 3802, arrayOid: 3807)
    public static let daterange = SQLType(oid: 3912, arrayOid: 3913)
    /// COPY BINARY does not say what it carries: the reader's own expectation and the length decide.
    public static let unspecified = SQLType(oid: 0)

    /// Types whose binary form is their text: text, varchar, char(n), name, json, xml, unknown and every enum or extension
    /// type (citext). Numbers from 16384 on belong to types of the database itself.
    static func isText(_ oid: UInt32) -> Bool {
        switch oid {
        case 0, 25, 1043, 1042, 19, 18, 114, 142, 705: true
        default: oid >= 16_384
        }
    }

    /// For messages; the rest are named by number.
    static func name(_ oid: UInt32) -> String {
        switch oid {
        case 16: "boolean"
        case 17: "bytea"
        case 18: "\"char\""
        case 19: "name"
        case 20: "bigint"
        case 21: "smallint"
        case 23: "integer"
        case 25: "text"
        case 26: "oid"
        case 114: "json"
        case 700: "real"
        case 701: "double precision"
        case 1042: "char(n)"
        case 1043: "varchar"
        case 1082: "date"
        case 1114: "timestamp without time zone"
        case 1184: "timestamptz"
        case 1186: "interval"
        case 1700: "numeric (select it as ::text)"
        case 2950: "uuid (select it as ::text)"
        case 3802: "jsonb"
        case 3912: "daterange"
        default: "type \(oid)"
        }
    }
}
