public import Metering
public import Values

/// What a gas meter and its volume corrector counted in the same time.
public struct CorrectorPair: RuleSubject {
    /// The corrector's register.
    public var register: Register
    public var from: Instant
    public var until: Instant
    /// Operating volume Vb and normal volume Vn, in 10^-6 m³.
    public var operating: Int64
    public var normal: Int64
    /// z.
    public var conversion: Ratio
    public init(register: Register, from: Instant, until: Instant, operating: Int64, normal: Int64, conversion: Ratio) {
        self.register = register
        self.from = from
        self.until = until
        self.operating = operating
        self.normal = normal
        self.conversion = conversion
    }
}

extension Rules {
    /// E4: |Vn − Vb × z| ≤ tolerance × Vn (DVGW G 685, synchrony of meter and corrector).
    public static let gasSynchrony = Rule<CorrectorPair>(
        RuleText(
            "gas-synchrony", "E4", .failure, .keeps, german: "Gaszähler und Mengenumwerter laufen auseinander",
            english: "Gas meter and volume corrector disagree",
            action: "Bitte Impulsgeber und Umwerter prüfen; Grund der Ersatzwertbildung „Konsistenz- und Synchronprüfung“ (ZR4).")
    ) { subject, parameters in
        guard let converted = try? subject.conversion.times(micro: subject.operating),
            let allowed = try? parameters.gasTolerance.times(micro: subject.normal)
        else { return [] }
        let difference = Int128(subject.normal) - Int128(converted)
        guard difference.magnitude > Int128(allowed).magnitude else { return [] }
        func text(_ micro: Int64) -> String { Measure(micro: micro, unit: .cubicMetre).description }
        return [
            Hit(
                from: subject.from, until: subject.until,
                inputs: [
                    .init("operating volume", text(subject.operating)), .init("conversion factor", subject.conversion.description),
                    .init("normal volume", text(subject.normal)), .init("difference", text(Int64(clamping: difference))),
                    .init("substitution reason", "ZR4"),
                ],
                threshold: "≤ \(text(allowed)) (\(DecimalText.format(parameters.gasTolerance.millionths, scale: 4)) %)",
                explanation:
                    "Umwerter \(Wording.amount(subject.normal, .cubicMetre)), Zähler \(Wording.amount(subject.operating, .cubicMetre)) × "
                    + "z \(Wording.number(subject.conversion.millionths)) = \(Wording.amount(converted, .cubicMetre)); die Abweichung von "
                    + "\(Wording.amount(Int64(clamping: difference), .cubicMetre)) liegt über \(Wording.amount(allowed, .cubicMetre)).")
        ]
    }
}
