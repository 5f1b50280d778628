public import Metering
public import Values

/// A master data document: what exists under the same key is updated from its date on, what is absent stays.
public struct MasterDataDocument: Hashable, Sendable {
    public var partners: [Partner] = []
    public var accounts: [Account] = []
    public var meteringPoints: [MeteringPoint] = []
    public var contracts: [Contract] = []
    public init() {}

    public struct Address: Hashable, Sendable {
        public var street: String?
        public var house: String?
        public var postcode: String?
        public var city: String?
        public init(street: String? = nil, house: String? = nil, postcode: String? = nil, city: String? = nil) {
            self.street = street
            self.house = house
            self.postcode = postcode
            self.city = city
        }
    }

    public struct Partner: Hashable, Sendable {
        public enum Kind: String, Sendable, Hashable, CaseIterable { case person, company }
        /// The source system's key; a document's accounts refer to it.
        public var key: String
        /// Our number, if the sender knows it.
        public var number: PrintedNumber?
        public var given: String?
        public var family: String?
        public var company: String?
        public var address: Address?
        public var kind: Kind?
        public var born: Day?
        public var email: String?
        public var phone: String?
        /// Address for electronic invoices (BT-49).
        public var electronicAddress: String?
        public var vatId: String?
        /// Routing id of public buyers (BT-10).
        public var leitwegId: String?
        public init(key: String) { self.key = key }
    }

    public struct Account: Hashable, Sendable {
        public var key: String
        /// Key or number of its partner.
        public var partner: String?
        public var iban: IBAN?
        /// One bill for all contracts of the account (Sammelrechnung); nil leaves it as it is.
        public var collectiveInvoice: Bool?
        public init(key: String, partner: String? = nil, iban: IBAN? = nil, collectiveInvoice: Bool? = nil) {
            self.key = key
            self.partner = partner
            self.iban = iban
            self.collectiveInvoice = collectiveInvoice
        }
    }

    public struct MeteringPoint: Hashable, Sendable {
        public struct Coordinates: Hashable, Sendable {
            /// Degrees in 10^-6; plain decimals in the document.
            public var latitudeMicro: Int64
            public var longitudeMicro: Int64
            public init(latitudeMicro: Int64, longitudeMicro: Int64) {
                self.latitudeMicro = latitudeMicro
                self.longitudeMicro = longitudeMicro
            }
        }
        public var code: MeteringPointCode
        public var commodity: Commodity
        /// Federal state, for its holidays: `SH`.
        public var state: String?
        public var address: Address?
        public var coordinates: Coordinates?
        /// The most that can flow.
        public var capacity: Measure?
        /// What is known of whoever uses it; nil: as stored.
        public var supply = Supply()
        public var meters: [Meter] = []
        public init(code: MeteringPointCode, commodity: Commodity) {
            self.code = code
            self.commodity = commodity
        }
    }

    /// What chooses thresholds, profile and temperatures of a point.
    public struct Supply: Hashable, Sendable {
        /// `household`, `commercial` or `industrial`.
        public var customerClass: String?
        /// A load profile by its name: `H0`, `H25`, `HEF`.
        public var profile: String?
        public var temperatureStation: String?
        /// Jahresverbrauchsprognose, in 10^-6 of the unit of the point's channel.
        public var annualForecastMicro: Int64?
        public init() {}
    }

    public struct Meter: Hashable, Sendable {
        public var serial: String
        public var from: Day
        /// Exclusive; nil: still there, or as it is stored.
        public var until: Day?
        public var registers: [Register] = []
        public init(serial: String, from: Day, until: Day? = nil, registers: [Register] = []) {
            self.serial = serial
            self.from = from
            self.until = until
            self.registers = registers
        }
    }

    public struct Register: Hashable, Sendable {
        public var obis: ObisCode
        public var unit: UnitCode
        public var resolution: Resolution?
        public var digits: Int?
        public var decimals: Int?
        public var factor: Ratio?
        /// When a tariff register counts.
        public var tariffTimes: TariffTimes?
        public init(
            obis: ObisCode, unit: UnitCode, resolution: Resolution? = nil, digits: Int? = nil, decimals: Int? = nil, factor: Ratio? = nil,
            tariffTimes: TariffTimes? = nil
        ) {
            self.tariffTimes = tariffTimes
            self.obis = obis
            self.unit = unit
            self.resolution = resolution
            self.digits = digits
            self.decimals = decimals
            self.factor = factor
        }
    }

    public struct Contract: Hashable, Sendable {
        public var key: String
        /// Key or number of its account.
        public var account: String?
        public var meteringPoint: MeteringPointCode?
        /// `commodity/name` of the tariff folder.
        public var tariff: String?
        public var from: Day
        /// Exclusive; nil: runs on, or as it is stored.
        public var until: Day?
        public var cycle: String?
        /// Attributes the tariffs ask for, such as `usage` and `region`; only the named ones are changed.
        public var attributes: [String: String] = [:]
        public init(key: String, from: Day) {
            self.key = key
            self.from = from
        }
    }
}

/// Something wrong with a master data document, and where.
public struct MasterDataProblem: Hashable, Sendable, Error {
    /// JSON Pointer.
    public let path: String
    /// A stable name such as `json-unknown-key`, `json-missing`, `json-mistyped`, `conflict`.
    public let code: String
    /// For a person.
    public let message: String
    public init(path: String, code: String, message: String) {
        self.path = path
        self.code = code
        self.message = message
    }
}

/// A document that is refused as a whole; nothing of it is stored.
public struct MasterDataRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one; at most as many as are worth reading.
    public let problems: [MasterDataProblem]
    public init(_ problems: [MasterDataProblem]) { self.problems = problems }
    public var description: String { problems.map { "\($0.path): \($0.message)" }.joined(separator: "\n") }
}
