internal import Metering
public import Postgres
internal import VEE
public import Values

/// Why a check meter or a node cannot be so.
public enum ReferenceRefusal: Error, Hashable, Sendable {
    case missingAuthor
    case badPeriod
    /// The point or meter has no such channel then.
    case unknownChannel(String, ObisCode)
    /// A channel cannot check itself.
    case sameChannel
    /// Another quantity, or another raster.
    case otherKind(String, ObisCode)
    /// A node has at least one inflow and one outflow, at most 200 members, none twice.
    case badMembers
    /// Another one begins on that day or later.
    case overlaps

    /// The days of a definition that somebody stands for.
    static func valid(_ from: Day, _ until: Day?, author: String) throws(ReferenceRefusal) -> DayRange {
        guard author.contains(where: { !$0.isWhitespace }) else { throw .missingAuthor }
        guard let valid = DayRange(checked: from, until: until), valid.until != valid.from else { throw .badPeriod }
        return valid
    }

    public var code: String {
        switch self {
        case .missingAuthor: "missing-author"
        case .badPeriod: "bad-period"
        case .unknownChannel: "unknown-source"
        case .sameChannel: "same-channel"
        case .otherKind: "other-kind"
        case .badMembers: "bad-members"
        case .overlaps: "overlaps"
        }
    }
    public var explanation: String {
        switch self {
        case .missingAuthor: "Say who; it is kept with it."
        case .badPeriod: "`until` lies behind `from`."
        case .unknownChannel(let name, let obis): "\(name.prefix(80)) has no channel \(obis) on that day."
        case .sameChannel: "A channel cannot check itself."
        case .otherKind(let name, let obis): "\(obis) of \(name.prefix(80)) measures something else, or in another raster."
        case .badMembers: "A node has at least one inflow and one outflow, at most 200 members, none of them twice."
        case .overlaps: "Another one begins on that day or later; choose a later day."
        }
    }
}

