/// One code of a sender beside a value: the name of the code list and the code as sent.
public struct ValueCode: Hashable, Sendable {
    /// Whose code this is; the constants name those the parsers use, a list unknown here keeps the sender's name.
    public var list: String
    public var code: String
    public init(_ list: String, _ code: String) {
        self.list = list
        self.code = code
    }

    /// MSCONS QTY 6063, the quantity's kind.
    public static let msconsQuantity = "6063"
    /// MSCONS STS categories: plausibility hint, substitution method, correction reason, reason for substitution, gas quality.
    public static let msconsHint = "Z33", msconsMethod = "Z32", msconsCorrection = "Z34", msconsReason = "Z40", msconsGas = "Z31"
    /// NEM12 quality flag and method (`F14`), reason code, reason description.
    public static let nemQuality = "nem-quality", nemReason = "nem-reason", nemText = "nem-text"
    /// CIM ReadingQualityType `x.y.z`, and the quality's source and comment.
    public static let cimQuality = "cim-quality", cimSource = "cim-source", cimComment = "cim-comment"
    /// ESPI ReadingQuality/quality.
    public static let espiQuality = "espi-quality"
}

/// The senders' own codes of a column of values, run-length coded: what goes in comes out the same. Most files hold a handful of
/// different sets, each named by a number.
public struct ValueCodes: Sendable {
    /// Consecutive values with the same codes.
    public struct Run: Hashable, Sendable {
        public var first: Int
        public var count: Int
        public var set: Int32
    }
    /// The different sets in order of first appearance; number 0 is always the empty set.
    public private(set) var sets: [[ValueCode]] = [[]]
    public private(set) var runs: [Run] = []
    /// How many values are covered.
    public private(set) var count = 0
    private var numbers: [[ValueCode]: Int32] = [[]: 0]

    public init() {}

    /// The number of a set, new or known.
    public mutating func number(of set: [ValueCode]) -> Int32 {
        if let number = numbers[set] { return number }
        let number = Int32(clamping: sets.count)
        sets.append(set)
        numbers[set] = number
        return number
    }

    /// The next `count` values carry this set.
    public mutating func append(_ set: Int32, count added: Int) {
        guard added > 0 else { return }
        if let last = runs.last, last.set == set {
            runs[runs.count - 1].count += added
        } else {
            runs.append(Run(first: count, count: added, set: set))
        }
        count += added
    }

    /// Forgets what lies behind the first `remaining` values.
    public mutating func truncate(to remaining: Int) {
        while let last = runs.last, last.first + last.count > remaining {
            if last.first >= remaining {
                runs.removeLast()
            } else {
                runs[runs.count - 1].count = remaining - last.first
            }
        }
        count = min(count, remaining)
    }

    /// The codes of a set; none for a number that does not exist.
    public func codes(_ set: Int32) -> [ValueCode] { sets.indices.contains(Int(set)) ? sets[Int(set)] : [] }

    /// The number of the set of one value; 0 (none) where nothing was said.
    public func set(at value: Int) -> Int32 {
        guard let run = firstRun(reaching: value), runs[run].first <= value else { return 0 }
        return runs[run].set
    }

    /// The runs within a range of values, cut to it; gaps between them carry no codes.
    public func runs(in slots: Range<Int>) -> [Run] {
        guard var index = firstRun(reaching: slots.lowerBound) else { return [] }
        var found: [Run] = []
        while index < runs.count, runs[index].first < slots.upperBound {
            let first = max(runs[index].first, slots.lowerBound)
            let end = min(runs[index].first + runs[index].count, slots.upperBound)
            if first < end { found.append(Run(first: first, count: end - first, set: runs[index].set)) }
            index += 1
        }
        return found
    }

    /// The first run that ends behind `value`.
    private func firstRun(reaching value: Int) -> Int? {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].first + runs[middle].count <= value { low = middle + 1 } else { high = middle }
        }
        return low < runs.count ? low : nil
    }
}
