public import Metering
public import Values

/// Which registers of a device delivered for a period.
public struct DeviceCoverage: RuleSubject {
    /// All that the device should deliver; the first stands for it in the finding.
    public var registers: [Register]
    public var present: Set<Identifier<Register>>
    public var from: Instant
    public var until: Instant
    public var register: Register { registers[0] }

    /// - Returns: nil for a device without registers.
    public init?(registers: [Register], present: Set<Identifier<Register>>, from: Instant, until: Instant) {
        guard !registers.isEmpty else { return nil }
        self.registers = registers
        self.present = present
        self.from = from
        self.until = until
    }
}

extension Rules {
    /// D1: a device that delivered one of its registers delivered all of them.
    public static let siblings = Rule<DeviceCoverage>(
        RuleText(
            "siblings", "D1", .warning, .keeps, german: "Nicht alle Zählwerke eines Geräts wurden geliefert",
            english: "Not all registers of a device were delivered", action: "Bitte die fehlenden Werte beim Kopfsystem anfordern.")
    ) { subject, _ in
        let missing = subject.registers.filter { !subject.present.contains($0.id) }
        // A silent device is D3's business.
        guard !missing.isEmpty, missing.count < subject.registers.count else { return [] }
        let names = missing.map(\.obis.description)
        return [
            Hit(
                from: subject.from, until: subject.until,
                inputs: [
                    .init("missing", names.joined(separator: ", ")),
                    .init("delivered", "\(subject.registers.count - missing.count) of \(subject.registers.count)"),
                ],
                threshold: "all registers of the device",
                explanation:
                    "Von \(Wording.time(subject.from)) bis \(Wording.time(subject.until)) fehlen \(names.joined(separator: ", ")); "
                    + "\(subject.registers.count - missing.count) von \(subject.registers.count) Zählwerken sind da.")
        ]
    }
}
