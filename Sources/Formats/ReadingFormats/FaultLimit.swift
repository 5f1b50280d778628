internal import Metering

extension ReadingBatch {
    /// How many faults are told one by one. A body of nothing but mistakes must not cost gigabytes of explanations.
    static let faultLimit = 10_000

    /// Notes a fault; beyond the limit only its values are counted, with the last one told. Its line is counted at the end,
    /// see ``tellPlaces(in:)``.
    mutating func note(
        _ list: StaticString, _ index: Int, _ member: String, _ code: ItemFault.Code, _ message: String, values: Int, at offset: Int
    ) {
        if faults.count >= ReadingBatch.faultLimit {
            faults[faults.count - 1].values += values
            return
        }
        let path = member.isEmpty ? "/\(list)/\(index)" : "/\(list)/\(index)/\(member)"
        faults.append(
            ItemFault(
                index: index, path: path, code: code, message: message, values: values,
                place: TextPlace(offset: offset, line: 0, column: 0)))
    }

    /// Says of every fault where it stands in the text. One walk over it for all of them, and none where nothing is wrong.
    mutating func tellPlaces(in bytes: [UInt8]) {
        guard !faults.isEmpty else { return }
        let lines = TextLines(bytes)
        for index in faults.indices {
            guard let offset = faults[index].place?.offset else { continue }
            let place = lines.place(of: offset)
            faults[index].place = place
            faults[index].message = "\(place): \(faults[index].message)"
        }
    }
}

/// How many slots one item may have: two thousand days of quarter hours, or most of a year of minutes by the minute.
///
/// An empty slot costs a byte or five where it is sent and nine where it is kept, so that an item without a bound could ask
/// for much more memory than its body has.
enum SlotLimit {
    static let perItem = 200_000
}
