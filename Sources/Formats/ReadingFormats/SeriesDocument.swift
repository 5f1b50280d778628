internal import JSON
public import Values

/// The values of a metering point as they are read back: register by register, in time order, one page of them.
public struct SeriesDocument: Hashable, Sendable {
    /// One value with where it came from.
    public struct Value: Hashable, Sendable {
        /// Begin of the slot, or the moment of the reading.
        public var at: Instant
        /// 10^-6 of the unit.
        public var micro: Int64
        public var status: ValueStatus
        /// Words of the method and the reason; nil for a measured value without either.
        public var method: String?
        public var reason: String?
        public var version: Int32
        public var knownSince: Instant
        /// The same in the words of the market; nil for a value as measured.
        public var codes: Codes?
        public init(
            at: Instant, micro: Int64, status: ValueStatus, method: String?, reason: String?, version: Int32, knownSince: Instant,
            codes: Codes? = nil
        ) {
            self.at = at
            self.micro = micro
            self.status = status
            self.method = method
            self.reason = reason
            self.version = version
            self.knownSince = knownSince
            self.codes = codes
        }
    }
    /// Quality of a value in three languages at once.
    public struct Codes: Hashable, Sendable {
        /// QTY qualifier, method (STS+Z32), hint (STS+Z33) and reason (STS+Z40) of MSCONS, as far as there are codes.
        public var mscons: [String]
        /// Quality, method and reason of NEM12: `S15`, `S17 76`.
        public var nem12: String
        /// ReadingQualityType of CIM: `3.8.0`.
        public var cim: String
        public init(mscons: [String], nem12: String, cim: String) {
            self.mscons = mscons
            self.nem12 = nem12
            self.cim = cim
        }
    }
    /// The values of one register.
    public struct Register: Hashable, Sendable {
        public var meter: String
        public var obis: ObisCode
        public var unit: UnitCode
        /// nil: a register that is read; its values stand `at` a moment instead of having a `start`.
        public var resolution: Resolution?
        public var values: [Value]
        public init(meter: String, obis: ObisCode, unit: UnitCode, resolution: Resolution?, values: [Value]) {
            self.meter = meter
            self.obis = obis
            self.unit = unit
            self.resolution = resolution
            self.values = values
        }
    }

    public var meteringPoint: String
    public var series: [Register]
    /// The cursor of the next page; nil on the last.
    public var next: String?

    public init(meteringPoint: String, series: [Register], next: String?) {
        self.meteringPoint = meteringPoint
        self.series = series
        self.next = next
    }

    /// The JSON answer of `GET /metering-points/{id}/readings`. Times carry the local offset.
    public var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256 + series.reduce(0) { $0 + $1.values.count * 160 })
        writer.object { writer in
            writer.member("meteringPoint", meteringPoint)
            writer.member(
                "series",
                array: { writer in
                    for register in series { SeriesDocument.write(register, to: &writer) }
                })
            writer.member("next", next)
        }
        return writer.bytes
    }

    private static func write(_ register: Register, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("meter", register.meter)
            writer.member("obis", register.obis.description)
            writer.member("unit", register.unit.rawValue)
            writer.member("resolution", register.resolution?.description)
            writer.member(
                "values",
                array: { writer in
                    for value in register.values {
                        writer.object { writer in
                            writer.member(register.resolution == nil ? "at" : "start", LocalTime.berlin.text(value.at))
                            writer.member("value", DecimalText.format(value.micro, scale: 6))
                            writer.member("status", value.status.word)
                            writer.member("method", value.method)
                            writer.member("reason", value.reason)
                            writer.member("version", value.version)
                            writer.member("knownSince", value.knownSince.description)
                            if let codes = value.codes {
                                writer.member(
                                    "codes",
                                    object: { writer in
                                        writer.member("mscons", array: { writer in for code in codes.mscons { writer.string(code) } })
                                        writer.member("nem12", codes.nem12)
                                        writer.member("cim", codes.cim)
                                    })
                            }
                        }
                    }
                })
        }
    }
}