/// Says which channel checks a channel of a metering point, from a day on: what is missing there is taken from it.
public struct DefineCheckMeter: Sendable {
    public struct Request: Hashable, Sendable {
        public var meteringPoint: String
        public var obis: ObisCode
        /// Serial of the meter that checks, and its channel.
        public var checkMeter: String
        public var checkObis: ObisCode
        public var isCalibrated: Bool
        public var from: Day
        public var until: Day?
        public var author: String
        public var reason: String
        public init(
            meteringPoint: String, obis: ObisCode, checkMeter: String, checkObis: ObisCode, isCalibrated: Bool, from: Day,
            until: Day? = nil,
            author: String, reason: String
        ) {
            self.meteringPoint = meteringPoint
            self.obis = obis
            self.checkMeter = checkMeter
            self.checkObis = checkObis
            self.isCalibrated = isCalibrated
            self.from = from
            self.until = until
            self.author = author
            self.reason = reason
        }
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The one before ends on the day this one begins.
    /// - Throws: `ReferenceRefusal`, `UnknownMeteringPoint`.
    public func callAsFunction(_ request: Request, now: Instant) async throws {
        let valid = try ReferenceRefusal.valid(request.from, request.until, author: request.author)
        try await pool.transaction { connection in
            try connection.execute("UPDATE master_data_version SET version = version + 1")
            let point = try connection.meteringPointId(request.meteringPoint)
            let own = try connection.channel(request.obis, at: point, code: request.meteringPoint, on: request.from)
            let meters = try connection.meterIds(ofSerials: [request.checkMeter]).map(\.id)
            guard
                let check = try connection.registers(ofMeters: meters).first(where: {
                    $0.obis == request.checkObis && $0.resolution != nil
                })
            else { throw ReferenceRefusal.unknownChannel(request.checkMeter, request.checkObis) }
            guard check.id != own.id else { throw ReferenceRefusal.sameChannel }
            guard check.resolution == own.resolution, check.unit.dimension == own.unit.dimension else {
                throw ReferenceRefusal.otherKind(request.checkMeter, request.checkObis)
            }
            try connection.execute(
                """
                UPDATE check_meter SET valid = daterange(lower(valid), \(request.from))
                WHERE metering_point_id = \(point) AND obis = \(request.obis.description) AND lower(valid) < \(request.from) AND valid && \(valid)
                """)
            let isTaken: Bool = try connection.one(
                """
                SELECT EXISTS (SELECT FROM check_meter WHERE metering_point_id = \(point) AND obis = \(request.obis.description) AND valid && \(valid))
                """)
            guard !isTaken else { throw ReferenceRefusal.overlaps }
            try connection.execute(
                """
                INSERT INTO check_meter (metering_point_id, obis, check_register_id, is_calibrated, valid, author, reason, known_since)
                VALUES (\(point), \(request.obis.description), \(check.id), \(request.isCalibrated), \(valid), \(request.author), \(request.reason), \(now))
                """)
        }
    }
}

/// Says what flows into a node and out of it, from a day on: of the one whose value is missing, it is what the others leave.
public struct DefineNode: Sendable {
    public struct Request: Hashable, Sendable {
        public struct Member: Hashable, Sendable {
            public var meteringPoint: String
            public var obis: ObisCode
            /// Into the node: its supply; else out of it.
            public var isInflow: Bool
            public init(meteringPoint: String, obis: ObisCode, isInflow: Bool) {
                self.meteringPoint = meteringPoint
                self.obis = obis
                self.isInflow = isInflow
            }
        }
        public var name: String
        public var members: [Member]
        public var from: Day
        public var until: Day?
        public var author: String
        public var reason: String
        public init(name: String, members: [Member], from: Day, until: Day? = nil, author: String, reason: String) {
            self.name = name
            self.members = members
            self.from = from
            self.until = until
            self.author = author
            self.reason = reason
        }
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// What the node was before ends on the day this begins.
    /// - Throws: `ReferenceRefusal`, `UnknownMeteringPoint`.
    public func callAsFunction(_ request: Request, now: Instant) async throws {
        let valid = try ReferenceRefusal.valid(request.from, request.until, author: request.author)
        guard (1...64).contains(request.name.utf8.count), request.members.count <= 200,
            request.members.contains(where: \.isInflow), request.members.contains(where: { !$0.isInflow }),
            Set(request.members.map { "\($0.meteringPoint) \($0.obis)" }).count == request.members.count
        else { throw ReferenceRefusal.badMembers }
        try await pool.transaction { connection in
            try connection.execute("UPDATE master_data_version SET version = version + 1")
            var points: [Identifier<MeteringPoint>] = []
            var first: Register?
            for member in request.members {
                let point = try connection.meteringPointId(member.meteringPoint)
                let channel = try connection.channel(member.obis, at: point, code: member.meteringPoint, on: request.from)
                let model = first ?? channel
                guard channel.resolution == model.resolution, channel.unit.dimension == model.unit.dimension else {
                    throw ReferenceRefusal.otherKind(member.meteringPoint, member.obis)
                }
                first = model
                points.append(point)
            }
            try connection.execute(
                """
                UPDATE network_node SET valid = daterange(lower(valid), \(request.from))
                WHERE name = \(request.name) AND lower(valid) < \(request.from) AND valid && \(valid)
                """)
            let isTaken: Bool = try connection.one(
                "SELECT EXISTS (SELECT FROM network_node WHERE name = \(request.name) AND valid && \(valid))")
            guard !isTaken else { throw ReferenceRefusal.overlaps }
            let id: Int64 = try connection.one(
                """
                INSERT INTO network_node (name, valid, author, reason, known_since)
                VALUES (\(request.name), \(valid), \(request.author), \(request.reason), \(now)) RETURNING id
                """)
            try connection.execute(
                """
                INSERT INTO network_node_member (node_id, metering_point_id, obis, is_inflow)
                SELECT \(id), * FROM unnest(\(points), \(request.members.map(\.obis.description)), \(request.members.map(\.isInflow)))
                """)
        }
    }
}

extension Connection {
    /// The channel of this code that hangs at a point on a day.
    fileprivate func channel(_ obis: ObisCode, at point: Identifier<MeteringPoint>, code: String, on day: Day) throws -> Register {
        guard
            let channel = try registers(ofMeters: meterIds(ofPoints: [point])).first(where: {
                $0.obis == obis && $0.resolution != nil && $0.installations[day] == point
            })
        else { throw ReferenceRefusal.unknownChannel(code, obis) }
        return channel
    }
}
