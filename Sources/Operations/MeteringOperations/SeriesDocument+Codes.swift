internal import MarketFormats
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
        let why = NEM12Codes.reason(reason, of: mark.status, method: method).map { " \($0)" } ?? ""
        self.init(
            mscons: MarketMarks.codes(.mscons, mark, commodity: commodity, isReading: isReading).map(\.code),
            nem12: NEM12Codes.qualityMethod(of: mark.status, method: method, isReading: isReading) + why, cim: cim)
    }
}
