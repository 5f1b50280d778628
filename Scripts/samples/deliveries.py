"""Messages as a gateway would send them, in the three formats of the contract, with the answer each must get."""
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape

from measured import BERLIN, HOURS
from world import Meter, Point, Register

MEASURED = "measured"


@dataclass
class Reading:
    meter: str
    obis: str
    at: str
    value: str
    unit: str
    status: str = MEASURED


@dataclass
class Intervals:
    meter: str
    obis: str
    start: str
    resolution: str
    unit: str
    values: list[str | None]
    status: str = MEASURED


@dataclass
class Delivery:
    """One file. The counts are those of a load in the order of the file names into an empty installation."""
    file: str
    about: str
    registers: list[Reading] = field(default_factory=list)
    intervals: list[Intervals] = field(default_factory=list)
    message: str = ""
    source: str = "gateway-1"
    duplicates: int = 0
    revised: int = 0
    errors: list[tuple[str, str, int]] = field(default_factory=list)
    findings: int = 0
    text: str | None = None
    """A byte copy of another file, where that is the point."""

    def sent(self) -> int:
        return len(self.registers) + sum(value is not None for item in self.intervals for value in item.values)

    def gaps(self) -> int:
        return sum(value is None for item in self.intervals for value in item.values)

    def expected(self) -> dict:
        rejected = sum(values for _, _, values in self.errors)
        return {
            "file": self.file,
            "contentType": {"json": "application/json", "csv": "text/csv", "xml": "text/xml"}[self.file.rsplit(".", 1)[1]],
            "messageId": self.message or None,
            "values": self.sent(),
            "gaps": self.gaps(),
            "accepted": self.sent() - self.duplicates - self.revised - rejected,
            "duplicates": self.duplicates,
            "revised": self.revised,
            "rejected": rejected,
            "findingsAtLeast": self.findings,
            "errors": [{"path": path, "code": code} for path, code, _ in self.errors],
        }

    def render(self) -> str:
        if self.text is not None:
            return self.text
        if self.file.endswith(".soap.xml"):
            return soap(self)
        return csv(self) if self.file.endswith(".csv") else message(self)


def rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=BERLIN)


def thousandths(value: int | None) -> str | None:
    return None if value is None else f"{value // 1000}.{value % 1000:03d}"


def shown(counter: int, register: Register) -> str:
    """What the register's wheels show when the measured counter (Wh, litres) stands at `counter`: divided by the transformer factor,
    rounded to its decimals, and back at zero beyond its digits."""
    step = Decimal(1).scaleb(-register.decimals)
    value = (Decimal(counter) / 1000 / Decimal(register.factor or "1")).quantize(step, ROUND_HALF_UP)
    if register.digits:
        value %= Decimal(10) ** register.digits
    return f"{value:.{register.decimals}f}"


def day_rows(meter: Meter, register: Register, values: list[int | None], moments: list[datetime] = HOURS,
             hours_per_row: int | None = None) -> list[Intervals]:
    """One item per local day of the meter's installation, or per so many slots."""
    rows: list[Intervals] = []
    last = None
    for moment, value in zip(moments, values):
        if not within(meter, moment.date()):
            continue
        key = moment.date() if hours_per_row is None else rfc3339(moment)[:13] + rfc3339(moment)[19:]
        if key != last:
            rows.append(Intervals(meter.serial, register.obis, rfc3339(moment), register.resolution, register.unit, []))
            last = key
        rows[-1].values.append(thousandths(value))
    return rows


def month_items(meter: Meter, register: Register, values: list[int | None], without: tuple[int, ...] = ()) -> list[Intervals]:
    """One item per local month of the meter's installation."""
    items: list[Intervals] = []
    last = None
    for moment, value in zip(HOURS, values):
        if not within(meter, moment.date()) or moment.month in without:
            last = None
            continue
        if moment.month != last:
            items.append(Intervals(meter.serial, register.obis, rfc3339(moment), register.resolution, register.unit, []))
            last = moment.month
        items[-1].values.append(thousandths(value))
    return items


def within(meter: Meter, day: date) -> bool:
    return day >= date.fromisoformat(meter.since) and (meter.until is None or day < date.fromisoformat(meter.until))


