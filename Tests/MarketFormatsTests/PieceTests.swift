import MarketFormats
import Metering
import ReadingFormats
import Testing
import Values

/// Bytes that come in blocks of a given size.
private struct Blocks: FileBytes {
    var rest: ArraySlice<UInt8>
    var block: Int
    mutating func read(_ count: Int) -> [UInt8] {
        let taken = rest.prefix(min(block, count))
        rest = rest.dropFirst(taken.count)
        return Array(taken)
    }
}

private func pieces(_ text: String, _ kind: FilePieces.Kind, size: Int, block: Int = 7) throws -> [FilePiece] {
    var cutter = try FilePieces(kind, size: size) { Blocks(rest: Array(text.utf8)[...], block: block) }
    var all: [FilePiece] = []
    while let piece = try cutter.next() { all.append(piece) }
    return all
}

/// What all pieces of a file say together.
private func said(_ text: String, _ format: MarketFormat, size: Int) throws -> (series: [[Int64]], faults: [String], pieces: Int) {
    var series: [[Int64]] = []
    var faults: [String] = []
    let all = try pieces(text, .market(format), size: size)
    for piece in all {
        let delivery = piece.told(try format.parse(piece.bytes, origin: testOrigin))
        for message in delivery.readings {
            for item in message.batch.intervals {
                let values = Array(message.batch.values[item.slots])
                // An item that ends where the next begins is one to whom reads it.
                series.append([item.start.seconds] + values)
            }
            series += message.batch.registers.map { [$0.at.seconds, $0.micro] }
            faults += message.batch.faults.map { "\($0.path) \($0.message)" }
        }
    }
    return (series, faults, all.count)
}

@Suite struct `Large files in pieces` {
    static let nem12: String = {
        var lines = ["100,NEM12,202601010000,SENDER,US"]
        for point in 0..<5 {
            lines.append("200,NMI000000\(point),E1,1,E1,N1,METER\(point),kWh,30,")
            for day in 10..<20 {
                let values = (0..<48).map { $0 == 7 && day == 13 && point == 3 ? "x" : "0.\(day)\($0)" }.joined(separator: ",")
                lines.append("300,202601\(day),\(values),A,,,20260120000000,")
            }
        }
        return (lines + ["900"]).joined(separator: "\r\n") + "\r\n"
    }()
    static let mscons: String = {
        let messages = (1...9).map { number in
            let value = number == 5 ? "1,5" : "1.5"
            let segments = [
                "UNH+\(number)+MSCONS:D:04B:UN:2.4c", "BGM+7+M\(number)+9", "UNS+D", "NAD+DP", "LOC+172+5148130844\(number)", "LIN+1",
                "PIA+5+1-0?:1.29.0:SRW", "QTY+220:\(value):KWH", "DTM+163:202601010000?+00:303", "DTM+164:202601010015?+00:303",
            ]
            return (segments + ["UNT+11+\(number)"]).joined(separator: "'\n") + "'\n"
        }
        return "UNA:+.? 'UNB+UNOC:3+A:500+B:500+260115:0000+R?'1'\n" + messages.joined() + "UNZ+9+R?'1'"
    }()
    static let cim: String = {
        let readings = (0..<12).map { number in
            """
              <m:MeterReading><m:IntervalBlocks><m:IntervalReadings><m:timeStamp>2026-01-01T00:15:00Z</m:timeStamp>
                <m:value>\(number == 4 ? "bad" : "\(number)")</m:value></m:IntervalReadings>
                <!-- > </m:MeterReading> --><m:ReadingType ref="0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"/></m:IntervalBlocks>
                <m:Meter><m:mRID>S\(number)</m:mRID></m:Meter></m:MeterReading>

            """
        }
        return "<?xml version=\"1.0\"?>\n<m:MeterReadings xmlns:m=\"http://iec.ch/TC57/2011/MeterReadings#\" a='>'>\n" + readings.joined()
            + "</m:MeterReadings>\n"
    }()

