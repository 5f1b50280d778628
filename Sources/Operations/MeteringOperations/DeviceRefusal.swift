public import Values

/// Why something cannot have happened to a meter as it was told; nothing was stored.
public enum DeviceRefusal: Error, Hashable, Sendable {
    case missingAuthor
    case unknownMeter(String)
    case unknownPoint(String)
    /// The meter does not hang anywhere on that day.
    case notInstalled(serial: String, on: Day)
    case unknownRegister(serial: String, obis: ObisCode)
    /// Nobody read it, and nothing is known from which the reading could be estimated.
    case missingReading(serial: String, obis: ObisCode)
    /// Values were delivered for days on which the meter would no longer hang.
    case valuesBehind(serial: String, since: Day)
    case differentCommodity(String)
    case badFactor
    case alreadyReset(serial: String, obis: ObisCode, on: Day)
    /// A reading that a register cannot show.
    case impossibleReading(obis: ObisCode, why: String)
    /// What a customer reads lies far from what was to be expected; confirmed, it is taken.
    case implausible(obis: ObisCode, expected: String)
    /// In the words of what refused it.
    case conflict([String])

    /// Stable, for programs.
    public var code: String {
        switch self {
        case .missingAuthor: "missing-author"
        case .unknownMeter: "unknown-meter"
        case .unknownPoint: "unknown-metering-point"
        case .notInstalled: "not-installed"
        case .unknownRegister: "unknown-register"
        case .missingReading: "missing-reading"
        case .valuesBehind: "values-behind"
        case .differentCommodity: "different-commodity"
        case .badFactor: "bad-factor"
        case .alreadyReset: "already-reset"
        case .impossibleReading: "impossible-reading"
        case .implausible: "implausible"
        case .conflict: "conflict"
        }
    }

    public var explanation: String {
        switch self {
        case .missingAuthor: "Say who; it is kept with the device."
        case .unknownMeter(let serial): "There is no meter \(serial.prefix(64))."
        case .unknownPoint(let code): "There is no metering point \(code.prefix(80))."
        case .notInstalled(let serial, let day): "Meter \(serial.prefix(64)) hangs nowhere on \(day)."
        case .unknownRegister(let serial, let obis): "Meter \(serial.prefix(64)) has no register \(obis)."
        case .missingReading(let serial, let obis):
            "Register \(obis) of meter \(serial.prefix(64)) was not read, and there is nothing to estimate its reading from; read it."
        case .valuesBehind(let serial, let day):
            "Values of meter \(serial.prefix(64)) were delivered from \(day) on; withdraw them first, or choose a later day."
        case .differentCommodity(let code): "Metering point \(code.prefix(80)) has another commodity."
        case .badFactor: "A factor is a positive number with at most six places."
        case .alreadyReset(let serial, let obis, let day): "Register \(obis) of meter \(serial.prefix(64)) was reset on \(day) already."
        case .impossibleReading(let obis, let why): "\(obis): \(why)"
        case .implausible(let obis, let expected):
            "\(obis): expected was \(expected). Compare the digits with the register; send `confirmed` if it does show this."
        case .conflict(let messages): messages.first ?? "It conflicts with what is stored."
        }
    }
}
