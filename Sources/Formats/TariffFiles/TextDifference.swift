/// The lines in which two texts differ.
public enum TextDifference {
    /// A line of the comparison.
    public enum Line: Hashable, Sendable {
        case stays(String)
        case goes(String)
        case comes(String)
    }

    /// What goes, what comes and what stays, in the order of the text.
    public static func lines(from old: [UInt8], to new: [UInt8]) -> [Line] {
        let before = String(decoding: old, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let after = String(decoding: new, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var gone = Set<Int>()
        var come = Set<Int>()
        for change in after.difference(from: before) {
            switch change {
            case .remove(let offset, _, _): gone.insert(offset)
            case .insert(let offset, _, _): come.insert(offset)
            }
        }
        var lines: [Line] = []
        var (i, j) = (0, 0)
        while i < before.count || j < after.count {
            if gone.contains(i) {
                lines.append(.goes(before[i]))
                i += 1
            } else if come.contains(j) {
                lines.append(.comes(after[j]))
                j += 1
            } else {
                lines.append(.stays(after[j]))
                i += 1
                j += 1
            }
        }
        return lines
    }
}