    @Test(arguments: [(nem12, MarketFormat.nem12, 3_000), (mscons, .mscons, 600), (cim, .cim, 900)])
    func `the pieces say together what the file says, and complain of the same places`(text: String, format: MarketFormat, size: Int) throws
    {
        let whole = try said(text, format, size: 1 << 30)
        let cut = try said(text, format, size: size)
        #expect(whole.pieces == 1)
        #expect(cut.pieces > 3)
        #expect(cut.series == whole.series)
        #expect(whole.faults.count == 1)
        #expect(cut.faults == whole.faults)
        // The file as it is says the same as its one piece.
        let delivery = try format.parse(Array(text.utf8), origin: testOrigin)
        #expect(delivery.readings.flatMap { $0.batch.faults.map { "\($0.path) \($0.message)" } } == whole.faults)
    }

    @Test func `each piece of a feed has what describes its blocks`() throws {
        guard SharedData.isThere else { return }
        let text = String(decoding: try SharedData.bytes("espi/test_usage_data.xml"), as: UTF8.self)
        let whole = try MarketFormats.ESPI.parse(Array(text.utf8), origin: testOrigin)
        let all = try pieces(text, .market(.espi), size: 8_000, block: 1_000)
        var sum: Int128 = 0
        var count = 0
        for piece in all {
            let readings = try MarketFormats.ESPI.parse(piece.bytes, origin: testOrigin)
            sum += readings.sum + readings.untakenSum
            count += readings.sentValues
        }
        #expect(all.count > 1)
        #expect(sum == whole.sum + whole.untakenSum)
        #expect(count == whole.sentValues)
    }

    private static let csv =
        "meter,obis,at,value,unit,status\r\n"
        + (0..<50).map { "\"M,\($0)\",1-0:1.8.0,2026-01-01T00:00:00+01:00,\($0 == 33 ? "1,5" : "\($0)").0,kWh,measured\r\n" }.joined()

    @Test func `rows keep their numbers`() throws {
        let whole = try CSVReadings.parse(Array(Self.csv.utf8), origin: .init(messageId: "m", source: "s"))
        let all = try pieces(Self.csv, .csv, size: 500)
        let parts = try all.map { $0.told(try CSVReadings.parse($0.bytes, origin: .init(messageId: "m", source: "s"))) }
        #expect(all.count > 5)
        #expect(parts.flatMap { $0.registers.map(\.micro) } == whole.registers.map(\.micro))
        #expect(parts.flatMap(\.faults) == whole.faults)
        #expect(whole.faults.map(\.path) == ["/registers/33"])
        let last = try #require(parts.last)
        let number = 50 - last.registers.count
        let told = try #require(last.locate?()("registers", 0, "obis"))
        #expect(told.path == "/registers/\(number)/obis")
        #expect(told.place == whole.locate?()("registers", Int32(number), "obis").place && told.place != nil)
    }

    private static let json: String = {
        let registers = (0..<40).map {
            #"{"meter": "M[\#($0)", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "\#($0 == 22 ? "x" : "\($0)")", "unit": "kWh"}"#
        }
        let intervals = (0..<30).map {
            #"{"meter": "M\\\"\#($0)", "obis": "1-0:1.29.0", "start": "2026-01-01T00:00:00+01:00", "resolution": "PT15M", "unit": "kWh", "values": ["1", "\#($0 == 17 ? "y" : "2")", null]}"#
        }
        return
            "{\"more\": {\"a\": [1, {}]}, \"registers\": [\n\(registers.joined(separator: ",\n"))],\n \"intervals\" : [\(intervals.joined(separator: " , "))], \"messageId\": \"big-1\", \"source\": \"gw\"}\n"
    }()

