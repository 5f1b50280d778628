internal import Metering
internal import VEE
internal import Values

/// What of a day fell on each tariff register of a meter whose channel counts all rates.
///
/// Which slots a register counts is the same on all Mondays of 24 hours: it is worked out once for all of them.
struct TariffMasks {
    private struct Place: Hashable {
        let times: String
        let weekday: Int
        let slots: Int
    }
    private var known: [Place: [Bool]] = [:]

    /// - Parameter whole: the sum of the day: what stands for each of the registers where it is not known when they count.
    /// - Throws: `Overflow`.
    mutating func sums(
        of day: DaySlots, _ whole: DaySum, _ resolution: Resolution, _ registers: [Register], on date: Day
    ) throws(Overflow) -> [(register: Register, times: TariffTimes?, sum: DaySum)] {
        let buckets = TariffBucket.buckets(of: registers, on: date)
        guard !buckets.isEmpty, case .seconds(let width) = resolution else { return registers.map { ($0, nil, whole) } }
        var sums: [(register: Register, times: TariffTimes?, sum: DaySum)] = []
        for bucket in buckets {
            let mask = mask(bucket.times, date, slots: day.count, width: width)
            var micro: Int128 = 0
            for slot in 0..<day.count where mask[slot] && day.status(slot).isUsable { micro += Int128(day.values[slot]) }
            var sum = whole
            sum.micro = try Overflow.checked(micro)
            sums.append((bucket.register, bucket.times, sum))
        }
        return sums
    }

    private mutating func mask(_ times: TariffTimes, _ day: Day, slots: Int, width: Int32) -> [Bool] {
        let place = Place(times: "\(times)\(times.isComplement)", weekday: day.weekday, slots: slots)
        if let mask = known[place] { return mask }
        let start = LocalTime.berlin.start(of: day)
        let mask = (0..<slots).map { times.holds(Instant(seconds: start.seconds + Int64($0) * Int64(width))) }
        // A day on which the clock changes is like no other.
        if Int64(slots) * Int64(width) == 86_400 { known[place] = mask }
        return mask
    }
}
