internal import CXLSXWriter
internal import FoundationEssentials
internal import Values

/// Writes sheets into the bytes of an `.xlsx` file.
///
/// The library writes files only, row by row, so that its memory stays flat; the file lies in a temporary folder of its own
/// and is gone when the bytes are read.
public enum Workbook {
    /// - Throws: ``SpreadsheetError``.
    public static func bytes(_ sheets: [Sheet]) throws -> [UInt8] {
        for sheet in sheets {
            let rows = sheet.rows.count + 1 + (sheet.sums == nil ? 0 : 1)
            guard rows <= Sheet.mostRows else { throw SpreadsheetError.tooManyRows(rows) }
            guard sheet.titles.count <= 16_384 else { throw SpreadsheetError.tooManyColumns(sheet.titles.count) }
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "zaehlwerk-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw SpreadsheetError.failed("no temporary folder: \(error)") }
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "workbook.xlsx")
        try write(sheets, to: file.path, scratch: folder.path)
        do { return Array(try Data(contentsOf: file)) } catch { throw SpreadsheetError.failed("\(error)") }
    }

    private static func write(_ sheets: [Sheet], to path: String, scratch: String) throws {
        let status = unsafe scratch.withCString { scratch in
            var options = unsafe lxw_workbook_options()
            unsafe options.constant_memory = 1
            // The library copies the path; the cast is owed to its header.
            unsafe options.tmpdir = UnsafeMutablePointer(mutating: scratch)
            guard let book = unsafe workbook_new_opt(path, &options) else { return LXW_ERROR_MEMORY_MALLOC_FAILED }
            let styles = unsafe Styles(book)
            var names = Set<String>()
            for sheet in sheets {
                guard let page = unsafe workbook_add_worksheet(book, tabName(sheet.name, &names)) else { continue }
                unsafe fill(page, sheet, styles)
            }
            // Also ends the library's memory, whatever it says.
            return unsafe workbook_close(book)
        }
        guard status == LXW_NO_ERROR else { throw SpreadsheetError.failed(unsafe String(cString: lxw_strerror(status))) }
    }

    /// How cells look. The pointers belong to the workbook and are used only while it is open.
    @safe private struct Styles {
        let head, money, day, count, text, moneySum, countSum, textSum: UnsafeMutablePointer<lxw_format>?

        init(_ book: UnsafeMutablePointer<lxw_workbook>) {
            func style(_ pattern: String?, bold: Bool = false, line: Bool = false) -> UnsafeMutablePointer<lxw_format>? {
                let format = unsafe workbook_add_format(book)
                if let pattern { unsafe format_set_num_format(format, pattern) }
                if bold { unsafe format_set_bold(format) }
                if line { unsafe format_set_top(format, UInt8(LXW_BORDER_THIN.rawValue)) }
                return unsafe format
            }
            unsafe head = style(nil, bold: true)
            unsafe money = style("#,##0.00")
            unsafe day = style("dd.mm.yyyy")
            unsafe count = style("#,##0")
            unsafe text = style("@")
            unsafe moneySum = style("#,##0.00", bold: true, line: true)
            unsafe countSum = style("#,##0", bold: true, line: true)
            unsafe textSum = style("@", bold: true, line: true)
        }
    }

    private static func fill(_ page: UnsafeMutablePointer<lxw_worksheet>, _ sheet: Sheet, _ styles: Styles) {
        for (column, width) in widths(sheet).enumerated() {
            unsafe worksheet_set_column(page, UInt16(column), UInt16(column), Double(width), nil)
        }
        unsafe worksheet_freeze_panes(page, 1, 0)
        if !sheet.titles.isEmpty {
            unsafe worksheet_autofilter(page, 0, 0, UInt32(sheet.rows.count), UInt16(sheet.titles.count - 1))
        }
        for (column, title) in sheet.titles.enumerated() {
            unsafe worksheet_write_string(page, 0, UInt16(column), title, styles.head)
        }
        for (row, cells) in sheet.rows.enumerated() {
            for (column, cell) in cells.enumerated() {
                unsafe write(cell, page, UInt32(row + 1), UInt16(column), styles, isSum: false)
            }
        }
        for (column, cell) in (sheet.sums ?? []).enumerated() {
            unsafe write(cell, page, UInt32(sheet.rows.count + 1), UInt16(column), styles, isSum: true)
        }
    }

    private static func write(
        _ cell: Sheet.Cell, _ page: UnsafeMutablePointer<lxw_worksheet>, _ row: UInt32, _ column: UInt16, _ styles: Styles, isSum: Bool
    ) {
        switch cell {
        case .empty:
            if isSum { unsafe worksheet_write_blank(page, row, column, styles.textSum) }
        case .text(let text):
            // A string cell is never a formula, whatever it begins with.
            unsafe worksheet_write_string(
                page, row, column, String(text.prefix(Sheet.longestText)), isSum ? styles.textSum : styles.text)
        case .money(let amount):
            // The format knows binary numbers only. Sums were made before, in cents; up to 90 trillion euros the cents are exact.
            unsafe worksheet_write_number(page, row, column, Double(amount.cents) / 100, isSum ? styles.moneySum : styles.money)
        case .count(let number):
            unsafe worksheet_write_number(page, row, column, Double(number), isSum ? styles.countSum : styles.count)
        case .day(let day):
            let (year, month, dayOfMonth) = day.components
            guard (1_900...9_999).contains(year) else {
                unsafe worksheet_write_string(page, row, column, day.description, styles.text)
                return
            }
            var moment = lxw_datetime(year: Int32(year), month: Int32(month), day: Int32(dayOfMonth), hour: 0, min: 0, sec: 0)
            unsafe worksheet_write_datetime(page, row, column, &moment, styles.day)
        }
    }

    /// Wide enough for the head and the first rows, narrow enough for a screen.
    private static func widths(_ sheet: Sheet) -> [Int] {
        sheet.titles.indices.map { column in
            let longest =
                sheet.rows.prefix(500).map { row -> Int in
                    guard row.indices.contains(column) else { return 0 }
                    return switch row[column] {
                    case .text(let text): text.count
                    case .money(let amount): amount.description.count + 4
                    case .count(let number): String(number).count + 2
                    case .day: 10
                    case .empty: 0
                    }
                }.max() ?? 0
            return min(60, max(8, longest + 2, sheet.titles[column].count + 4))
        }
    }

    /// A name the format allows on a tab, once.
    private static func tabName(_ name: String, _ taken: inout Set<String>) -> String {
        let clean = String(name.map { "[]:*?/\\'".contains($0) ? "-" : $0 }.prefix(28))
        let base = clean.isEmpty ? "Tabelle" : clean
        var candidate = base
        var number = 2
        while !taken.insert(candidate.lowercased()).inserted {
            candidate = "\(base) \(number)"
            number += 1
        }
        return candidate
    }
}
