public import Values

/// What a device, or who speaks for it, says beside its readings: an alarm, the factor it counts with, temperatures. No value of
/// a series; rules that need more than values (C6, E1–E4) live on it.
public struct DeviceReport: Hashable, Sendable {
    /// What is said.
    public enum Content: Hashable, Sendable {
        case alarm(DeviceAlarm)
        /// Transformer and pulse factor of one register; of all registers of the meter where no code is named.
        case factor(ObisCode?, Ratio)
        /// Flow and return of a heat meter in 10^-4 °C, as means over the volume between the report's two moments.
        case temperatures(flow: Int32, back: Int32)
        /// What a heat meter measures at this moment: power in 10^-6 kW, flow in 10^-6 m³/h, temperatures in 10^-4 °C.
        case heat(power: Int64, volumeFlow: Int64, flow: Int32, back: Int32)
        /// Mean z of a volume corrector between the report's two moments.
        case conversion(Ratio)
    }

    /// Position in the sender's list.
    public var index: Int32
    /// Number of the meter in the batch.
    public var meter: Int32
    public var at: Instant
    /// The second moment; `at` for what is of a moment.
    public var until: Instant
    public var content: Content

    public init(index: Int32, meter: Int32, at: Instant, until: Instant? = nil, content: Content) {
        self.index = index
        self.meter = meter
        self.at = at
        self.until = until.map { max($0, at) } ?? at
        self.content = content
    }
}

/// What meters say of themselves, and what senders say is wrong with them. Stored by its word.
public enum DeviceAlarm: String, Hashable, Sendable, Codable, CaseIterable {
    /// Water and heat: what flows (wM-Bus `time_bursting`, `time_leaking`, `time_reversed`, `time_dry`).
    case burst, leak, reversed, dry
    /// Somebody opened, moved or bypassed it.
    case tamper
    case battery
    /// It does not measure, or not as it should.
    case defect
    /// A disturbance that passes.
    case disturbed
    /// Its factor is said to be wrong, without the right one.
    case multiplier
    /// Supply was gone, its clock was set, it was reset: for information.
    case outage, clock, reset

    /// Whether it only says what happened.
    public var isInformation: Bool { self == .outage || self == .clock || self == .reset }

    /// The alarms in a text such as `LEAK BURST` or `low_battery`; empty if it names none.
    public static func named(_ text: some StringProtocol) -> [DeviceAlarm] {
        let words = text.lowercased().split { !$0.isLetter && $0 != "_" && $0 != "-" }
        var found: [DeviceAlarm] = []
        for word in words {
            guard let alarm = DeviceAlarm(rawValue: String(word)) ?? synonyms[String(word).replacing("-", with: "_")],
                !found.contains(alarm)
            else { continue }
            found.append(alarm)
        }
        return found
    }

    private static let synonyms: [String: DeviceAlarm] = [
        "bursting": .burst, "leakage": .leak, "leaking": .leak, "leak_current": .leak, "reverse": .reversed, "reverse_flow": .reversed,
        "backflow": .reversed, "air": .dry, "dry_meter": .dry, "tampered": .tamper, "tampering": .tamper, "manipulation": .tamper,
        "magnet": .tamper, "magnetic_fraud": .tamper, "removed": .tamper, "removal": .tamper, "low_battery": .battery,
        "power_low": .battery,
        "battery_low": .battery, "battery_end": .battery, "permanent_error": .defect, "hardware_error": .defect,
        "sensor_error": .defect, "temporary_error": .disturbed, "power_failure": .outage, "power_outage": .outage,
        "wrong_factor": .multiplier,
    ]
}
