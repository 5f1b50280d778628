internal import Billing
internal import Metering
internal import Values

extension StoredInputs {
    /// Whether the meters count the same as there, whatever days the prices cut them at: between two readings a cut at another day moves
    /// nothing that was measured.
    public func hasQuantities(of other: StoredInputs) -> Bool {
        guard parts.count == other.parts.count else { return false }
        return zip(parts, other.parts).allSatisfy { own, other in
            own.intervals.elementsEqual(other.intervals) { $0.counts(as: $1) }
                && StoredInputs.ends(own.usage) == StoredInputs.ends(other.usage)
        }
    }

    /// The same without what only explains them: channels, versions of slots, and the readings between which an end was worked out. Whether two
    /// bills are the same bill does not depend on it, nor on whether it was kept already when they were stored.
    public var bare: StoredInputs {
        var bare = self
        for part in bare.parts.indices {
            // What a levy's days add up to is said better since; nothing that is charged.
            if bare.parts[part].form == .third { bare.parts[part].form = .second }
            for place in bare.parts[part].intervals.indices {
                bare.parts[part].intervals[place].runs = []
                bare.parts[part].intervals[place].channel = nil
            }
            for place in bare.parts[part].usage.indices {
                bare.parts[part].usage[place].beginBasis = nil
                bare.parts[part].usage[place].endBasis = nil
                bare.parts[part].usage[place].slots = nil
            }
        }
        return bare
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
