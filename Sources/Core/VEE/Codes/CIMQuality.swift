public import Metering
public import Values

/// ReadingQualityType `x.y.z` of IEC 61968-9: who says it, what, and more exactly. The third field is left generic where the
/// paid standard names it.
public enum CIMQuality {
    /// What a quality says of the meter: the second field names the category, 1 diagnostics, 2 power quality, 3 tampering
    /// (IEC 61968-9 annex; confirm against the standard). nil for qualities of the value alone.
    public static func alarm(_ reference: some StringProtocol) -> DeviceAlarm? {
        let fields = reference.split(separator: ".")
        guard fields.count == 3 else { return nil }
        return switch fields[1] {
        case "1": .defect
        case "2": .outage
        case "3": .tamper
        default: nil
        }
    }

    /// Valid, set by the end device.
    public static let valid = "1.0.0"
    /// Failed validation, set by the metering data management.
    public static let failed = "3.6.0"
    /// Edited by a person.
    public static let edited = "3.7.0"
    /// Estimated.
    public static let estimated = "3.8.0"
    /// Questionable: good until a better one comes.
    public static let questionable = "3.10.0"

    /// The quality of a stored value; nil for a slot without one. What somebody put in place of a value is edited, whatever the
    /// method.
    public static func of(_ status: ValueStatus, method: EstimationMethod) -> String? {
        switch status {
        case .absent: nil
        case .measured: method == .manual ? edited : valid
        case .estimated: method == .manual ? edited : estimated
        case .substituted: edited
        case .provisional: questionable
        case .rejected: failed
        }
    }
    /// The status that a quality means, by its second field (confirm against the standard).
    public static func status(of reference: some StringProtocol) -> ValueStatus {
        switch reference.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first {
        case "6": .rejected  // failed validation
        case "7": .substituted  // edited
        case "8", "12": .estimated  // estimated, projected
        case "10": .provisional  // questionable
        default: .measured
        }
    }
}
