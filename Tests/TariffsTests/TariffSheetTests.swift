import TariffFiles
import Tariffs
import Testing
import Values

@Suite struct `A tariff file as a sheet` {
    private func source(_ path: String) throws -> TariffFolder.Source {
        try #require(try Folder.sources().first { $0.path == path })
    }

    @Test func `shows each price with its unit, and each expectation of the examples`() throws {
        let file = try source("electricity/basis/2026-01-01.yaml")
        let sheet = try TariffSheet(file.bytes, path: file.path)
        let price = try #require(sheet.cells.first { $0.key == "components[0].price" })
        #expect(price.owner == "ap" && price.value == "27.6500" && price.unit == "ct/kWh" && price.name == "price")
        #expect(sheet.cells.contains { $0.key == "examples[0].expect.gross" && $0.value == "1308.74" })
        #expect(sheet.cells.contains { $0.key == "examples[0].period.from" && $0.value == "2026-01-01" })
    }

    @Test func `changes one price and not a byte besides it`() throws {
        let file = try source("electricity/basis/2026-01-01.yaml")
        let changed = try TariffSheet(file.bytes, path: file.path).replacing(["components[0].price": "28.1"])
        let lines = TextDifference.lines(from: file.bytes, to: changed)
        let gone = lines.compactMap { if case .goes(let text) = $0 { text } else { nil } }
        let come = lines.compactMap { if case .comes(let text) = $0 { text } else { nil } }
        #expect(gone.count == 1 && come.count == 1)
        #expect(come.first == gone.first?.replacing("\"27.6500\"", with: "\"28.1\""))
    }

    @Test func `changes a file whose lines end as Windows ends them`() throws {
        let file = try source("electricity/basis/2026-01-01.yaml")
        let crlf = Array(String(decoding: file.bytes, as: UTF8.self).replacing("\n", with: "\r\n").utf8)
        let changed = try TariffSheet(crlf, path: file.path).replacing(["components[0].price": "28.1"])
        #expect(String(decoding: changed, as: UTF8.self).contains("price: \"28.1\"}\r\n"))
        #expect(changed.count { $0 == 13 } == crlf.count { $0 == 13 })
    }

    @Test func `drops what was reckoned by hand when the program reckons anew, and no other comment`() throws {
        let file = try source("electricity/basis/2026-01-01.yaml")
        let text = String(decoding: try TariffSheet(file.bytes, path: file.path).withoutReckoning(), as: UTF8.self)
        #expect(!text.contains("By hand") && !text.contains("3500.123 kWh ×") && text.contains("  # Computed by the program"))
        #expect(text.hasPrefix("# Prices of the demonstration utility") && text.contains("breakdown:                       # contained"))
        guard case .tariff = try TariffFile(parsing: Array(text.utf8), path: file.path) else { return #expect(Bool(false)) }
    }

    @Test func `changes two values of one line, whatever their order`() throws {
        let file = try source("electricity/basis/2026-01-01.yaml")
        let sheet = try TariffSheet(file.bytes, path: file.path)
        let changed = try sheet.replacing(["examples[0].expect.ap": "1.00", "examples[0].expect.gross": "2222222.22"])
        let after = try TariffSheet(changed, path: file.path)
        #expect(after.cells.first { $0.key == "examples[0].expect.ap" }?.value == "1.00")
        #expect(after.cells.first { $0.key == "examples[0].expect.gross" }?.value == "2222222.22")
        #expect(after.cells.first { $0.key == "examples[0].expect.net" }?.value == "1099.78")
    }

    @Test(arguments: ["1\"", "x: y", "", "31,20", "1 #"]) func `refuses a text that could be more than a number`(_ text: String) throws {
        let file = try source("electricity/basis/2026-01-01.yaml")
        let sheet = try TariffSheet(file.bytes, path: file.path)
        #expect(throws: TariffFileError.self) { try sheet.replacing(["components[0].price": text]) }
    }

    @Test func `makes the successor of every published file, and it is read as one`() throws {
        for file in try Folder.sources() where !file.path.hasPrefix("_") {
            guard case .tariff(let version) = try TariffFile(parsing: file.bytes, path: file.path) else { continue }
            let next = try TariffSheet(file.bytes, path: file.path).successor(from: Day(2031, 5, 1))
            let path = "\(version.key)/2031-05-01.yaml"
            guard case .tariff(let read) = try TariffFile(parsing: next, path: path) else {
                Issue.record("\(path) is no tariff")
                continue
            }
            #expect(read.from == Day(2031, 5, 1) && read.supersedes == version.from && read.status == .draft, "\(file.path)")
            #expect(read.components == version.components, "\(file.path)")
        }
    }
}
