internal import Billing
internal import Ledger
internal import Metering
internal import Tariffs
internal import Values

extension DueContract {
    /// Stretches of one contract at one point and tariff that follow each other become one bill: what looks at the whole of it (the
    /// highest load of the year, a minimum, steps) must see the whole, and a term that moves no price cuts nothing.
    ///
    /// - Parameter due: in groups, and in a group by contract and days.
    static func joined(_ due: [DueContract]) -> [DueContract] {
        // Hardly any page has one.
        guard due.indices.dropFirst().contains(where: { due[$0].follows(due[$0 - 1]) }) else { return due }
        var joined: [DueContract] = []
        for next in due {
            if let last = joined.last, next.follows(last) {
                joined[joined.count - 1] = next.joining(last)
            } else {
                joined.append(next)
            }
        }
        return joined
    }

    /// The stretches it is made of, itself where there is but one.
    var all: [DueContract] { stretches.isEmpty ? [self] : stretches }

    /// The one that was written first: by it a bill is known while it is held.
    var least: DueContract { stretches.min { $0.id < $1.id } ?? self }

    private func follows(_ other: DueContract) -> Bool {
        guard number == other.number, group == other.group, point == other.point, account == other.account,
            period.from == other.period.until, case .success(let own) = contract, case .success(let before) = other.contract
        else { return false }
        return own.tariff == before.tariff
    }

    private func joining(_ earlier: DueContract) -> DueContract {
        var joined = self
        joined.stretches = earlier.all + [self]
        joined.period = DayRange(from: earlier.period.from, until: period.until)
        joined.terms = earlier.agreed + agreed
        if case .success(var own) = contract, case .success(let before) = earlier.contract {
            own.valid = DayRange(from: before.valid.from, until: own.valid.until)
            joined.contract = .success(own)
        }
        return joined
    }

    private var agreed: [AgreedTerms] {
        guard terms.isEmpty, case .success(let own) = contract else { return terms }
        return [AgreedTerms(from: period.from, attributes: own.attributes)]
    }
}
