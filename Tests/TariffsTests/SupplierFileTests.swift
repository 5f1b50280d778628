import Foundation
import TariffFiles
import Tariffs
import Testing
import Values

@Suite struct `The file of the supplier` {
    private func supplier(_ old: String = "", _ new: String = "") throws -> Supplier {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var text = try String(contentsOf: root.appending(path: "Tariffs/_series/supplier.yaml"), encoding: .utf8)
        if !old.isEmpty { text = text.replacing(old, with: new) }
        guard case .supplier(let supplier, _) = try TariffFile(parsing: Array(text.utf8), path: "_series/supplier.yaml") else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return supplier
    }

    @Test func `says what bills of a commodity must say by law`() throws {
        let statements = try supplier().statements
        #expect(statements[.electricity]?.networkOperatorCode?.count == 13)
        #expect(statements[.electricity]?.notice == NoticePeriod("P1M") && statements[.gas]?.meteringOperator != nil)
        #expect(statements[.heat]?.energyMix?.de.contains("Primärenergiefaktor") == true && statements[.water] == nil)
        #expect(try supplier("statements:\n  electricity:", "statements:\n  water:").statements[.electricity] == nil)
    }

    @Test(arguments: [("9900000000001", "990000000001"), ("notice_period: P1M", "notice_period: P1Y"), ("    energy_mix:", "    mix:")])
    func `is refused where a statement is none`(old: String, new: String) {
        #expect(throws: TariffFileError.self) { try supplier(old, new) }
    }

    @Test(arguments: [("P14D", "2026-01-27"), ("P4W", "2026-02-10"), ("P1M", "2026-02-13")])
    func `gives a notice in days, weeks or months`(text: String, day: String) throws {
        #expect(NoticePeriod(text)?.after(Day(2026, 1, 13)) == Day(day))
        for wrong in ["", "P", "PM", "P0M", "P1Y", "1M", "P-1M", "P400D"] { #expect(NoticePeriod(wrong) == nil, "\(wrong)") }
    }
}
