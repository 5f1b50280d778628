internal import Metering
internal import VEE
internal import Values

/// A reading of a total or tariff register, with the one before it.
struct RegisterAdvance {
    let entry: RegisterEntry
    let first: RegisterReading
    let second: RegisterReading
    let message: Int

    var micro: Int64? {
        let register = entry.register
        let parameters = register.parameters(on: LocalTime.berlin.day(of: first.at))
        return (try? Advance.between(first, second, parameters: parameters, capacity: register.ceiling()))?.micro
    }
}

extension IngestRun {
    /// Rule C2, where one transaction brings the total and all its tariff registers between the same moments: that is how they are
    /// mostly read. Where some are missing, what is stored is asked once everything is written (``TariffSettlement``).
    func compareTariffs() {
        guard !advances.isEmpty else { return }
        struct Key: Hashable {
            let register: Identifier<Register>
            let from: Instant
            let until: Instant
        }
        var known: [Key: RegisterAdvance] = [:]
        for advance in advances {
            known[Key(register: advance.entry.register.id, from: advance.first.at, until: advance.second.at)] = advance
        }
        for advance in advances {
            guard let total = advance.entry.total else { continue }
            let (from, until) = (advance.first.at, advance.second.at)
            let all = [total.register] + total.tariffs
            let group = all.compactMap { known[Key(register: $0.id, from: from, until: until)] }
            guard group.count == all.count else {
                unsettleTariffs(total, until, until, messages[advance.message])
                continue
            }
            // Once for the group.
            guard advance.entry.id == total.id, let whole = advance.micro else { continue }
            let parts = zip(total.tariffs, group.dropFirst()).compactMap { register, part in
                part.micro.map { TariffAdvances.Part(register, advance: $0) }
            }
            guard parts.count == total.tariffs.count else { continue }
            let subject = TariffAdvances(total: .init(total.register, advance: whole), parts: parts, from: from, until: until)
            note(Validation.check(subject, parameters: advance.entry.parameters(at: from)), advance.entry, messages[advance.message])
        }
    }

    func unsettleTariffs(_ total: RegisterEntry, _ first: Instant, _ last: Instant, _ message: IngestMessage?) {
        unsettledTariffs[total.id, default: UnsettledRegister(entry: total, first: first, last: last, message: message)].touch(first)
        unsettledTariffs[total.id]?.touch(last)
    }

    /// Rule C2 where the registers of a meter came one by one, or one of them changed.
    func settleTariffs() throws {
        for total in unsettledTariffs.values.sorted(by: { $0.entry.id < $1.entry.id }) {
            total.message?.receipt.findings += try TariffSettlement(total: total.entry, now: now, cause: cause(total.message)).run(
                from: total.first, through: total.last, message: total.message, in: connection)
        }
    }
}
