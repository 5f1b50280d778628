import ArgumentParser
import BillingOperations
import JSON
import MarketFormats
import MasterDataFormat
import ReadingFormats

/// What a file holds. Told by its content, not by its name; `--format` says it where the content is too damaged to tell.
enum FileKind: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// Partners, accounts, metering points, contracts.
    case masterData = "master-data"
    case payments
    /// Daily means: `station,day,celsius`.
    case temperatures
    /// Prices of market time units: `start,price` below `# schema: spot/1`.
    case spot
    /// Readings in our JSON.
    case json
    case csv
    /// A SubmitReadings envelope, SOAP 1.1 or 1.2.
    case soap
    case nem12, nem13, mscons, espi, cim
    case mbusXML = "mbus-xml"
    case wmbusJSON = "wmbus-json"

    /// The market's format of this name.
    var market: MarketFormat? { MarketFormat(rawValue: rawValue) }

    /// How a large file of this kind is cut; nil if it is read whole.
    var pieces: FilePieces.Kind? {
        switch self {
        case .json: return .json
        case .csv: return .csv
        default:
            guard let market, FilePieces.Kind.market(market).canBeCut else { return nil }
            return .market(market)
        }
    }

    init(recognising bytes: [UInt8]) throws(Failure) {
        if ImportSpotPrices.recognises(bytes) {
            self = .spot
            return
        }
        if TemperatureFile.recognises(bytes) {
            self = .temperatures
            return
        }
        if let market = MarketFormat.recognise(bytes), let kind = FileKind(rawValue: market.rawValue) {
            self = kind
            return
        }
        switch ReadingFormat.recognise(bytes) {
        case .json: self = MasterDataDocument.recognises(bytes) ? .masterData : FileKind.hasPayments(bytes) ? .payments : .json
        case .csv: self = .csv
        case .xml: self = .soap
        case nil:
            throw Failure(
                "its content is none of \(FileKind.allCases.map(\.rawValue).joined(separator: ", ")): see Samples/ for examples, or say --format"
            )
        }
    }

    private static func hasPayments(_ bytes: [UInt8]) -> Bool {
        let found = try? JSONScanner.withScanner(over: bytes) { (scanner) throws(JSONError) -> Bool in
            try scanner.openObject()
            while let key = try scanner.nextKey() {
                if scanner.text(key) == "payments" { return true }
                try scanner.skipValue()
            }
            return false
        }
        return found ?? false
    }
}
