"""Reads an .xlsx file from standard input by the standard library alone and prints its cells, one row a line, tab between cells.

Another reader than the writer's own: what it finds is what a spreadsheet program would show. Strings print as `s:…`, numbers as `n:…`,
formulas as `f:…`.
"""
import io
import sys
import zipfile
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def main() -> None:
    book = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
    shared = []
    if "xl/sharedStrings.xml" in book.namelist():
        shared = ["".join(t.text or "" for t in item.iter(MAIN + "t")) for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
    names = [sheet.get("name") for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(MAIN + "sheet")]
    for number, name in enumerate(names, 1):
        print(f"[{name}]")
        for row in ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml")).iter(MAIN + "row"):
            cells = []
            for cell in row.iter(MAIN + "c"):
                value = cell.find(MAIN + "v")
                if cell.find(MAIN + "f") is not None:
                    cells.append("f:" + (cell.find(MAIN + "f").text or ""))
                elif cell.get("t") == "inlineStr":
                    cells.append("s:" + "".join(t.text or "" for t in cell.iter(MAIN + "t")))
                elif cell.get("t") == "s":
                    cells.append("s:" + shared[int(value.text)])
                elif value is not None:
                    cells.append("n:" + value.text)
            print("\t".join(cells))


main()
