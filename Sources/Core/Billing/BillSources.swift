public import Tariffs
public import Values

/// The files behind a bill, by the hashes of their bytes: what is stored beside it to compute it again.
public struct BillSources: Hashable, Sendable {
    /// Of the tariff versions, in order of their first days.
    public let tariffs: [String]
    /// File of series, taxes or supplier to hash.
    public let prices: [String: String]

    /// Of the versions that hold in a period, and of what they name.
    public init(tariffs: Timeline<PublishedTariff>, prices: PriceCatalog, period: DayRange) {
        let standing = tariffs.pieces(in: period).map(\.value)
        self.tariffs = standing.map(\.hash)
        self.prices = prices.hashes(behind: standing.map(\.version), over: period)
    }
}

extension BillingCase {
    /// The files behind it.
    public var sources: BillSources { plan?.sources ?? BillSources(tariffs: tariffs, prices: prices, period: period) }
}
