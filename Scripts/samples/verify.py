"""Reads Samples/ as a stranger would and compares with expected.json: nothing of the generator is used here.

    python3 Scripts/samples/verify.py Samples
"""
import csv
import json
import re
import sys
import xml.etree.ElementTree as xml
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
METERING = "{urn:zaehlwerk:metering:1}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def read(path: Path) -> tuple[list[dict], list[dict]]:
    """Registers and intervals of a delivery."""
    if path.suffix == ".json":
        document = json.loads(path.read_text())
        return document.get("registers", []), document.get("intervals", [])
    if path.suffix == ".xml":
        body = xml.parse(path).getroot()[0][0]
        registers = [{child.tag.removeprefix(METERING): child.text for child in item} for item in body.findall(METERING + "registers")]
        intervals = []
        for item in body.findall(METERING + "intervals"):
            fields = {child.tag.removeprefix(METERING): child.text for child in item}
            fields["values"] = [None if cell.get(NIL) else cell.text for cell in item.find(METERING + "values")]
            intervals.append(fields)
        return registers, intervals
    text = path.read_text()
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ",")
    header = next(rows)
    if header[2] == "at":
        return [dict(zip(header, row)) for row in rows], []
    return [], [{**dict(zip(header[:6], row)), "values": [cell or None for cell in row[6:]]} for row in rows]


def slots(item: dict) -> list[tuple[datetime, str]]:
    step = {"PT1H": timedelta(hours=1), "PT1M": timedelta(minutes=1)}[item["resolution"]]
    start = datetime.fromisoformat(item["start"])
    return [(start + step * n, value) for n, value in enumerate(item["values"]) if value is not None]


def main(folder: Path) -> int:
    expected = json.loads((folder / "expected.json").read_text())
    wrong: list[str] = []

    def same(what: str, found: object, wanted: object) -> None:
        if found != wanted:
            wrong.append(f"{what}: {found}, expected {wanted}")

    same("files", sorted(f["file"] for f in expected["files"]), sorted(p.name for p in folder.iterdir() if re.match(r"\d\d-", p.name)))
    series: dict[tuple[str, str], dict[datetime, str]] = {}
    readings: dict[tuple[str, str], dict[datetime, str]] = {}
    for file in expected["files"]:
        registers, intervals = read(folder / file["file"])
        sent = len(registers) + sum(value is not None for item in intervals for value in item["values"])
        same(f"{file['file']} values", sent, file["values"])
        same(f"{file['file']} total", sum(file[k] for k in ("accepted", "duplicates", "revised", "rejected")), file["values"])
        if file["rejected"]:
            continue
        counts = Counter()
        known = [(readings, (r["meter"], r["obis"]), datetime.fromisoformat(r["at"]), r["value"]) for r in registers]
        known += [(series, (i["meter"], i["obis"]), at, value) for i in intervals for at, value in slots(i)]
        for store, key, at, value in known:
            before = store.setdefault(key, {}).get(at)
            counts["accepted" if before is None else "duplicates" if before == value else "revised"] += 1
            store[key][at] = value
        for key in ("accepted", "duplicates", "revised"):
            same(f"{file['file']} {key}", counts[key], file[key])

    master = json.loads((folder / "master-data.json").read_text())
    known_registers = {(m["serial"], r["obis"]): r for p in master["meteringPoints"] for m in p["meters"] for r in m["registers"]}
    same("registers delivered", sorted({*series, *readings}), sorted(known_registers))
    for channel in expected["channels"]:
        values = series[channel["meter"], channel["obis"]]
        name = f"{channel['meter']} {channel['obis']}"
        same(f"{name} sum", str(sum(map(Decimal, values.values()))), channel["delivered"])
        same(f"{name} slots", len(values), channel["slots"] - channel["missing"])
        days = Counter(at.astimezone(BERLIN).date().isoformat() for at in values)
        if channel["resolution"] == "PT1H" and not channel["missing"] and channel["from"] == "2025-01-01":
            same(f"{name} in March", days["2025-03-30"], 23)
            if channel["until"] == "2026-01-01":
                same(f"{name} in October", days["2025-10-26"], 25)
    advances: dict[tuple[str, str], Decimal] = {}
    for register in expected["registers"]:
        values = sorted(readings[register["meter"], register["obis"]].items())
        name, master_register = f"{register['meter']} {register['obis']}", known_registers[register["meter"], register["obis"]]
        same(f"{name} ends", (values[0][1], values[-1][1]), (register["first"], register["last"]))
        same(f"{name} falls", sum(Decimal(b[1]) < Decimal(a[1]) for a, b in zip(values, values[1:])), register["rollovers"])
        for _, value in values:
            same(f"{name} decimals", len(value.partition(".")[2]), master_register["decimals"])
            same(f"{name} digits", len(value.partition(".")[0]) <= master_register["digits"], True)
        advances[register["meter"], register["obis"]] = Decimal(register["advance"])
    # Rule C1, as the metering reference states it: two least digits times the factor, or 0.1 % of the sum.
    pairs = {"1-0:1.29.0": "1-0:1.8.0", "7-0:3.21.0": "7-0:3.0.0", "8-0:1.29.0": "8-0:1.0.0", "6-0:1.29.0": "6-0:1.0.0"}
    for channel in expected["channels"]:
        key = channel["meter"], pairs[channel["obis"]]
        register, total = known_registers[key], Decimal(channel["sum"])
        least = Decimal(1).scaleb(-register["decimals"]) * Decimal(register.get("factor", "1"))
        same(f"{key} C1", abs(total - advances[key]) <= max(2 * least, total / 1000), True)
        if (key[0], "1-0:1.8.1") in advances:
            parts = advances[key[0], "1-0:1.8.1"] + advances[key[0], "1-0:1.8.2"]
            same(f"{key[0]} C2", abs(parts - advances[key]) <= 4 * least, True)

    codes = {p["code"] for p in master["meteringPoints"]}
    accounts, partners = {a["key"] for a in master["accounts"]}, {p["key"] for p in master["partners"]}
    same("keys", len(codes) + len(accounts) + len(partners), sum(len(master[k]) for k in ("meteringPoints", "accounts", "partners")))
    for contract in master["contracts"]:
        same(contract["key"], contract["account"] in accounts and contract["meteringPoint"] in codes, True)
    for account in master["accounts"]:
        same(account["key"], account["partner"] in partners, True)
        if account["iban"]:
            digits = "".join(str(int(c, 36)) for c in account["iban"][4:] + account["iban"][:4])
            same(account["iban"], (int(digits) % 97, len(account["iban"])), (1, 22))
    for payment in json.loads((folder / "payments.json").read_text())["payments"]:
        same(payment["idempotencyKey"], payment["account"] in accounts, True)
    print("\n".join(wrong) or f"Samples: {len(expected['files'])} deliveries are what expected.json says")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
