"""Asks a running server for everything that can be read, and holds each answer against the schema its own OpenAPI document gives.

usage: openapi_answers.py BASE     (the key of an admin in ZAEHLWERK_KEY)

Every GET of the document is called; what stands in the braces of its path is taken from answers before. An answer must fit its
schema, and hold no member that the schema does not name: a client that was generated from the document would not see it.
"""
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

import jsonschema

BASE, KEY = sys.argv[1], os.environ["ZAEHLWERK_KEY"]
wrong: list[str] = []


def get(path: str, **query: str) -> tuple[int, str, bytes]:
    address = BASE + path + ("?" + urllib.parse.urlencode(query) if query else "")
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {KEY}", "Accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers.get_content_type(), b"" if answer.headers.get_content_type() == "text/event-stream" else answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read()


document = json.loads(get("/openapi.json")[2])
schemas = document["components"]["schemas"]


def resolved(schema: dict) -> dict:
    return schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def unnamed(value: object, schema: dict, path: str = "") -> list[str]:
    """Members that no schema names."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return [] if value is None else unnamed(value, schema["anyOf"][0], path)
    if isinstance(value, list):
        return [found for item in value for found in unnamed(item, schema.get("items", {}), path + "[]")]
    if not isinstance(value, dict):
        return []
    if "additionalProperties" in schema:
        return [found for item in value.values() for found in unnamed(item, schema["additionalProperties"], path + ".*")]
    if "properties" not in schema:
        return [f"{path or '.'} has no shape"]
    known = schema["properties"]
    return [f"{path}.{name}" for name in value if name not in known] + [
        found for name, item in value.items() if name in known for found in unnamed(item, known[name], f"{path}.{name}")]


def hold(path: str, template: str, body: bytes) -> object:
    schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    value = json.loads(body)
    validator = jsonschema.Draft202012Validator({**schema, "components": document["components"]}, format_checker=jsonschema.FormatChecker())
    for error in list(validator.iter_errors(value))[:3]:
        wrong.append(f"{path}: /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    for name in sorted(set(unnamed(value, schema))):
        wrong.append(f"{path}: {name} stands in no schema")
    return value


def first(path: str, name: str, **query: str) -> str | None:
    status, _, body = get("/api/v1" + path, **query)
    items = json.loads(body).get("items", []) if status == 200 else []
    return next((str(item[name]) for item in items if item.get(name)), None)


partner = first("/partners", "number")
overview = json.loads(get(f"/api/v1/partners/{partner}")[2])
contract = overview["contracts"][0]
invoice = first("/invoices", "number")
known = {
    "partner": partner, "account": overview["accounts"][0]["number"], "contract": contract["number"], "point": contract["meteringPoint"],
    "serial": contract["meters"][0]["serial"], "number": invoice, "run": first("/billing-runs", "number"),
}
registers = [register["obis"] for meter in json.loads(get(f"/api/v1/metering-points/{known['point']}")[2])["meters"] for register in meter["registers"]]
values = json.loads(get(f"/api/v1/metering-points/{known['point']}/readings", limit="1")[2])["series"]
moment = values[0]["values"][0].get("at") or values[0]["values"][0]["start"]
queries = {
    "/api/v1/completeness": {"from": "2025-03-01", "to": "2025-04-01"},
    "/api/v1/metering-points/{point}/readings/history": {"obis": values[0]["obis"], "at": moment},
    "/api/v1/metering-points/{point}/formulas": {"from": "2025-03-01", "to": "2025-04-01"},
    "/api/v1/nodes": {"from": "2025-03-01", "to": "2025-03-04"},
    "/api/v1/changes": {},
    "/api/v1/invoices/{number}/slots": {"line": "1"},
}
# Where the list of a resource gives the name of one of them.
lists = {"/api/v1/deliveries": ("id", "id"), "/api/v1/edits": ("id", "id"), "/api/v1/exceptions": ("id", "id"), "/api/v1/corrections": ("id", "id"),
         "/api/v1/instalments": ("number", "number")}
held = 0
unasked: list[str] = []
for template, methods in document["paths"].items():
    if "get" not in methods:
        continue
    operation = methods["get"]
    names = {**known, **({"number": known["contract"]} if template.startswith("/api/v1/contracts/") else {})}
    for prefix, (hole, member) in lists.items():
        if template.startswith(prefix + "/"):
            found = first(prefix.removeprefix("/api/v1"), member, **({"state": "requested"} if prefix.endswith("instalments") else {}))
            names[hole] = found
    path = template
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            value = names.get(parameter["name"])
            path = path.replace("{" + parameter["name"] + "}", urllib.parse.quote(value, safe="")) if value else path
    if "{" in path:
        unasked.append(template)
        continue
    content = operation["responses"]["200"]["content"]
    status, media, body = get(path, **queries.get(template, {}))
    if status == 404 and ("instalment-plan" in template or template.endswith("/slots")):
        unasked.append(template)
        continue
    if status != 200 or media not in content:
        wrong.append(f"{path}: {status} {media} {body[:200]!r}, not one of {list(content)}")
        continue
    held += 1
    if "application/json" in content and template.startswith("/api/v1"):
        hold(path, template, body)
status, media, body = get("/api/v1/invoices/R-0")
problem = json.loads(body)
jsonschema.Draft202012Validator({"$ref": "#/components/schemas/Problem", "components": document["components"]}).validate(problem)
shapeless = [
    f"{method} {path}" for path, methods in document["paths"].items() if path.startswith("/api/v1") for method, operation in methods.items()
    for answer in operation["responses"].values() for kind, what in answer.get("content", {}).items() if kind.endswith("json") and not what["schema"]]
wrong += [f"{name}: its answer has no schema" for name in shapeless]
# What a call may answer and what it may go without is said, too.
for path, methods in document["paths"].items():
    for method, operation in methods.items():
        chooses = any(parameter["name"] == "format" and parameter["in"] == "query" for parameter in operation.get("parameters", []))
        if chooses and "406" not in operation["responses"]:
            wrong.append(f"{method} {path}: a format that there is not is answered by 406")
if document["paths"]["/api/v1/invoices/{number}/cancel"]["post"]["requestBody"]["required"]:
    wrong.append("a Storno goes without a body")
status, _, _ = get("/api/v1/reports/trial-balance", format="foo")
if status != 406:
    wrong.append(f"format=foo: {status}")
print(f"{held} answers fit their schemas; nothing to ask for: {', '.join(unasked) or 'none'}")
for line in wrong:
    print("WRONG:", line)
sys.exit(1 if wrong or held < 30 else 0)
