"""PDF/A-3 with an e-invoice inside, point by point (billing reference 5.2), read by programs that others wrote.

    pdf_structure.py FILE.pdf...

Prints one line per file that has a fault; exit status 1 if any has.
"""

import io
import re
import sys

from lxml import etree
from pypdf import PdfReader
from pypdf.generic import StreamObject

NS = {
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}


def invoice_faults(root, xmp, value):
    """What is wrong with the e-invoice inside, and with what XMP says of it."""
    name, level = value("fx:DocumentFileName"), value("fx:ConformanceLevel")
    if (value("fx:DocumentType"), value("fx:Version")) != ("INVOICE", "1.0"):
        yield "XMP does not say INVOICE 1.0"
    if (name, level) not in {("factur-x.xml", "EN 16931"), ("xrechnung.xml", "XRECHNUNG")}:
        yield f"XMP names {name} with level {level}"
    described = {element.text for element in xmp.findall(".//pdfaProperty:name", NS)}
    if described != {"DocumentFileName", "DocumentType", "Version", "ConformanceLevel"}:
        yield "the extension schema does not describe each property"

    associated = root.get("/AF") or []
    names = root["/Names"]["/EmbeddedFiles"]["/Names"]
    if len(associated) != 1 or len(names) != 2 or names[1].get_object() != associated[0].get_object():
        yield "/AF and EmbeddedFiles do not name the same one file"
    specification = associated[0].get_object()
    if specification["/AFRelationship"] != "/Alternative" or specification["/F"] != name or specification["/UF"] != name:
        yield "the file is not an Alternative under the name that XMP says"
    embedded = specification["/EF"]["/F"].get_object()
    if embedded["/Subtype"] != "/text/xml" or "/ModDate" not in embedded["/Params"]:
        yield "the embedded file says neither type nor day"
    guideline = etree.fromstring(embedded.get_data()).findtext(".//{*}GuidelineSpecifiedDocumentContextParameter/{*}ID")
    if ("xrechnung" in guideline) != (level == "XRECHNUNG"):
        yield f"level {level}, but BT-24 is {guideline}"


def faults(path):
    raw = open(path, "rb").read()
    header = raw[:40].split(b"\n")
    if not raw.startswith(b"%PDF-1.7"):
        yield "header is not 1.7"
    if len(header) < 2 or not header[1].startswith(b"%") or sum(byte > 127 for byte in header[1]) < 4:
        yield "no comment with binary bytes behind the header"
    reader = PdfReader(io.BytesIO(raw))
    if reader.is_encrypted:
        yield "encrypted"
    if "/ID" not in reader.trailer or len(reader.trailer["/ID"]) != 2:
        yield "no /ID"
    root = reader.trailer["/Root"]

    intents = root.get("/OutputIntents") or []
    if len(intents) != 1 or intents[0].get_object()["/S"] != "/GTS_PDFA1":
        yield "no output intent GTS_PDFA1"
    else:
        profile = intents[0].get_object()["/DestOutputProfile"].get_object()
        data = profile.get_data()
        if profile["/N"] != 3 or data[36:40] != b"acsp" or int.from_bytes(data[:4], "big") != len(data):
            yield "the colour profile is none"

    metadata = root["/Metadata"].get_object()
    if "/Filter" in metadata:
        yield "metadata are compressed"
    xmp = etree.fromstring(re.sub(rb"<\?xpacket[^>]*\?>", b"", metadata.get_data()))

    def value(name):
        found = xmp.findall(f".//{name}", NS)
        return found[0].text if found else None

    if (value("pdfaid:part"), value("pdfaid:conformance")) != ("3", "B"):
        yield "XMP does not say PDF/A-3b"
    if value("dc:title/rdf:Alt/rdf:li") != reader.metadata.title:
        yield "XMP and Info differ in the title"

    # A letter that asks for nothing has no e-invoice inside, and says of none.
    if "/AF" in root or "/Names" in root or value("fx:DocumentFileName") is not None:
        yield from invoice_faults(root, xmp, value)

    if not root.get("/MarkInfo", {}).get("/Marked") or "/StructTreeRoot" not in root or "/Lang" not in root:
        yield "not tagged"
    for number, page in enumerate(reader.pages, 1):
        if "/Group" in page:
            yield f"page {number} opens a transparency group"
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            if "/ToUnicode" not in font:
                yield f"page {number}: {font['/BaseFont']} has no way back to Unicode"
            bottom = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            descriptor = bottom["/FontDescriptor"].get_object()
            if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
                yield f"page {number}: {font['/BaseFont']} is not embedded"
            if bottom["/Subtype"] == "/CIDFontType2" and "/CIDToGIDMap" not in bottom:
                yield f"page {number}: {font['/BaseFont']} has no CIDToGIDMap"
        for state in page["/Resources"].get("/ExtGState", {}).values():
            state = state.get_object()
            if float(state.get("/ca", 1)) != 1 or float(state.get("/CA", 1)) != 1 or state.get("/SMask", "/None") != "/None":
                yield f"page {number} is transparent"
        for thing in page["/Resources"].get("/XObject", {}).values():
            if isinstance(thing.get_object(), StreamObject) and "/SMask" in thing.get_object():
                yield f"page {number} has a soft mask"
    if not (reader.pages[0].extract_text() or "").strip():
        yield "no text comes out"


def main():
    bad = 0
    for path in sys.argv[1:]:
        for fault in faults(path):
            bad = 1
            print(f"{path}: {fault}")
    if not bad:
        print(f"{len(sys.argv) - 1} PDFs are built as PDF/A-3b, bills and requests with an e-invoice inside")
    return bad


sys.exit(main())
