public import Values

/// What a register showed at an instant.
public struct RegisterReading: Hashable, Sendable, Codable {
    public var at: Instant
    /// 10^-6 of the register's unit, as shown: before the factor, and starting again from zero behind a rollover.
    public var micro: Int64
    public var status: ValueStatus
    /// See `VEE.EstimationMethod`.
    public var method: UInt8
    /// See `VEE.EstimationReason`.
    public var reason: UInt8
    public var version: Int32

    public init(at: Instant, micro: Int64, status: ValueStatus = .measured, method: UInt8 = 0, reason: UInt8 = 0, version: Int32 = 1) {
        self.at = at
        self.micro = micro
        self.status = status
        self.method = method
        self.reason = reason
        self.version = version
    }
}
