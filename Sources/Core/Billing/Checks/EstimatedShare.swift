internal import Metering
internal import Tariffs
internal import Values

/// How much of what is charged rests on estimates (§ 40a(2) EnWG allows them where nobody could read).
///
/// What ends with an estimate holds beyond the limit: nobody has seen the meter at the end of the period, and a person may still have
/// it read. Where both ends are estimates nobody has seen it for two periods, and that is how bills over 12,000 EUR came about
/// (reference billing 7): it says so. What a reading has ended is mended by it where a bill before it ended with the same estimate, and
/// is only to be known; where nobody had ever read before, the days up to the first reading rest on nothing that was measured, and they
/// hold as well.
///
/// Each unit is looked at by itself: on a paper of several contracts, cubic metres are few beside kilowatt hours.
struct EstimatedShare: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        var units: [UnitCode] = []
        for row in bill.draft.meters where !units.contains(row.quantity.unit) { units.append(row.quantity.unit) }
        let unread = EstimatedShare.unreadBegins(bill.draft)
        let found = units.compactMap { unit in
            result(bill.draft.meters.filter { $0.quantity.unit == unit }, unread, bill.parameters)
        }
        // One of them is enough, the heaviest.
        return Array((found.filter { $0.weight == .hold } + found.filter { $0.weight == .notice }).prefix(1))
    }

    /// A register at the first moment of a row.
    private struct Begin: Hashable {
        let serial: String
        let obis: ObisCode
        let at: Instant
    }

    /// Begins that were carried back from the first reading there is, with its moment.
    private static func unreadBegins(_ draft: InvoiceDraft) -> [Begin: Instant] {
        var found: [Begin: Instant] = [:]
        for line in draft.lines {
            for part in line.parts {
                guard let begin = part.piece.begin, begin.origin == .estimated, begin.version == nil,
                    let first = part.piece.beginBasis?.first.at, first > begin.at
                else { continue }
                found[Begin(serial: part.piece.serial, obis: part.piece.obis, at: begin.at)] = first
            }
        }
        return found
    }

    /// The part of a row's quantity that lies before the first reading, day by day.
    private func unread(_ row: MeterRow, _ begins: [Begin: Instant]) -> Int128 {
        guard let begin = row.begin, let first = begins[Begin(serial: row.serial, obis: row.obis, at: begin.at)],
            let until = row.range.until
        else { return 0 }
        let whole = Int128(begin.at.seconds(until: LocalTime.berlin.start(of: until)))
        guard whole > 0 else { return 0 }
        return Int128(row.quantity.micro) * min(whole, Int128(begin.at.seconds(until: first))) / whole
    }

    private func result(_ rows: [MeterRow], _ begins: [Begin: Instant], _ parameters: CheckParameters) -> CheckResult? {
        var whole: Int128 = 0
        var estimated: Int128 = 0
        var twice: Int128 = 0
        var unread: Int128 = 0
        for row in rows where row.quantity.micro > 0 {
            let quantity = Int128(row.quantity.micro)
            whole += quantity
            guard row.division == .estimated else { continue }
            // Of what ends with a reading, only what lies before the first one was estimated.
            let before = self.unread(row, begins)
            let isEnded = row.end?.origin != .estimated
            estimated += isEnded && before > 0 ? before : quantity
            unread += isEnded ? before : quantity
            if row.begin?.origin == .estimated && row.end?.origin == .estimated { twice += quantity }
        }
        let limit = Int128(parameters.estimatedPercent)
        guard whole > 0, estimated * 100 > whole * limit else { return nil }
        if twice * 100 > whole * limit {
            return CheckResult(
                code: "estimated-again", weight: .hold,
                explanation:
                    "\(twice * 100 / whole) % der Menge liegen zwischen zwei geschätzten Ständen, erlaubt sind \(limit) %. Bitte ablesen lassen."
            )
        }
        return CheckResult(
            code: "estimated-share", weight: unread * 100 > whole * limit ? .hold : .notice,
            explanation: "\(estimated * 100 / whole) % der Menge sind geschätzt, vorgesehen sind höchstens \(limit) %.")
    }
}
