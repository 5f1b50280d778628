import AccessOperations
import ArgumentParser
import Billing
import LedgerOperations
import VEE
import Values

/// Words of the command line into values; what is none of its kind is wrong usage (64).
enum Parse {
    static func day(_ text: String) throws -> Day {
        guard let day = Day(entered: text) else { throw ValidationError("“\(text)” is no \(Day.expectation.dropFirst(2))") }
        return day
    }

    static func occasion(_ text: String) throws -> BillingOccasion {
        guard let occasion = BillingOccasion(text) else {
            throw ValidationError(
                "“\(text)” is no billing cycle: annual-MM (the year that ends with month MM), monthly, or final (what has ended)")
        }
        return occasion
    }

    static func commodity(_ text: String) throws -> Commodity {
        guard let commodity = Commodity(rawValue: text) else {
            throw ValidationError("“\(text)” is no commodity: \(Commodity.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return commodity
    }

    static func customerClass(_ text: String) throws -> CustomerClass {
        guard let customer = CustomerClass(rawValue: text) else {
            throw ValidationError("“\(text)” is no class: \(CustomerClass.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return customer
    }

    static func role(_ text: String) throws -> Role {
        guard let role = Role(rawValue: text) else {
            throw ValidationError("“\(text)” is no role: \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return role
    }

    /// A day: what was booked up to and with it; a time with offset: what was known then.
    static func asOf(_ text: String) throws -> AsOf {
        if let day = Day(entered: text) { return AsOf(day: day) }
        do { return AsOf(known: try Instant(text)) } catch {
            throw ValidationError("“\(text)” is neither a day such as 2026-01-01 nor a time with offset such as 2026-01-01T00:00:00+01:00")
        }
    }

    static func instant(_ text: String) throws -> Instant {
        do { return try Instant(text) } catch {
            throw ValidationError("“\(text)” is no time with offset such as 2026-01-01T00:00:00+01:00")
        }
    }

    /// Half-open.
    static func period(from: Day, to: Day) throws -> DayRange {
        guard let period = DayRange(checked: from, until: to), from < to else {
            throw ValidationError("--from \(from) must lie before --to \(to), which is exclusive")
        }
        return period
    }
}
