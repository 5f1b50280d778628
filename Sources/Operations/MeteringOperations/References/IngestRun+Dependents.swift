internal import Metering
internal import Values

extension IngestRun {
    /// Channels that what was written may tell more about: those it checks, those of its node, those whose tariff was read. What
    /// came for them before may have left a gap that waits for this.
    func unsettleDependents() throws {
        struct Touch {
            var first: Day
            var last: Day
            let message: Int?
        }
        var touched: [Dependent: Touch] = [:]
        func touch(_ entry: RegisterEntry, _ first: Day, _ last: Day, _ message: Int?) {
            for dependent in entry.dependents {
                var touch = touched[dependent] ?? Touch(first: first, last: last, message: message)
                touch.first = min(touch.first, first)
                touch.last = max(touch.last, last)
                touched[dependent] = touch
            }
        }
        for work in days where !work.entry.dependents.isEmpty && work.isWritten {
            touch(work.entry, work.day, work.day, work.pieces.first?.message)
        }
        for work in registers where !work.entry.dependents.isEmpty {
            let (low, high) = work.bounds
            // A reading at midnight ends the day before.
            touch(work.entry, LocalTime.berlin.day(of: low).adding(days: -1), LocalTime.berlin.day(of: high), work.first.message)
        }
        guard !touched.isEmpty else { return }
        for meter in try connection.meterEntries(Array(Set(touched.keys.map(\.meter)))) {
            for entry in meter.registers where entry.register.resolution != nil {
                guard let touch = touched[Dependent(register: entry.id, meter: entry.register.meter)] else { continue }
                unsettle(entry, touch.first, by: touch.message)
                unsettle(entry, touch.last, by: touch.message)
            }
        }
    }
}
