internal import MarketFormats
internal import Metering
internal import ReadingFormats
internal import VEE
internal import Values

extension SeriesDocument.Codes {
    /// What MSCONS, NEM12 and CIM say of a stored value; nil for one as measured, of which there is nothing to say.
    init?(_ mark: Mark, _ commodity: Commodity, isReading: Bool) {
        guard mark.status != .absent, mark.status != .measured || mark.method != 0 || mark.reason != 0 else { return nil }
        func codes(_ format: MarketFormat) -> [String] {
            MarketMarks.codes(format, mark, commodity: commodity, isReading: isReading).map(\.code)
        }
        guard let cim = codes(.cim).first else { return nil }
        // There is no word for a rejected value.
        let nem12 = codes(.nem12)
        self.init(
            mscons: codes(.mscons), nem12: nem12.isEmpty ? NEM12Codes.Quality.null.rawValue : nem12.joined(separator: " "), cim: cim)
    }
}
