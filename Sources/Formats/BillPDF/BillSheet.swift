internal import InvoiceFormats
internal import PDF
internal import Values

/// The sheets of one bill, drawn from top to bottom. The first is a letter after DIN 5008 form B: the address stands in the window of
/// an envelope when the sheet is folded at its marks.
final class BillSheet {
    let bill: BillPage
    let page: PageComposer
    /// Where the next thing goes.
    var y = 0.0

    // MARK: measures, points

    static func millimetres(_ value: Double) -> Double { value * 72 / 25.4 }
    let left = BillSheet.millimetres(25)
    let right = 595.276 - BillSheet.millimetres(20)
    var width: Double { right - left }
    /// Above it things stand, below it the foot.
    let bottom = 841.89 - BillSheet.millimetres(29)
    private let top = BillSheet.millimetres(27)
    /// What a sheet after the first one holds.
    var sheetHeight: Double { bottom - top }

    // MARK: look

    enum Ink {
        static let plain = Colour(0x1B1D1F)
        static let second = Colour(0x4B5157)
        static let third = Colour(0x666C72)
        static let line = Colour(0xC9C9C2)
        static let panel = Colour(0xF2F5F6)
        static let accent = Colour(0x0B5C74)
        static let warn = Colour(0x8A5A00)
        static let warnPanel = Colour(0xFBF5E9)
        static let bar = Colour(0xD9DAD5)
    }
    let body = TextStyle(size: 9)
    let strong = TextStyle(size: 9, isBold: true)
    let small = TextStyle(size: 7.5, colour: Ink.second)
    let tiny = TextStyle(size: 6.6, colour: Ink.third)
    let label = TextStyle(size: 7.5, colour: Ink.third)
    let heading = TextStyle(size: 11, isBold: true, colour: Ink.accent)

    init(_ bill: BillPage) {
        self.bill = bill
        page = PageComposer(language: bill.language.rawValue)
    }

    func finish() throws(PDFError) -> [UInt8] {
        letter()
        positions()
        table(bill.meters)
        for breakdown in bill.breakdowns { table(breakdown) }
        statements()
        page.onEachPage { foot($0) }
        return try page.finish()
    }

    // MARK: flow

    /// Goes to a new sheet unless this much still fits.
    func need(_ height: Double) { if y + height > bottom { newSheet() } }

    func newSheet() {
        page.newPage()
        page.text("\(bill.title) · \(bill.number)", small, x: left, y: BillSheet.millimetres(14))
        let sender = page.lay(bill.sender.first ?? "", small)
        page.draw(sender, x: right - sender.width, y: BillSheet.millimetres(14))
        page.line(x: left, y: BillSheet.millimetres(19.5), toX: right, toY: BillSheet.millimetres(19.5), Ink.line)
        y = top
    }

    func title(_ text: String, keepingWith height: Double = 40) {
        need(height + 30)
        if y > top { y += 14 }
        page.tagged(.heading) { y += page.text(text, heading, x: left, y: y, width: width) }
        y += 4
    }

    /// Sender, bank and tax on each sheet, and which sheet it is of how many.
    private func foot(_ index: Int) {
        let line = 841.89 - BillSheet.millimetres(24)
        let number = page.lay("\(bill.captions.page.word) \(index + 1) \(bill.captions.page.of) \(page.pageCount)", tiny)
        page.draw(number, x: right - number.width, y: line - number.height - 3)
        page.line(x: left, y: line, toX: right, toY: line, Ink.line)
        for (column, lines) in bill.footer.enumerated() {
            let x = left + Double(column) * width / Double(max(bill.footer.count, 1))
            page.text(lines.joined(separator: "\n"), tiny, x: x, y: line + 5, width: width / Double(max(bill.footer.count, 1)) - 8)
        }
        if index == 0 {
            for mark in [105.0, 210] {
                page.line(x: 14, y: BillSheet.millimetres(mark), toX: 24, toY: BillSheet.millimetres(mark), width: 0.4, Ink.third)
            }
            page.line(x: 14, y: BillSheet.millimetres(148.5), toX: 28, toY: BillSheet.millimetres(148.5), width: 0.4, Ink.third)
        }
    }
}
