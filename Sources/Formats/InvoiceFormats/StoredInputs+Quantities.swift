internal import Billing
internal import Metering
internal import Values

extension StoredInputs {
    /// Whether the meters count the same as there, whatever days the prices cut them at: between two readings a cut at another day moves
    /// nothing that was measured.
    public func hasQuantities(of other: StoredInputs) -> Bool {
        guard parts.count == other.parts.count else { return false }
        return zip(parts, other.parts).allSatisfy { own, other in
            own.intervals == other.intervals && StoredInputs.ends(own.usage) == StoredInputs.ends(other.usage)
        }
    }

    /// What each register counted, and the readings at its ends.
    private struct Counted: Hashable {
        let serial: String
        let obis: ObisCode
        var micro: Int64
        var begin: Int64?
        var end: Int64?
    }

    private static func ends(_ usage: [UsagePiece]) -> Set<Counted> {
        var found: [Counted] = []
        for piece in usage.sorted(by: { $0.range.from < $1.range.from }) {
            if let place = found.firstIndex(where: { $0.serial == piece.serial && $0.obis == piece.obis }) {
                found[place].micro &+= piece.quantity.micro
                found[place].end = piece.end?.micro
            } else {
                found.append(
                    Counted(
                        serial: piece.serial, obis: piece.obis, micro: piece.quantity.micro, begin: piece.begin?.micro,
                        end: piece.end?.micro))
            }
        }
        return Set(found)
    }
}
