internal import MarketFormats
internal import Metering
internal import VEE
internal import Values

/// Between the codes that market messages put beside a value and our method and reason.
///
/// What goes in comes out: a code for which a method or reason of ours would go out as another one is kept as the sender's
/// (``SenderCode``). Kept is one method and one reason a value; texts, and further hints and reasons beside the first, are not.
enum MarketMarks {
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
                methods[place] = mark.method
                reasons[place] = mark.reason
            }
        }
        return (methods, reasons)
    }

    /// Whether a set says more than the status.
    private static func speaks(_ codes: [ValueCode]) -> Bool {
        let mark = mark(codes, status: .substituted)
        return mark.method != 0 || mark.reason != 0
    }

    /// What a value's codes mean. An estimate of the sender's keeps no method of the cascade: what the cascade made it may make
    /// anew, and somebody else's estimate it may not.
    static func mark(_ codes: [ValueCode], status: ValueStatus, isReading: Bool = false) -> Mark {
        var mark = Mark(status: status, method: 0, reason: 0)
        guard status != .absent else { return mark }
        for code in codes {
            switch code.list {
            case ValueCode.msconsMethod: mark.method = method(mscons: code.code, status)
            case ValueCode.msconsQuantity:
                if mark.method == 0 { mark.method = MSCONSCodes.method(ofQualifier: code.code)?.rawValue ?? 0 }
            case ValueCode.nemQuality:
                if let number = Int(code.code.dropFirst()) { mark.method = method(nem12: number, status, isReading: isReading) }
            case ValueCode.cimQuality: mark.method = method(cim: code.code)
            case ValueCode.espiQuality: mark.method = method(espi: code.code)
            case ValueCode.msconsReason, ValueCode.msconsCorrection, ValueCode.msconsHint:
                if mark.reason == 0 { mark.reason = reason(mscons: code.code) }
            case ValueCode.nemReason: if let number = Int(code.code) { mark.reason = reason(nem12: number, status) }
            default: break
            }
        }
        // Of what was measured only a sum came about otherwise.
        if status == .measured, mark.method != EstimationMethod.calculated.rawValue { mark.method = 0 }
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

    // MARK: in

    /// Our method, unless we would take the sender's estimate for our own.
    private static func kept(_ method: EstimationMethod?, _ status: ValueStatus, else code: SenderCode) -> UInt8 {
        guard let method, status != .estimated || !method.isMadeHere else { return code.raw ?? 0 }
        return method.rawValue
    }

    private static func method(mscons code: String, _ status: ValueStatus) -> UInt8 {
        let own: EstimationMethod? =
            switch code {
            case "Z88": .checkMeter
            case "Z89": .uncalibratedCheckMeter
            case "Z92": .linear
            case "Z93": .held
            case "Z94": .balance
            case "Z95", "ZJ2": .likeDay
            case "ZQ8": .flat
            default: nil
            }
        return kept(own, status, else: .mscons(code))
    }

    private static func method(nem12 number: Int, _ status: ValueStatus, isReading: Bool) -> UInt8 {
        // How an alternate value was made nobody says.
        guard number != 18 else { return 0 }
        let own = NEM12Codes.method(number)
        let isSame = (isReading ? own?.nem13 : own?.nem12) == String(number)
        return kept(isSame ? own : nil, status, else: .nem12(number))
    }

    private static func method(cim quality: String) -> UInt8 {
        switch quality.split(separator: ".").dropFirst().first {
        case "7": EstimationMethod.manual.rawValue
        case "12": SenderCode.quality(12).raw ?? 0
        default: 0
        }
    }

    private static func method(espi quality: String) -> UInt8 {
        switch quality {
        case "7": EstimationMethod.manual.rawValue
        // By a reference day, projected, mixed.
        case "8", "12", "13": Int(quality).flatMap { SenderCode.quality($0).raw } ?? 0
        default: 0
        }
    }

    /// What a person here decided no sender says, whatever went wrong with the reader of his.
    private static func reason(mscons code: String) -> UInt8 {
        guard let own = EstimationReason(mscons: code), own != .person else { return SenderCode.mscons(code).raw ?? 0 }
        return own.rawValue
    }

    /// Beside a measured value, or a sender's estimate, only a sender gives a reason in NEM12; ours there are not for it.
    private static func reason(nem12 number: Int, _ status: ValueStatus) -> UInt8 {
        let own = EstimationReason.allCases.first { $0.nem12 == number }
        guard let own, own != .person, status == .substituted || status == .provisional else { return SenderCode.nem12(number).raw ?? 0 }
        return own.rawValue
    }

    // MARK: out

    /// The codes with which a stored value goes out in a format; the tables are those of VEE.
    static func codes(
        _ format: MarketFormat, _ mark: Mark, commodity: Commodity, isReading: Bool
    ) -> [ValueCode] {
        switch format {
        case .mscons: mscons(mark, commodity)
        case .nem12, .nem13: nem12(mark, isReading: isReading)
        case .cim: cim(mark)
        case .espi: espi(mark)
        case .mbusXML, .wmbusJSON: []
        }
    }

    private static func mscons(_ mark: Mark, _ commodity: Commodity) -> [ValueCode] {
        let sent = SenderCode(raw: mark.method)
        // A sender's method is one, though none of ours.
        let method = EstimationMethod(rawValue: mark.method) ?? (sent == nil ? .none : .proposed)
        let reason = EstimationReason(rawValue: mark.reason) ?? .none
        var codes = [ValueCode(ValueCode.msconsQuantity, MSCONSCodes.qualifier(of: mark.status, method: method))]
        if case .mscons(let code)? = sent {
            codes.append(ValueCode(ValueCode.msconsMethod, code))
        } else if mark.status != .measured, let code = method.mscons(for: commodity) {
            codes.append(ValueCode(ValueCode.msconsMethod, code))
        }
        if let hint = method.msconsHint, reason.mscons != hint { codes.append(ValueCode(ValueCode.msconsHint, hint)) }
        // That a sender rejected a value is said by the qualifier already.
        let isSaid = mark.status == .rejected && reason == .withdrawn
        if case .mscons(let code)? = SenderCode(raw: mark.reason) {
            codes.append(ValueCode(MSCONSCodes.category(ofReason: code, status: mark.status), code))
        } else if !isSaid, let code = reason.mscons {
            codes.append(ValueCode(MSCONSCodes.category(ofReason: code, status: mark.status), code))
        }
        return codes
    }

    private static func nem12(_ mark: Mark, isReading: Bool) -> [ValueCode] {
        let method = EstimationMethod(rawValue: mark.method) ?? .none
        let quality = NEM12Codes.quality(of: mark.status, method: method)
        guard quality != .null else { return [] }
        var flag = NEM12Codes.qualityMethod(of: mark.status, method: method, isReading: isReading)
        if quality.hasMethod, case .nem12(let number)? = SenderCode(raw: mark.method) {
            flag = quality.rawValue + (number < 10 ? "0" : "") + String(number)
        }
        var codes = [ValueCode(ValueCode.nemQuality, flag)]
        if case .nem12(let number)? = SenderCode(raw: mark.reason) {
            codes.append(ValueCode(ValueCode.nemReason, String(number)))
        } else if let code = NEM12Codes.reason(EstimationReason(rawValue: mark.reason) ?? .none, of: mark.status, method: method) {
            codes.append(ValueCode(ValueCode.nemReason, String(code)))
        }
        return codes
    }

    private static func cim(_ mark: Mark) -> [ValueCode] {
        if mark.status == .estimated, SenderCode(raw: mark.method) == .quality(12) { return [ValueCode(ValueCode.cimQuality, "3.12.0")] }
        let method = EstimationMethod(rawValue: mark.method) ?? .none
        return CIMQuality.of(mark.status, method: method).map { [ValueCode(ValueCode.cimQuality, $0)] } ?? []
    }

    private static func espi(_ mark: Mark) -> [ValueCode] {
        guard case .quality(let number)? = SenderCode(raw: mark.method) else { return [] }
        return [ValueCode(ValueCode.espiQuality, String(number))]
    }
}
