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
        return (try? Advance.between(first, second, parameters: parameters, capacity: register.capacity()))?.micro
    }
}

extension IngestRun {
    /// Rule C2, where one message or one transaction brings the total and all its tariff registers between the same moments:
    /// that is how they are read.
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
        for total in advances where !total.entry.tariffs.isEmpty {
            guard let whole = total.micro else { continue }
            var parts: [TariffAdvances.Part] = []
            for register in total.entry.tariffs {
                guard let part = known[Key(register: register.id, from: total.first.at, until: total.second.at)], let micro = part.micro
                else { break }
                parts.append(.init(register, advance: micro))
            }
            guard parts.count == total.entry.tariffs.count else { continue }
            let subject = TariffAdvances(
                total: .init(total.entry.register, advance: whole), parts: parts, from: total.first.at, until: total.second.at)
            note(Validation.check(subject, parameters: total.entry.parameters(at: total.first.at)), total.entry, messages[total.message])
        }
    }
}
