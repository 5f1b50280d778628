"""Writes Samples/ from the plain source data: master data, deliveries, payments, what is expected of them, and the README."""
import json
import sys
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import faults
import measured
import readme
import world
from deliveries import Counters, Delivery, Intervals, Reading, high_rate, midnight, rfc3339, thousandths
from measured import HOURS


def counters(folder: Path) -> dict[str, Counters]:
    electricity, gas, water = measured.electricity(folder), measured.gas(folder), measured.water(folder)
    moments, minutes, means = measured.water_minutes(folder, *(date.fromisoformat(day) for day in world.CAMPAIGN))
    temperatures = measured.temperature(folder)
    heat = {
        "house": measured.heat(temperatures, Fraction("3.4"), Fraction(6)),
        "apartments": measured.heat(temperatures, Fraction("13.5"), Fraction(38)),
    }
    result = {}
    for point in world.ELECTRICITY:
        result[point.name] = Counters(point, electricity[point.sensor])
    for point in world.GAS:
        result[point.name] = Counters(point, gas[point.sensor])
    for point in world.WATER:
        # Two homes were measured in March 2015 only: their year is that month's mean, hour by hour the same.
        values = water.get(point.sensor) or measured.counted([means[point.sensor] / 24] * len(HOURS))
        result[point.name] = Counters(point, values)
    for point in world.MINUTES:
        result[point.name] = Counters(point, minutes[point.sensor], moments)
    for point in world.HEAT:
        result[point.name] = Counters(point, heat[point.sensor])
    return result


def deliveries(c: dict[str, Counters]) -> list[Delivery]:
    plain = ["E1", "E2", "E5", "E6", "E8"]
    twin = ["E9", "E10", "E11", "E12"]
    october = [item for item in c["E7"].months() if item.start.startswith("2025-10")]
    result = [
        Delivery(
            "10-electricity.json", "seven single-rate homes; E3 without May, E4 without August, E7 without October; E5 is exchanged, E6 rolls over",
            registers=[r for name in plain + ["E3", "E7"] for r in c[name].readings()]
            + [r for r in c["E4"].readings() if not r.at.startswith("2025-09-01")],
            intervals=[i for name in plain for i in c[name].months()] + c["E3"].months((5,)) + c["E4"].months((8,)) + c["E7"].months((10,)),
            message="gw-1-2025-electricity"),
        Delivery("11-electricity-twin.csv", "four two-rate homes, one row per local day: 23, 24 or 25 hours",
                 intervals=[i for name in twin for i in c[name].days()]),
        Delivery("12-electricity-twin-registers.csv", "their registers: total, HT, NT; two of them monthly, one behind current transformers",
                 registers=[r for name in twin for r in c[name].readings()]),
        Delivery("20-gas.csv", "three homes, operating volume per hour", intervals=[i for p in world.GAS for i in c[p.name].days()]),
        Delivery("21-gas-registers.json", "their registers", registers=[r for p in world.GAS for r in c[p.name].readings()],
                 message="gw-2-2025-gas", source="gateway-2"),
        Delivery("30-water.json", "one home by the hour; the registers of three homes and of the four logging meters",
                 registers=[r for p in world.WATER + world.MINUTES for r in c[p.name].readings()], intervals=c["W1"].months(),
                 message="gw-3-2025-water", source="gateway-3"),
        Delivery("31-water-minutes.csv", "four logging meters by the minute, with the holes they were measured with; one row per hour",
                 intervals=[i for p in world.MINUTES for i in c[p.name].days(60)]),
        Delivery("40-heat.csv", "two heat meters by the hour (made, see below)", intervals=[i for p in world.HEAT for i in c[p.name].days()]),
        Delivery("41-heat-registers.soap.xml", "their registers", registers=[r for p in world.HEAT for r in c[p.name].readings()],
                 message="gw-4-2025-heat", source="gateway-4"),
        Delivery("50-electricity-october.soap.xml", "E7 in October: 745 hours, both passes of the doubled hour", intervals=october,
                 message="gw-1-2025-10-e7"),
    ]
    holes = Delivery("60-holes.json", "E3 in May with holes of 1 h, 2 h, 6 h (as null), 24 h and 7 d (not sent)",
                     intervals=with_holes(c["E3"]), message="gw-1-2025-05-e3")
    march = [item for item in c["E1"].months() if item.start.startswith("2025-03")]
    july = [r for r in Counters(c["E7"].point, c["E7"].values).readings(["2025-07-01"])]
    result += [
        holes,
        Delivery("61-duplicate.json", "60 once more, byte for byte: every value is a duplicate, and the estimates in the holes stay",
                 intervals=holes.intervals, message=holes.message, duplicates=holes.sent(), text=holes.render()),
        Delivery("62-duplicate-other-message.json", "E1 in March again, as a message of its own: duplicates by content",
                 intervals=march, message="gw-1-2025-03-e1-again", duplicates=sum(len(item.values) for item in march)),
        Delivery("63-message-id-reused.json", "the messageId of 60 with other content: taken by its content, with a finding",
                 registers=july, message=holes.message, findings=1),
    ]
    wrong, correction = late_correction(c["E4"])
    six = next(i for i, moment in enumerate(HOURS) if rfc3339(moment) == "2025-05-12T10:00:00+02:00")
    meter = c["E3"].point.meters[0]
    late = Intervals(meter.serial, "1-0:1.29.0", rfc3339(HOURS[six]), "PT1H", "kWh", [thousandths(v) for v in c["E3"].values[six:six + 6]])
    result += [
        wrong,
        correction,
        Delivery("72-late-values.json", "E3: the hole of 6 h is filled late; measured values take the place of estimates",
                 intervals=[late], message="gw-1-2025-05-e3-late"),
        faults.delivery(c),
    ]
    return result


