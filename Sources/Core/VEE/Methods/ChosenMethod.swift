internal import Metering
public import Values

/// One method, because a person wants this one and not the cascade's choice.
extension Estimation {
    /// The methods that can be asked for by name.
    public static let choosable: [EstimationMethod] = [.linear, .likeDay, .previousWeek, .zero]

    /// What a method says about the slots between two moments, whatever stands there now; slots it has no basis for are left out.
    ///
    /// `linear` goes from the last value before to the first behind, however far apart they are; `likeDay` takes the mean of up to
    /// three like days; nothing is scaled to a register: who chooses the method answers for the sum.
    /// - Parameter window: with the days around, as for `fill`.
    /// - Returns: empty if the method cannot be asked for or the channel has no resolution.
    public static func chosen(
        _ method: EstimationMethod, _ window: EstimationWindow, from: Instant, until: Instant, holidays: HolidayCalendar,
        parameters: EstimationParameters = .init(), time: LocalTime = .berlin
    ) -> [Instant: Int64] {
        guard let resolution = window.channel.resolution, choosable.contains(method), from < until else { return [:] }
        // What is to be replaced teaches nothing about itself.
        var window = window
        for day in window.days.keys {
            for slot in 0..<(window.days[day]?.count ?? 0) {
                let start = resolution.start(of: slot, of: day, in: time)
                if start >= from, start < until { window.days[day]?.statuses[slot] = ValueStatus.absent.rawValue }
            }
        }
        let grid = SlotGrid(window, resolution: resolution, time: time)
        let slots = (0..<grid.count).filter { slot in
            let start = grid.instant(slot)
            return start >= from && start < until
        }
        guard let first = slots.first, let last = slots.last else { return [:] }
        var values: [Instant: Int64] = [:]
        switch method {
        case .zero:
            for slot in slots { values[grid.instant(slot)] = 0 }
        case .linear:
            guard let low = (0..<first).last(where: { grid.kinds[$0] == .fixed }),
                let high = ((last + 1)..<grid.count).first(where: { grid.kinds[$0] == .fixed })
            else { return [:] }
            let (before, after) = (Int128(grid.values[low]), Int128(grid.values[high]))
            for slot in slots {
                let step = Rounding.halfAwayFromZero.divide((after - before) * Int128(slot - low), by: Int128(high - low))
                values[grid.instant(slot)] = Int64(clamping: before + step)
            }
        default:
            let likeDays = LikeDays(grid, parameters: parameters, holidays: holidays)
            for slot in slots {
                if method == .previousWeek {
                    values[grid.instant(slot)] = likeDays.previousWeek(of: slot)
                    continue
                }
                let day = grid.day(grid.dayIndex(of: slot))
                let near = likeDays.references(for: day)
                values[grid.instant(slot)] = likeDays.mean(of: slot, over: near.isEmpty ? likeDays.widerReferences(for: day) : near)
            }
        }
        return values
    }
}
