public import Values

extension JournalEntry {
    /// The bytes that the hash of an entry is taken over: the same entry has them on every machine and in every year.
    ///
    /// Layout, integers big endian: version 1, number, recorded at (µs), booking and value day, then kind, key, document, text, author,
    /// reason as length and UTF-8 (length 2³²−1 = none), the reversed entry (0 = none), the count of lines, and each line in order:
    /// ledger, cents, then 0 or 1 with account, kind, due day, contract (0 = none), and the tax code. A change of this layout is a new
    /// version byte, never an edit: the old entries keep theirs.
    /// - Parameters:
    ///   - id: the number under which it stands in the journal.
    ///   - recordedAt: when the system wrote it.
    public func canonicalBytes(id: Identifier<JournalEntry>, recordedAt: Instant) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(160 + postings.count * 48)
        bytes.append(1)
        bytes.append(bigEndian: id.number)
        bytes.append(bigEndian: recordedAt.microseconds)
        bytes.append(bigEndian: bookingDate.number)
        bytes.append(bigEndian: valueDate.number)
        bytes.append(text: kind.rawValue)
        bytes.append(text: key)
        bytes.append(text: document)
        bytes.append(text: text)
        bytes.append(text: author)
        bytes.append(text: reason)
        bytes.append(bigEndian: reverses?.number ?? 0)
        bytes.append(bigEndian: Int32(postings.count))
        for posting in postings {
            bytes.append(bigEndian: posting.ledger.number)
            bytes.append(bigEndian: posting.amount.cents)
            if let claim = posting.claim {
                bytes.append(1)
                bytes.append(bigEndian: claim.account.number)
                bytes.append(text: claim.kind.rawValue)
                bytes.append(bigEndian: claim.due.number)
                bytes.append(bigEndian: claim.contract?.number ?? 0)
            } else {
                bytes.append(0)
            }
            bytes.append(text: posting.taxCode)
        }
        return bytes
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        var shift = value.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Length and bytes, so that no two sequences of texts read the same.
    mutating func append(text: String?) {
        guard let text else { return append(bigEndian: UInt32.max) }
        append(bigEndian: UInt32(clamping: text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