def with_holes(c: Counters) -> list[Intervals]:
    """One item up to the day that is missing, one up to the week that is missing, one for the rest."""
    [may] = [item for item in c.months() if item.start.startswith("2025-05")]
    moments = [moment for moment in HOURS if moment.month == 5]
    values = dict(zip(moments, may.values))
    for begin, hours in [("2025-05-07T14", 1), ("2025-05-09T02", 2), ("2025-05-12T10", 6)]:
        at = moments.index(datetime.fromisoformat(begin + ":00").replace(tzinfo=measured.BERLIN))
        for moment in moments[at:at + hours]:
            values[moment] = None
    items = []
    for first, last in [(1, 14), (16, 18), (26, 31)]:
        item = deepcopy(may)
        item.start = rfc3339(midnight(f"2025-05-{first:02d}"))
        item.values = [value for moment, value in values.items() if first <= moment.day <= last]
        items.append(item)
    return items


def late_correction(c: Counters) -> tuple[Delivery, Delivery]:
    """Five hours with the decimal point slipped, and a reading with two digits swapped; both put right by a later message."""
    [august] = [item for item in c.months() if item.start.startswith("2025-08")]
    [reading] = c.readings(["2025-09-01"])
    begin = 11 * 24 + 10
    wrong = deepcopy(august)
    for slot in range(begin, begin + 5):
        wrong.values[slot] = str(Decimal(august.values[slot]) * 10)
    swapped = deepcopy(reading)
    swapped.value = swap(reading.value)
    right = deepcopy(august)
    right.start = rfc3339(midnight("2025-08-12") + timedelta(hours=10))
    right.values = august.values[begin:begin + 5]
    return (
        Delivery("70-august.json", f"E4 in August: five hours ten times too high, and the reading of 1 September with two digits swapped "
                 f"({swapped.value} for {reading.value})", registers=[swapped], intervals=[wrong], message="gw-1-2025-08-e4", findings=1),
        Delivery("71-august-corrected.json", "the late correction: the same slots and the same reading, right", registers=[reading],
                 intervals=[right], message="gw-1-2025-08-e4-corrected", revised=6),
    )


def swap(value: str) -> str:
    """Two unequal neighbours before the decimal point changed places, so that the value grows: a typical slip of the hand."""
    digits = list(value.split(".")[0])
    for at in range(len(digits) - 2, -1, -1):
        if digits[at] < digits[at + 1]:
            digits[at], digits[at + 1] = digits[at + 1], digits[at]
            return "".join(digits) + "." + value.split(".")[1]
    raise ValueError(value)


def expected(c: dict[str, Counters], files: list[Delivery]) -> dict:
    channels, registers = [], []
    for counter in c.values():
        campaign = counter.point in world.MINUTES
        days = list(world.CAMPAIGN) if campaign else ["2025-01-01", "2026-01-01"]
        for meter in counter.point.meters:
            first, last = max(meter.since, days[0]), min(meter.until or days[1], days[1])
            inside = [v for m, v in zip(counter.moments, counter.values) if midnight(first) <= m < midnight(last)]
            for register in meter.registers:
                common = {"point": counter.point.code, "meter": meter.serial, "obis": register.obis, "unit": register.unit,
                          "from": first, "until": last}
                if register.resolution:
                    holes = sum(value is None for value in inside)
                    hours = {"1ISK0070200031": 1 + 2 + 24 + 168}.get(meter.serial, 0)
                    lost = unsent(counter) if hours else 0
                    total = sum(value or 0 for value in inside)
                    channels.append({**common, "resolution": register.resolution, "slots": len(inside), "missing": holes + hours,
                                     "sum": thousandths(total), "delivered": thousandths(total - lost)})
                else:
                    values = counter.readings([first, last])
                    [begin, end] = [r.value for r in values if r.meter == meter.serial and r.obis == register.obis]
                    registers.append({**common, "first": begin, "last": end, "rollovers": int(Decimal(end) < Decimal(begin)),
                                      "factor": register.factor or "1", "advance": advance(register, begin, end)})
    return {"files": [file.expected() for file in files], "channels": channels, "registers": registers, "contracts": contracts(c)}


