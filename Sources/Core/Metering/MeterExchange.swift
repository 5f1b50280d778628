public import Values

/// One meter taken down and another hung in its place. Each counts for itself (rule C5); there is no difference between a
/// reading of one and a reading of the other.
public struct MeterExchange: Hashable, Sendable {
    /// One register of one of the two meters, with the readings between which it counted at the point.
    public struct Side: Hashable, Sendable {
        public var register: Register
        public var begin: RegisterReading
        /// nil if nothing has been read since.
        public var end: RegisterReading?
        public init(register: Register, begin: RegisterReading, end: RegisterReading?) {
            self.register = register
            self.begin = begin
            self.end = end
        }

        /// Consumption in 10^-6 of the register's unit, after the factor; nil if the register fell.
        /// - Throws: `Overflow`.
        public func consumption(time: LocalTime = .berlin) throws(Overflow) -> Int64? {
            guard let end else { return 0 }
            let parameters = register.parameters(on: time.day(of: begin.at))
            guard let advance = try Advance.between(begin, end, parameters: parameters, capacity: register.ceiling()).micro else {
                return nil
            }
            return try parameters.factor.times(micro: advance)
        }
    }
    /// The first day of the new meter.
    public var day: Day
    public var removed: Side
    public var installed: Side

    public init(day: Day, removed: Side, installed: Side) {
        self.day = day
        self.removed = removed
        self.installed = installed
    }

    /// (R_old,end − R_old,start) × m_old + (R_new,end − R_new,start) × m_new, in 10^-6 of the removed register's unit; nil if a
    /// register fell or the units do not convert.
    /// - Throws: `Overflow`.
    public func consumption(time: LocalTime = .berlin) throws(Overflow) -> Int64? {
        guard let old = try removed.consumption(time: time), let new = try installed.consumption(time: time),
            let same = try installed.register.unit.convert(micro: new, to: removed.register.unit)
        else { return nil }
        return try Overflow.checked(Int128(old) + Int128(same))
    }
}
