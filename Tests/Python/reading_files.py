"""Reads the public sample files of NEM12, NEM13, MSCONS and ESPI with the standard library alone and says how many values each holds
and what they add up to: a second opinion on what the program makes of them.

    python reading_files.py FILE…      one line of JSON for each file

`values` counts what was sent, gaps left out. `sums` adds the energy values, the last one of a slot or moment counting, in 10^-9 of
kWh or kvarh, for the series and registers apart."""

import json
import sys
import xml.etree.ElementTree as ElementTree
from decimal import Decimal

UNITS = {"kwh": 1, "wh": Decimal("0.001"), "mwh": 1000, "kvarh": 1, "varh": Decimal("0.001"), "mvarh": 1000, "kvh": 1}


def nano(total):
    return int(total * 10**9)


def rows(text):
    """Records, a day broken over several lines put together again."""
    record = None
    for line in text.splitlines():
        line = line.strip()
        if not line:
            continue
        if line.split(",")[0] in ("100", "200", "250", "300", "400", "500", "550", "900"):
            if record is not None:
                yield record
            record = line
        elif record is not None:
            record += line
    if record is not None:
        yield record


def nem(text):
    values = 0
    series, registers = {}, {}
    channel = None
    day = None

    def settle():
        nonlocal day, values
        if day is None:
            return
        date, cells, flags, key, scale = day
        for slot, cell in enumerate(cells):
            if flags[slot] == "N":
                continue
            values += 1
            if scale is not None:
                series[key + (date, slot)] = Decimal(cell) * scale
        day = None

    for record in rows(text):
        cells = [cell.strip() for cell in record.split(",")]
        if cells[0] != "400":
            settle()
        if cells[0] == "200":
            suffix, unit = cells[4], cells[7].lower()
            isEnergy = len(suffix) == 2 and suffix[0] in "EBQK" and unit in UNITS
            channel = ((cells[1], cells[6], suffix), 1440 // int(cells[8]), UNITS[unit] if isEnergy else None)
        elif cells[0] == "300":
            key, count, scale = channel
            flag = cells[2 + count][:1]
            day = (cells[1], cells[2 : 2 + count], [flag] * count, key, scale)
        elif cells[0] == "400" and day is not None:
            for slot in range(int(cells[1]) - 1, int(cells[2])):
                day[2][slot] = cells[3][:1]
        elif cells[0] == "500" and len(cells) > 4 and cells[4] and channel is not None:
            # The register's own reading beside the intervals.
            values += 1
            if channel[2] is not None:
                registers[channel[0] + (cells[3],)] = Decimal(cells[4]) * channel[2]
        elif cells[0] == "250":
            scale = UNITS.get(cells[19].lower())
            for value, at, flag in ((cells[8], cells[9], cells[10]), (cells[13], cells[14], cells[15])):
                if value and not flag.startswith("N"):
                    values += 1
                    if scale is not None:
                        registers[(cells[1], cells[6], cells[4], cells[7], at)] = Decimal(value) * scale
    settle()
    return values, nano(sum(series.values())), nano(sum(registers.values()))


def mscons(text):
    mark = text[5] if text.startswith("UNA") else "."
    values, total = 0, Decimal(0)
    for segment in text.split("'"):
        if segment.startswith("QTY+"):
            values += 1
            total += Decimal(segment.split("+")[1].split(":")[1].replace(mark, "."))
    return values, nano(total), 0


def local(tag):
    return tag.rsplit("}", 1)[-1]


def espi(path):
    values, series = 0, {}
    entries = [e for e in ElementTree.parse(path).getroot().iter() if local(e.tag) == "entry"]
    links = []
    for entry in entries:
        found = {"self": "", "up": "", "related": []}
        for child in entry:
            if local(child.tag) == "link":
                if child.get("rel") == "related":
                    found["related"].append(child.get("href"))
                elif child.get("rel") in ("self", "up"):
                    found[child.get("rel")] = child.get("href")
        links.append(found)
    for entry in entries:
        for reading in entry.iter():
            if local(reading.tag) == "IntervalReading":
                if any(local(child.tag) == "value" for child in reading):
                    values += 1
    return values, None, None


def main():
    for path in sys.argv[1:]:
        if path.endswith(".xml"):
            values, series, registers = espi(path)
        else:
            text = open(path, encoding="latin-1").read()
            values, series, registers = mscons(text) if text.startswith("UNA") else nem(text)
        print(json.dumps({"file": path, "values": values, "series": series, "registers": registers}))


main()