def unsent(c: Counters) -> int:
    """What flowed at E3 in the slots that never arrive (the hole of 6 h is filled by 72)."""
    gone = {(7, 14), (9, 2), (9, 3)}
    return sum(value for moment, value in zip(HOURS, c.values) if moment.month == 5
               and ((moment.day, moment.hour) in gone or moment.day == 15 or 19 <= moment.day <= 25))


def advance(register: world.Register, first: str, last: str) -> str:
    """Consumption between two readings: difference, one turn of the wheels if it fell, times the factor."""
    difference = Decimal(last) - Decimal(first)
    if difference < 0:
        difference += Decimal(10) ** register.digits
    return f"{difference * Decimal(register.factor or '1'):f}"


def contracts(c: dict[str, Counters]) -> list[dict]:
    """What each contract used in 2025 by its registers."""
    result = []
    for number, contract in enumerate(world.CONTRACTS, 1):
        counter = c[contract.point]
        first, last = max(contract.since, "2025-01-01"), contract.until or "2026-01-01"
        quantities: dict[str, Decimal] = {}
        for meter in counter.point.meters:
            span = [max(first, meter.since), min(last, meter.until or last)]
            for register in meter.registers:
                if register.resolution or span[0] >= span[1]:
                    continue
                begin, end = [next(r.value for r in counter.readings([day]) if (r.meter, r.obis) == (meter.serial, register.obis))
                              for day in span]
                quantities[register.obis] = quantities.get(register.obis, Decimal(0)) + Decimal(advance(register, begin, end))
        result.append({"contract": f"c-{number:02d}", "point": counter.point.code, "tariff": contract.tariff, "from": first, "until": last,
                       "quantities": {obis: f"{value:f}" for obis, value in quantities.items()}})
    return result


PRICES = {"electricity/basis": ("0.36", 150), "electricity/twin": ("0.33", 170), "gas/basis": ("1.25", 160), "water/basis": ("4.80", 120),
          "heat/basis": ("0.13", 300)}
"""Euro per unit and per year, roughly: what a clerk would base an instalment on, no tariff."""


def payments(used: list[dict]) -> dict:
    """Eleven instalments from February to December for most accounts; one account stops in autumn, two never paid."""
    yearly: dict[str, Decimal] = {}
    for contract, use in zip(world.CONTRACTS, used):
        price, base = PRICES[contract.tariff]
        share = Decimal((date.fromisoformat(use["until"]) - date.fromisoformat(use["from"])).days) / 365
        total = next(Decimal(v) for obis, v in use["quantities"].items() if obis in ("1-0:1.8.0", "7-0:3.0.0", "8-0:1.0.0", "6-0:1.0.0"))
        yearly[contract.account] = yearly.get(contract.account, Decimal(0)) + total * Decimal(price) + base * share
    result = []
    for account, euro in sorted(yearly.items()):
        instalment = max(10, int(euro / 11))
        last = {"a-06": 9, "a-08": 9, "a-16": 6}.get(account, 12)
        begin = {"a-13": 10, "a-14": 7}.get(account, 2)
        if account in ("a-11", "a-02"):
            continue
        for month in range(begin, last + 1):
            result.append({"account": account, "amount": f"{instalment}.00", "valueDate": f"2025-{month:02d}-15",
                           "reference": f"Abschlag {month:02d}/2025", "idempotencyKey": f"sample-{account}-2025-{month:02d}"})
    return {"payments": result}


def main(source: Path, licence: Path, target: Path) -> None:
    c = counters(source)
    files = deliveries(c)
    assert high_rate(midnight("2025-01-01") + timedelta(hours=8))
    outcome = expected(c, files)
    target.mkdir(exist_ok=True)

    def write(name: str, text: str) -> None:
        (target / name).write_text(text, encoding="utf-8", newline="\n")

    for file in files:
        write(file.file, file.render())
    write("master-data.json", lines(world.master_data()))
    write("payments.json", lines(payments(outcome["contracts"])))
    write("expected.json", lines(outcome))
    write("LICENSE-opengrid.txt", licence.read_text(encoding="utf-8"))
    write("README.md", readme.text(files, outcome, c))
    print(f"{len(files)} deliveries, {sum(file.sent() for file in files)} values, "
          f"{sum(path.stat().st_size for path in target.iterdir()) / 1e6:.1f} MB")


def lines(document: dict) -> str:
    """One line per member of each list."""
    lists = [f' {json.dumps(key)}: [\n' + ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in items) + "\n ]"
             for key, items in document.items()]
    return "{\n" + ",\n".join(lists) + "\n}\n"


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
