public import Values

/// An area whose rain reaches the sewer, with the share of it that does.
public struct SealedArea: Hashable, Sendable {
    /// 10^-6 m².
    public let micro: Int64
    /// The runoff coefficient or another factor.
    public let factor: Ratio
}
