internal import Metering
internal import Values

/// The metering point that a message names beside a serial (rule A1: the meter is installed at the point). Which of both is wrong
/// nobody can tell, so neither wins.
struct NamedHome {
    let point: Identifier<MeteringPoint>
    let code: String
    /// The codes of the points at which the meter ever hung.
    let codes: [Identifier<MeteringPoint>: String]

    func words(_ entry: RegisterEntry, at instant: Instant) -> String {
        let other = entry.point(at: instant).flatMap { codes[$0] } ?? "another point"
        return "the message names the metering point \(code.prefix(64)) and the meter \(entry.register.serial), which at "
            + "\(LocalTime.berlin.text(instant)) hangs at \(other.prefix(64)); send it with the right one of both, or import the relocation"
    }
}

extension Register {
    /// Whether it hangs at a point at the moment of a reading; at that of a relocation, at both.
    func hangs(at point: Identifier<MeteringPoint>, reading instant: Instant) -> Bool {
        installations.entries.contains { entry in
            entry.value == point && LocalTime.berlin.start(of: entry.range.from) <= instant
                && (entry.range.until.map { instant <= LocalTime.berlin.start(of: $0) } ?? true)
        }
    }
    /// Whether it hangs there when a slot begins.
    func hangs(at point: Identifier<MeteringPoint>, slot instant: Instant) -> Bool {
        installations[LocalTime.berlin.day(of: instant)] == point
    }
}