def message(delivery: Delivery) -> str:
    """One line per item: a diff of two messages shows the item that changed."""
    def lines(items: list) -> str:
        return ",\n".join("  " + json.dumps(vars(item), ensure_ascii=False, separators=(",", ":")) for item in items)

    parts = [f'"messageId": {json.dumps(delivery.message)}', f'"source": {json.dumps(delivery.source)}']
    if delivery.registers:
        parts.append('"registers": [\n' + lines(delivery.registers) + "\n ]")
    if delivery.intervals:
        parts.append('"intervals": [\n' + lines(delivery.intervals) + "\n ]")
    return "{" + ",\n ".join(parts) + "}\n"


def csv(delivery: Delivery) -> str:
    """Intervals or registers, never both. Empty cells at the end of a row of 23 or 24 hours say nothing."""
    separator = ";" if "registers" in delivery.file or delivery.file.startswith("40") else ","
    if delivery.registers:
        assert not delivery.intervals
        rows = ["meter obis at value unit status".split()]
        rows += [[item.meter, item.obis, item.at, item.value, item.unit, item.status] for item in delivery.registers]
    else:
        width = max(len(item.values) for item in delivery.intervals)
        rows = ["meter obis start resolution unit status".split() + [f"v{n}" for n in range(1, width + 1)]]
        for item in delivery.intervals:
            cells = [value or "" for value in item.values] + [""] * (width - len(item.values))
            rows.append([item.meter, item.obis, item.start, item.resolution, item.unit, item.status, *cells])
    return "".join(separator.join(row) + "\n" for row in rows)


def soap(delivery: Delivery) -> str:
    """SOAP 1.1, document/literal wrapped."""
    def elements(item: object, names: list[str]) -> str:
        return "".join(f"<{name}>{escape(getattr(item, name))}</{name}>" for name in names)

    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
        " <soap:Body>",
        '  <SubmitReadings xmlns="urn:zaehlwerk:metering:1">',
        f"   <messageId>{escape(delivery.message)}</messageId>",
        f"   <source>{escape(delivery.source)}</source>",
    ]
    for item in delivery.registers:
        lines.append(f"   <registers>{elements(item, ['meter', 'obis', 'at', 'value', 'unit', 'status'])}</registers>")
    for item in delivery.intervals:
        lines.append(f"   <intervals>{elements(item, ['meter', 'obis', 'start', 'resolution', 'unit'])}<values>")
        cells = ['<value xsi:nil="true"/>' if value is None else f"<value>{value}</value>" for value in item.values]
        lines += ["    " + "".join(cells[at:at + 12]) for at in range(0, len(cells), 12)]
        lines.append(f"   </values><status>{item.status}</status></intervals>")
    lines += ["  </SubmitReadings>", " </soap:Body>", "</soap:Envelope>", ""]
    return "\n".join(lines)


def high_rate(moment: datetime) -> bool:
    """HT: Monday to Friday from 06:00 to 22:00 local time; a holiday counts as the weekday it falls on."""
    return moment.weekday() < 5 and 6 <= moment.hour < 22


class Counters:
    """What every register of a point showed at every midnight that is read."""

    def __init__(self, point: Point, values: list[int], moments: list[datetime] = HOURS) -> None:
        self.point, self.values, self.moments = point, values, moments

    def counter(self, meter: Meter, obis: str, at: datetime) -> int:
        """Least units at an instant. The two rates start at six and four tenths of the total."""
        begin = midnight(meter.since)
        high = meter.start * 6 // 10
        start = {"1-0:1.8.1": high, "1-0:1.8.2": meter.start - high}.get(obis, meter.start)
        rate = {"1-0:1.8.1": True, "1-0:1.8.2": False}.get(obis)
        return start + sum(
            value or 0
            for moment, value in zip(self.moments, self.values)
            if begin <= moment < at and (rate is None or high_rate(moment) == rate)
        )

    def readings(self, days: list[str] | None = None) -> list[Reading]:
        result = []
        for day in days or self.point.reading_days:
            for meter in self.point.meters:
                if day < meter.since or (meter.until is not None and day > meter.until):
                    continue
                for register in meter.registers:
                    if register.resolution is None:
                        value = shown(self.counter(meter, register.obis, midnight(day)), register)
                        result.append(Reading(meter.serial, register.obis, rfc3339(midnight(day)), value, register.unit))
        return result

    def months(self, without: tuple[int, ...] = ()) -> list[Intervals]:
        return [item for meter in self.point.meters for register in meter.registers if register.resolution
                for item in month_items(meter, register, self.values, without)]

    def days(self, hours_per_row: int | None = None) -> list[Intervals]:
        return [row for meter in self.point.meters for register in meter.registers if register.resolution
                for row in day_rows(meter, register, self.values, self.moments, hours_per_row)]
