internal import Metering
internal import Values

extension BillingCase {
    /// Parts of one paper that do not meet: one ends at another figure of a register than the next begins with. What lies between would be
    /// charged twice or never. nil: they meet.
    ///
    /// They do by construction (`Metering.Seam`); a bill on which they do not must not go out. Where a register was set back, both figures
    /// are right.
    public static func gap(between parts: [BillingCase]) -> BillingProblem? {
        struct Moment: Hashable {
            let serial: String
            let obis: ObisCode
            let at: Instant
        }
        var ends: [Moment: ReadingRef] = [:]
        for part in parts {
            for piece in part.usage {
                if let end = piece.end { ends[Moment(serial: piece.serial, obis: piece.obis, at: end.at)] = end }
            }
        }
        for part in parts {
            for piece in part.usage {
                guard let begin = piece.begin, let end = ends[Moment(serial: piece.serial, obis: piece.obis, at: begin.at)],
                    begin.micro != end.micro, !piece.beginsAfterReset
                else { continue }
                return .seam(
                    serial: piece.serial, piece.obis, LocalTime.berlin.day(of: begin.at), ended: Measure(micro: end.micro, unit: end.unit),
                    begins: Measure(micro: begin.micro, unit: begin.unit))
            }
        }
        return nil
    }
}

extension UsagePiece {
    /// What a reset says has no version, and was not worked out from anything.
    fileprivate var beginsAfterReset: Bool { begin?.version == nil && beginBasis == nil }
}
