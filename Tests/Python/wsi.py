"""Looks at the WSDLs and schemas of our services as the WS-I Basic Profile 1.1 does, and asks libxml2 whether the schemas are schemas.

    wsi.py BASE PATH…       BASE is http://127.0.0.1:PORT, each PATH a service: /soap/metering

Prints a line for each assertion that fails, by its number in the profile; exit status 1 if one does.
"""
import sys
import urllib.request

from lxml import etree

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
SOAP12 = "{http://schemas.xmlsoap.org/wsdl/soap12/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
parser = etree.XMLParser(resolve_entities=False, no_network=True)


def fetch(address: str) -> tuple[str, bytes]:
    with opener.open(address, timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read()


class Resolver(etree.Resolver):
    """Schemas import each other by address; libxml2 may not go to the network by itself."""

    def resolve(self, url, _, context):
        return self.resolve_string(fetch(url)[1], context) if url.startswith("http://127.0.0.1:") else None


def qname(element: etree._Element, text: str) -> str:
    prefix, _, local = text.rpartition(":")
    return f"{{{element.nsmap[prefix or None]}}}{local}"


def look(base: str, path: str) -> list[str]:
    wrong: list[str] = []

    def must(holds: bool, rule: str, what: object = "") -> None:
        if not holds:
            wrong.append(f"{path}: {rule} {what}")

    kind, text = fetch(f"{base}{path}?wsdl")
    must(kind.startswith("text/xml"), "content type of the WSDL", kind)
    must(text.startswith(b'<?xml version="1.0" encoding="UTF-8"?>'), "R4003 UTF-8 or UTF-16")
    root = etree.fromstring(text, parser)
    target = root.get("targetNamespace")
    must(root.tag == WSDL + "definitions" and bool(target), "R2023/R2001 definitions with a target namespace")
    order = [child.tag for child in root if child.tag != WSDL + "documentation"]
    ranks = [[WSDL + name for name in ("import", "types", "message", "portType", "binding", "service")].index(tag) for tag in order]
    must(ranks == sorted(ranks), "R2020/R2021 order of the definitions")

    elements: set[str] = set()
    imports = root.findall(f"{WSDL}types/{XS}schema/{XS}import")
    must(bool(imports), "schemas come by import")
    for schema in root.findall(f"{WSDL}types/{XS}schema"):
        must(schema.get("targetNamespace") is not None or all(c.tag in (XS + "import", XS + "annotation") for c in schema), "R2105")
    for place in imports:
        location = place.get("schemaLocation", "")
        must(location.startswith(f"{base}{path}?xsd="), "the schema lies where the service is", location)
        kind, text = fetch(location)
        schema_parser = etree.XMLParser(resolve_entities=False)
        schema_parser.resolvers.add(Resolver())
        document = etree.fromstring(text, schema_parser, base_url=location)
        must(document.get("targetNamespace") == place.get("namespace"), "R2004/R2005 namespace of the import", location)
        must(document.get("elementFormDefault") == "qualified", "qualified elements", location)
        try:
            etree.XMLSchema(document)
        except etree.XMLSchemaParseError as error:
            must(False, "no valid schema", f"{location}: {error}")
        must(not document.findall(f".//{XS}*[@ref='soapenc:arrayType']"), "R2110 no soapenc:Array")
        names = [e.get("name") for e in document.findall(f"{XS}element")]
        must(len(names) == len(set(names)), "elements are declared once", location)
        elements |= {f"{{{document.get('targetNamespace')}}}{name}" for name in names}

    messages: dict[str, list[etree._Element]] = {}
    for message in root.findall(WSDL + "message"):
        parts = message.findall(WSDL + "part")
        messages[f"{{{target}}}{message.get('name')}"] = parts
        must(len(parts) == 1, "R2201 one part at most", message.get("name"))
        for part in parts:
            must(part.get("element") is not None and part.get("type") is None, "R2204 parts by element", message.get("name"))
            must(qname(part, part.get("element")) in elements, "the element is declared", part.get("element"))

    for port in root.findall(WSDL + "portType"):
        names = [operation.get("name") for operation in port.findall(WSDL + "operation")]
        must(len(names) == len(set(names)), "R2304 no overloading")
        inputs = [qname(o, messages[qname(o, o.find(WSDL + "input").get("message"))][0].get("element")) for o in port.findall(WSDL + "operation")]
        must(len(inputs) == len(set(inputs)), "R2710 each operation has its own wire signature")
        for operation in port.findall(WSDL + "operation"):
            for child in ("input", "output", "fault"):
                found = operation.find(WSDL + child)
                must(found is not None and qname(found, found.get("message")) in messages, f"{child} of", operation.get("name"))

    ports = {f"{{{target}}}{port.get('name')}": port for port in root.findall(WSDL + "portType")}
    bindings = root.findall(WSDL + "binding")
    must(len(bindings) == 2, "a binding for each version of SOAP")
    for binding in bindings:
        soap = SOAP if binding.find(SOAP + "binding") is not None else SOAP12
        head = binding.find(soap + "binding")
        must(head is not None and head.get("transport") == "http://schemas.xmlsoap.org/soap/http", "R2702 transport", binding.get("name"))
        port = ports[qname(binding, binding.get("type"))]
        operations = binding.findall(WSDL + "operation")
        must({o.get("name") for o in operations} == {o.get("name") for o in port.findall(WSDL + "operation")}, "R2718 the same operations")
        for operation in operations:
            call = operation.find(soap + "operation")
            must(call.get("style", head.get("style", "document")) == "document", "R2705 document style", operation.get("name"))
            must(bool(call.get("soapAction")), "an action", operation.get("name"))
            for child in ("input", "output"):
                body = operation.find(f"{WSDL}{child}/{soap}body")
                must(body.get("use") == "literal", "R2706 literal", operation.get("name"))
                must(body.get("namespace") is None, "R2716 no namespace on a document body", operation.get("name"))
                for header in operation.findall(f"{WSDL}{child}/{soap}header"):
                    must(header.get("use") == "literal" and header.get("namespace") is None, "R2706 header", operation.get("name"))
                    must([p.get("name") for p in messages[qname(header, header.get("message"))]] == [header.get("part")], "R2720 header part")
            fault = operation.find(WSDL + "fault")
            said = fault.find(soap + "fault")
            must(said.get("name") == fault.get("name") and said.get("use") == "literal" and said.get("namespace") is None, "R2721/R2728 fault")
            declared = next(o for o in port.findall(WSDL + "operation") if o.get("name") == operation.get("name"))
            must({f.get("name") for f in declared.findall(WSDL + "fault")} == {fault.get("name")}, "R2740 faults are described")
    for port in root.findall(f"{WSDL}service/{WSDL}port"):
        address = port.find(SOAP + "address") if port.find(SOAP + "address") is not None else port.find(SOAP12 + "address")
        must(address.get("location") == base + path, "R2711 address", address.get("location"))
    return wrong


def main() -> int:
    base, paths = sys.argv[1], sys.argv[2:]
    wrong = [line for path in paths for line in look(base, path)]
    print("\n".join(wrong) if wrong else f"ok: {len(paths)} services")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
