import Foundation
import Spreadsheets
import TestKit
import Testing
import Values

@Suite struct `A spreadsheet` {
    @Test func `says to another reader what the table says, and a name is never a formula`() async throws {
        let sheet = Sheet(
            name: "Summen/Salden", titles: ["Konto", "Betrag", "Tag", "Zahl"],
            rows: [
                [.text("=HYPERLINK(\"http://x\")"), .money(Money(cents: -123_456)), .day(Day(2026, 1, 31)), .count(7)],
                [.text("Müller & Söhne <GmbH>"), .money(Money(cents: 1)), .empty, .count(-1)],
            ], sums: [.text("Summe"), .money(Money(cents: -123_455)), .empty, .count(6)])
        let reader = ProgramUnderTest.projectFolder.appending(path: "Tests/Python/read_xlsx.py").path(percentEncoded: false)
        let read = try await OtherProgram.run(
            OtherProgram.python(), [reader], environment: ["PYTHONUTF8": "1"], input: Data(Workbook.bytes([sheet, sheet])))
        let table = """
            s:Konto\ts:Betrag\ts:Tag\ts:Zahl
            s:=HYPERLINK("http://x")\tn:-1234.56\tn:46053\tn:7
            s:Müller & Söhne <GmbH>\tn:0.01\tn:-1
            s:Summe\tn:-1234.55\tn:6

            """
        #expect(read.output == "[Summen-Salden]\n\(table)[Summen-Salden 2]\n\(table)")
    }

    @Test func `refuses more rows than the format holds, and says what to ask for instead`() {
        let rows = [[Sheet.Cell]](repeating: [.count(1)], count: Sheet.mostRows)
        let error = #expect(throws: SpreadsheetError.tooManyRows(Sheet.mostRows + 1)) {
            try Workbook.bytes([Sheet(name: "x", titles: ["n"], rows: rows)])
        }
        #expect(error?.description.contains("CSV") == true)
    }

    @Test func `keeps as much of a text as a cell can hold`() throws {
        let long = String(repeating: "ä", count: Sheet.longestText + 5)
        #expect(try !Workbook.bytes([Sheet(name: "", titles: ["t"], rows: [[.text(long)]])]).isEmpty)
    }
}
