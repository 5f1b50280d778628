internal import Metering
internal import ReadingFormats
internal import VEE
internal import Values

extension SeriesDocument.Codes {
    /// What MSCONS, NEM12 and CIM say of a stored value; nil for one as measured, of which there is nothing to say.
    init?(_ mark: Mark, _ commodity: Commodity, isReading: Bool) {
        let method = EstimationMethod(rawValue: mark.method) ?? .none
        let reason = EstimationReason(rawValue: mark.reason) ?? .none
        guard mark.status != .absent, mark.status != .measured || method != .none || reason != .none,
            let cim = CIMQuality.of(mark.status, method: method)
        else { return nil }
        let quality = NEM12Codes.quality(of: mark.status)
        let number = (isReading ? method.nem13 : method.nem12) ?? "18"
        let why = quality.hasReason ? reason.nem12.map { " \($0)" } ?? "" : ""
        self.init(
            mscons: [MSCONSCodes.qualifier(of: mark.status)]
                + [method.mscons(for: commodity), method.msconsHint, reason.mscons].compactMap(\.self),
            nem12: (quality.hasMethod ? quality.rawValue + number : quality.rawValue) + why, cim: cim)
    }
}