    @Test func `what devices say beside their readings is cut, too`() throws {
        let reports = (0..<40).map { #"{"meter": "M\#($0)", "at": "2026-01-01T00:00:00+01:00", "alarm": "\#($0 == 33 ? "x" : "leak")"}"# }
        let json = #"{"messageId": "big-1", "source": "gw", "reports": [\#(reports.joined(separator: ", "))]}"#
        let whole = try JSONReadings.parse(Array(json.utf8))
        let all = try pieces(json, .json, size: 800)
        let parts = try all.map { $0.told(try JSONReadings.parse($0.bytes)) }
        #expect(all.count > 2 && parts.reduce(0) { $0 + $1.reports.count } == whole.reports.count && whole.reports.count == 39)
        #expect(parts.flatMap(\.faults) == whole.faults && whole.faults.count == 1)
    }

    @Test func `items keep their numbers, and the pieces theirs`() throws {
        let whole = try JSONReadings.parse(Array(Self.json.utf8))
        let all = try pieces(Self.json, .json, size: 800)
        let parts = try all.map { $0.told(try JSONReadings.parse($0.bytes)) }
        #expect(all.count > 8)
        #expect(parts.map(\.messageId) == (1...all.count).map { "big-1#\($0)" })
        #expect(parts.flatMap { $0.registers.map(\.micro) } == whole.registers.map(\.micro))
        #expect(parts.flatMap(\.values) == whole.values)
        #expect(parts.flatMap(\.faults) == whole.faults)
        #expect(whole.faults.map(\.path) == ["/registers/22/value", "/intervals/17/values/1"])
        let first = try #require(parts.first { !$0.intervals.isEmpty && $0.messageId != "big-1#1" })
        let told = try #require(first.locate?()("intervals", 1, "values/1").place)
        #expect(Self.json.utf8.dropFirst(told.offset).starts(with: "\"2\"".utf8), "\(told)")
        let one = try #require(try pieces(Self.json.replacing("\"intervals\"", with: "\"other\""), .json, size: 1 << 30).first)
        #expect(one.isOnly)
        #expect(try JSONReadings.parse(one.bytes).messageId == "big-1")
    }

    @Test func `a mistake inside a piece is told with the line of the file`() throws {
        let broken = Self.json.replacing(#""value": "33""#, with: #""value": "#)
        let whole = #expect(throws: ReadingFormatError.self) { _ = try JSONReadings.parse(Array(broken.utf8)) }
        let cut = try pieces(broken, .json, size: 800)
        var told: ReadingFormatError?
        for piece in cut where told == nil {
            do throws(ReadingFormatError) { _ = try JSONReadings.parse(piece.bytes) } catch { told = piece.told(error) }
        }
        #expect(told?.line == whole?.line && told?.column == whole?.column && told?.offset == whole?.offset && told?.code == whole?.code)
    }

    private static let cutOff: [(String, FilePieces.Kind)] = {
        var files: [(String, FilePieces.Kind)] = []
        files.append((String(nem12.dropLast(5)), .market(.nem12)))
        files.append((nem12 + "300,1\r\n", .market(.nem12)))
        files.append((String(mscons.dropLast(14)), .market(.mscons)))
        files.append((mscons.replacing("UNZ+9", with: "UNZ+8"), .market(.mscons)))
        files.append((String(cim.dropLast(40)), .market(.cim)))
        files.append((String(json.dropLast(40)), .json))
        files.append((json + "x", .json))
        files.append((json.replacing("\"source\"", with: "\"sauce\""), .json))
        files.append((json.replacing("],\n \"intervals\"", with: ",],\n \"intervals\""), .json))
        return files
    }()

    @Test(arguments: cutOff)
    func `a file that is cut off is refused before its first piece`(text: String, kind: FilePieces.Kind) {
        #expect(throws: (any Error).self) {
            // What a first walk cannot see, the first or the last piece does.
            for piece in try pieces(text, kind, size: 600, block: 900) {
                if case .market(let format) = kind {
                    _ = try format.parse(piece.bytes, origin: testOrigin)
                } else {
                    _ = try JSONReadings.parse(piece.bytes)
                }
            }
        }
    }

    @Test func `whatever the blocks and sizes are, the pieces are the same`() throws {
        let files: [(String, FilePieces.Kind)] = [
            (Self.json, .json), (Self.csv, .csv), (Self.nem12, .market(.nem12)), (Self.mscons, .market(.mscons)), (Self.cim, .market(.cim)),
        ]
        for (text, kind) in files {
            let first = try pieces(text, kind, size: 700, block: 1).map(\.bytes)
            #expect(try pieces(text, kind, size: 700, block: 64).map(\.bytes) == first)
            #expect(try pieces(text, kind, size: 700, block: 1 << 20).map(\.bytes) == first)
        }
    }
}
