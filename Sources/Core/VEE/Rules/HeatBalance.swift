public import Metering
public import Values

/// What a heat meter counted as energy, and what its volume and temperatures say.
public struct HeatMeasurement: RuleSubject {
    /// The energy register.
    public var register: Register
    public var from: Instant
    public var until: Instant
    /// 10^-6 of the register's unit, after the factor.
    public var energy: Int64
    /// 10^-6 m³.
    public var volume: Int64
    /// Means over the volume.
    public var flow: Temperature
    public var back: Temperature
    /// What the digits of a display leave open, in 10^-6 kWh; 0 for sums.
    public var rounding: Int64
    public init(
        register: Register, from: Instant, until: Instant, energy: Int64, volume: Int64, flow: Temperature, back: Temperature,
        rounding: Int64 = 0
    ) {
        self.rounding = rounding
        self.register = register
        self.from = from
        self.until = until
        self.energy = energy
        self.volume = volume
        self.flow = flow
        self.back = back
    }

    /// V × 1.163 kWh/(m³ K) × (T_flow − T_return) in 10^-6 kWh, rounded half away from zero.
    public var calculated: Int128 {
        let kelvin = Int128(flow.tenThousandths) - Int128(back.tenThousandths)
        return Rounding.halfAwayFromZero.divide(Int128(volume) * 1_163 * kelvin, by: 10_000_000)
    }
}

extension Rules {
    /// E3: |E − V × ρc × ΔT| ÷ E ≤ 5 % (OIML R 75).
    public static let heatBalance = Rule<HeatMeasurement>(
        RuleText(
            "heat-balance", "E3", .warning, .keeps, german: "Wärmemenge passt nicht zu Volumen und Temperaturen",
            english: "Heat does not match volume and temperatures",
            action: "Bitte Fühler, Einbauort und Wärmeträger prüfen.")
    ) { subject, parameters in
        guard subject.energy > 0, let energy = try? subject.register.unit.convert(micro: subject.energy, to: .kilowattHour) else {
            return []
        }
        let apart = (Int128(energy) - subject.calculated).magnitude
        let difference = apart - min(apart, Int128(max(0, subject.rounding)).magnitude)
        let (scaled, over) = difference.multipliedReportingOverflow(by: 1_000_000)
        let (limit, overLimit) = Int128(energy).multipliedReportingOverflow(by: Int128(parameters.heatTolerance.millionths))
        guard !overLimit, limit >= 0, over || scaled > UInt128(limit) else { return [] }
        let calculated = Int64(clamping: subject.calculated)
        return [
            Hit(
                from: subject.from, until: subject.until,
                inputs: [
                    .init("energy", Measure(micro: energy, unit: .kilowattHour).description),
                    .init("calculated", Measure(micro: calculated, unit: .kilowattHour).description),
                    .init("volume", Measure(micro: subject.volume, unit: .cubicMetre).description),
                    .init("flow", subject.flow.description), .init("return", subject.back.description),
                ],
                threshold: "≤ \(DecimalText.format(parameters.heatTolerance.millionths, scale: 4)) %",
                explanation:
                    "Gezählt \(Wording.amount(energy, .kilowattHour)); aus \(Wording.amount(subject.volume, .cubicMetre)) zwischen "
                    + "\(subject.flow.german) und \(subject.back.german) folgen \(Wording.amount(calculated, .kilowattHour)).")
        ]
    }
}
