public import Values

/// One register of one meter while it hung at the point, with all that its usage can be told from.
public struct MeterUsage: Hashable, Sendable {
    /// The days of this installation.
    public var installation: DayRange
    /// The register; a channel if the meter has no register beside it.
    public var register: Register
    /// Its readings, with the nearest ones before and after the period where there are any. Order does not matter.
    public var readings: [RegisterReading]
    /// The channel whose sums the register's advance must equal.
    public var channel: Register?
    /// Day sums of the channel.
    public var daily: [Day: DaySum]
    /// Of a tariff register without a channel of its own: day sums of the channel of all rates, of the slots that the register counts
    /// where that is known. They tell on which days its advance fell, not how much it was.
    public var weights: [Day: DaySum]
    /// Of which channel `weights` are, and which of its slots they count.
    public var weighing: Weighing?

    public init(
        installation: DayRange, register: Register, readings: [RegisterReading], channel: Register? = nil, daily: [Day: DaySum] = [:],
        weights: [Day: DaySum] = [:], weighing: Weighing? = nil
    ) {
        self.installation = installation
        self.register = register
        self.readings = readings
        self.channel = channel
        self.daily = daily
        self.weights = weights
        self.weighing = weighing
    }

    /// A channel of all rates as one of its tariff registers looks at it.
    public struct Weighing: Hashable, Sendable {
        public var channel: Register
        /// Which slots the register counts; nil where that is not known, or not the same on all days.
        public var times: TariffTimes?

        public init(channel: Register, times: TariffTimes?) {
            self.channel = channel
            self.times = times
        }
    }
}

/// All that the usage of a metering point in a period is computed from.
public struct UsageInput: Hashable, Sendable {
    public var meters: [MeterUsage]
    /// Weights of days by which an advance is divided where there are no intervals, such as a standard load profile or degree
    /// days. Empty: day by day in equal shares.
    public var profile: [Day: Int64]
    /// The same, summed once for all points that share a profile; takes the place of `profile` where it is given.
    public var totals: ProfileTotals?
    /// The days of the contract that it is asked for; nil: not told. An end that nobody read is carried on by what was counted on them.
    public var own: DayRange?
    /// How the first moment of the period is divided, where what ends there goes by other rules; nil: as the rest.
    public var seam: Seam?

    public init(meters: [MeterUsage], profile: [Day: Int64] = [:], totals: ProfileTotals? = nil) {
        self.meters = meters
        self.profile = profile
        self.totals = totals
    }

    /// Pairs the registers and channels of a point: a channel goes with the register of its meter that counts the same
    /// (`ObisCode.registerOfChannel`), a channel without such a register stands for itself.
    ///
    /// - Parameter weights, weighing: of tariff registers; see ``MeterUsage/weights``.
    public init(
        point: Identifier<MeteringPoint>, registers: [Register], readings: [Identifier<Register>: [RegisterReading]],
        daily: [Identifier<Register>: [Day: DaySum]], weights: [Identifier<Register>: [Day: DaySum]] = [:],
        weighing: [Identifier<Register>: MeterUsage.Weighing] = [:], profile: [Day: Int64] = [:]
    ) {
        self.profile = profile
        meters = []
        let channels = registers.filter { $0.resolution != nil }
        var paired: Set<Identifier<Register>> = []
        for register in registers where register.resolution == nil {
            let channel = channels.first {
                $0.meter == register.meter && $0.obis.registerOfChannel == register.obis && $0.obis.b == register.obis.b
            }
            if let channel { paired.insert(channel.id) }
            for entry in register.installations.entries where entry.value == point {
                meters.append(
                    MeterUsage(
                        installation: entry.range, register: register, readings: readings[register.id] ?? [],
                        channel: channel, daily: channel.flatMap { daily[$0.id] } ?? [:],
                        weights: channel == nil ? weights[register.id] ?? [:] : [:], weighing: channel == nil ? weighing[register.id] : nil)
                )
            }
        }
        for channel in channels where !paired.contains(channel.id) {
            for entry in channel.installations.entries where entry.value == point {
                meters.append(MeterUsage(installation: entry.range, register: channel, readings: [], daily: daily[channel.id] ?? [:]))
            }
        }
    }
}
