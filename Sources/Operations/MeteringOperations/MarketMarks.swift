internal import MarketFormats
internal import Metering
internal import VEE
internal import Values

/// Between the codes that market messages put beside a value and our method and reason.
enum MarketMarks {
    typealias Pair = (method: EstimationMethod, reason: EstimationReason)

    /// The columns `methods` and `reasons` of a message; empty where no code says anything.
    static func columns(_ message: MarketReadings) -> (methods: [UInt8], reasons: [UInt8]) {
        guard message.codes.sets.contains(where: { speaks($0) }) else { return ([], []) }
        var methods = [UInt8](repeating: 0, count: message.batch.values.count)
        var reasons = methods
        for run in message.codes.runs {
            let codes = message.codes.codes(run.set)
            guard speaks(codes) else { continue }
            for place in run.first..<min(run.first + run.count, methods.count) {
                let mark = mark(codes, status: ValueStatus(rawValue: message.batch.statuses[place]) ?? .absent)
                methods[place] = mark.method.rawValue
                reasons[place] = mark.reason.rawValue
            }
        }
        return (methods, reasons)
    }

    /// Whether a set says more than the status.
    private static func speaks(_ codes: [ValueCode]) -> Bool {
        let mark = mark(codes, status: .substituted)
        return mark.method != .none || mark.reason != .none
    }

    /// What a value's codes mean. An estimate of the sender's keeps no method of the cascade: what the cascade made it may make
    /// anew, and somebody else's estimate it may not.
    static func mark(_ codes: [ValueCode], status: ValueStatus) -> Pair {
        var mark: Pair = (.none, .none)
        guard status != .absent else { return mark }
        for code in codes {
            switch code.list {
            case ValueCode.msconsMethod: mark.method = method(mscons: code.code)
            case ValueCode.msconsQuantity:
                if mark.method == .none { mark.method = MSCONSCodes.method(ofQualifier: code.code) ?? .none }
            case ValueCode.nemQuality:
                if let number = Int(code.code.dropFirst()), let method = NEM12Codes.method(number) { mark.method = method }
            case ValueCode.cimQuality: if code.code.split(separator: ".").dropFirst().first == "7" { mark.method = .manual }
            case ValueCode.espiQuality: if code.code == "7" { mark.method = .manual }
            case ValueCode.msconsReason, ValueCode.msconsCorrection, ValueCode.msconsHint:
                if mark.reason == .none { mark.reason = EstimationReason(mscons: code.code) ?? .none }
            case ValueCode.nemReason:
                if let number = Int(code.code) { mark.reason = EstimationReason.allCases.first { $0.nem12 == number } ?? .none }
            default: break
            }
        }
        // Of what was measured only a sum came about otherwise.
        if status == .measured, mark.method != .calculated { mark.method = .none }
        if status == .estimated, mark.method.isCascade { mark.method = .none }
        return mark
    }

    /// What the codes beside a value say of the meter itself, beyond why the value is as it is.
    static func alarms(_ codes: [ValueCode]) -> [DeviceAlarm] {
        var alarms: [DeviceAlarm] = []
        for code in codes {
            let alarm: DeviceAlarm? =
                switch code.list {
                case ValueCode.nemReason: Int(code.code).flatMap(NEM12Codes.alarm)
                case ValueCode.cimQuality: CIMQuality.alarm(code.code)
                case ValueCode.msconsReason, ValueCode.msconsCorrection: EstimationReason(mscons: code.code)?.alarm
                default: nil
                }
            if let alarm, !alarms.contains(alarm) { alarms.append(alarm) }
        }
        return alarms
    }

    private static func method(mscons code: String) -> EstimationMethod {
        switch code {
        case "Z88": .checkMeter
        case "Z89": .uncalibratedCheckMeter
        case "Z90", "Z91", "ZR0": .calculated
        case "Z92": .linear
        case "Z93": .held
        case "Z94": .balance
        case "Z95", "ZJ2": .likeDay
        case "ZQ8": .flat
        default: .none
        }
    }

    /// The codes with which a stored value goes out in a format; the tables are those of VEE.
    static func codes(
        _ format: MarketFormat, _ mark: Mark, commodity: Commodity, isReading: Bool
    ) -> [ValueCode] {
        let method = EstimationMethod(rawValue: mark.method) ?? .none
        let reason = EstimationReason(rawValue: mark.reason) ?? .none
        switch format {
        case .mscons:
            var codes = [ValueCode(ValueCode.msconsQuantity, MSCONSCodes.qualifier(of: mark.status, method: method))]
            if mark.status != .measured, let code = method.mscons(for: commodity) { codes.append(ValueCode(ValueCode.msconsMethod, code)) }
            if let hint = method.msconsHint, reason.mscons != hint { codes.append(ValueCode(ValueCode.msconsHint, hint)) }
            // That a sender rejected a value is said by the qualifier already.
            let isSaid = mark.status == .rejected && reason == .withdrawn
            if !isSaid, let code = reason.mscons {
                codes.append(ValueCode(MSCONSCodes.category(ofReason: code, status: mark.status), code))
            }
            return codes
        case .nem12, .nem13:
            guard NEM12Codes.quality(of: mark.status, method: method) != .null else { return [] }
            var codes = [
                ValueCode(ValueCode.nemQuality, NEM12Codes.qualityMethod(of: mark.status, method: method, isReading: isReading))
            ]
            if let code = NEM12Codes.reason(reason, of: mark.status, method: method) {
                codes.append(ValueCode(ValueCode.nemReason, String(code)))
            }
            return codes
        case .cim: return CIMQuality.of(mark.status, method: method).map { [ValueCode(ValueCode.cimQuality, $0)] } ?? []
        case .espi, .mbusXML, .wmbusJSON: return []
        }
    }
}
