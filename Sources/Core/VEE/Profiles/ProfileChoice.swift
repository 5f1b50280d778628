public import Values

/// Which profile divides a consumption when nobody has assigned one.
public enum ProfileChoice {
    /// The usual profile of a commodity and class; nil where days are equal (water, AVBWasserV knows no season).
    ///
    /// Gas without temperatures is divided by the monthly degree days of heating: a year's 58.33 % up to 30 June against the
    /// 57.66 % of a single-family house by temperature, where equal days would say 49.59 %.
    /// - Parameter temperatures: daily means of the supply area, from four days before the period on; empty if there are none.
    public static func usual(
        for commodity: Commodity, of customer: CustomerClass, temperatures: [Day: Temperature] = [:],
        holidays: HolidayCalendar? = HolidayCalendar(state: nil)
    ) -> (any ConsumptionProfile)? {
        switch (commodity, customer) {
        case (.electricity, .household): LoadProfile(.h0, holidays: holidays)
        case (.electricity, _): LoadProfile(.g0, holidays: holidays)
        case (.gas, _) where temperatures.isEmpty: DegreeDays()
        case (.gas, .household): GasProfile(.hef, temperatures: temperatures, holidays: holidays)
        case (.gas, _): GasProfile(.ghd, temperatures: temperatures, holidays: holidays)
        case (.heat, _): temperatures.isEmpty ? DegreeDays() : DegreeDays(.gtz20, temperatures: temperatures)
        case (.water, _): nil
        }
    }

    /// A profile by the name that master data give it: `H0`, `h25`, `HEF`, `HMF33`; nil for an unknown one, or for a gas profile
    /// without temperatures.
    public static func named(
        _ name: String, temperatures: [Day: Temperature] = [:], holidays: HolidayCalendar? = HolidayCalendar(state: nil)
    ) -> (any ConsumptionProfile)? {
        let name = name.uppercased()
        if let known = LoadProfile.Name(rawValue: name) { return LoadProfile(known, holidays: holidays) }
        let variants: [(String, GasProfile.Variant)] = [("33", .v33), ("34", .v34)]
        let variant = variants.first { name.hasSuffix($0.0) && name.utf8.count == 5 }
        if !temperatures.isEmpty, let known = GasProfile.Name(rawValue: variant == nil ? name : String(name.dropLast(2))) {
            return GasProfile(known, variant: variant?.1 ?? .v34, temperatures: temperatures, holidays: holidays)
        }
        return name == "GTZ" ? DegreeDays() : nil
    }
}
