"""The delivery that is wrong on purpose: one item per reason to reject a value, and some that are kept but must be found.

All of it lies at or after 2026-01-01, so that no bill for 2025 is touched.
"""
from decimal import Decimal
from typing import TYPE_CHECKING

from deliveries import Delivery, Intervals, Reading

if TYPE_CHECKING:
    from deliveries import Counters

AT = "2026-01-15T00:00:00+01:00"
GOOD = "1ESY1160100024"
CHANNEL = "1-0:1.29.0"
TOTAL = "1-0:1.8.0"


def delivery(counters: "dict[str, Counters]") -> Delivery:
    last = counters["E2"].readings(["2026-01-01"])[0]
    lower = str(Decimal(last.value) - 100)
    registers = [
        (Reading("1ZZZ0000000000", TOTAL, AT, "100.0", "kWh"), "meter", "unknown-meter"),
        (Reading(GOOD, "1-0:2.8.0", AT, "100.0", "kWh"), "obis", "unknown-register"),
        (Reading(GOOD, TOTAL, AT, "100.0", "m3"), "unit", "wrong-unit"),
        (Reading(GOOD, TOTAL, "2026-01-15T00:00:00", "100.0", "kWh"), "at", "time-without-offset"),
        (Reading(GOOD, TOTAL, AT, "4000,5", "kWh"), "value", "bad-number"),
        (Reading(GOOD, TOTAL, AT, "1234567.0", "kWh"), "value", "too-many-digits"),
        (Reading(GOOD, TOTAL, AT, "4000.55", "kWh"), "value", "too-many-digits"),
        (Reading(GOOD, TOTAL, AT, "-1.0", "kWh"), "value", "negative-reading"),
        (Reading(GOOD, TOTAL, "2099-01-01T00:00:00+01:00", "4000.0", "kWh"), "at", "too-far-in-future"),
        # Not wrong: the reading of New Year again.
        (last, None, None),
        # Accepted and found: a register does not run backwards, and 14 days are too short to run round once.
        (Reading(GOOD, TOTAL, AT, lower, "kWh"), None, None),
    ]
    midnight = "2026-01-01T00:00:00+01:00"
    intervals = [
        # 60 kWh in an hour behind a fuse of 43 kW: accepted, found, not billable.
        (Intervals(GOOD, CHANNEL, midnight, "PT1H", "kWh", ["0.080", "60.000", "0.075"]), None, None, 0),
        # Negative on a channel that only counts what is drawn: the same.
        (Intervals("1ISK0070200048", CHANNEL, midnight, "PT1H", "kWh", ["-0.500", "0.210"]), None, None, 0),
        (Intervals("1ZZZ0000000000", CHANNEL, midnight, "PT1H", "kWh", ["0.100", "0.100"]), "/meter", "unknown-meter", 2),
        (Intervals(GOOD, CHANNEL, "2026-01-02T00:00:00+01:00", "PT1H", "m3", ["0.100", "0.100", "0.100"]), "/unit", "wrong-unit", 3),
        (Intervals(GOOD, CHANNEL, "2026-01-02T00:00:00", "PT1H", "kWh", ["0.100"]), "/start", "time-without-offset", 1),
        (Intervals(GOOD, CHANNEL, "2026-01-03T00:00:00+01:00", "PT1H", "kWh", ["0.100", "abc", "0.100"]), "/values/1", "bad-number", 1),
    ]
    errors = [(f"/registers/{index}/{member}", code, 1) for index, (_, member, code) in enumerate(registers) if code]
    errors += [(f"/intervals/{index}{place}", code, count) for index, (_, place, code, count) in enumerate(intervals) if code]
    return Delivery(
        "90-faulty.json", "wrong on purpose: each reason to reject a value once, and three values that are kept but found",
        registers=[reading for reading, _, _ in registers], intervals=[item for item, _, _, _ in intervals],
        message="gw-9-faulty", source="gateway-9", duplicates=1, errors=errors, findings=3)
