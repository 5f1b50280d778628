"""The measured year, moved to 2025 in Europe/Berlin, as counters of whole least units (Wh, litres).

A meter counts; an interval is the difference of two counter values. So the running total is rounded, not the single value, and a
sum of intervals is an advance of the register by construction.
"""
import csv
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2025, 1, 1)
UNTIL = date(2026, 1, 1)
# 470 weeks: weekdays stay, and the last Sunday of March 2016 becomes the last Sunday of March 2025.
SHIFT = timedelta(days=3290)
# 418 weeks: Wednesday 28 and Thursday 29 December 2016 fill Wednesday 1 and Thursday 2 January 2025, which the shift leaves empty.
WRAPPED = timedelta(days=2926)
# 522 weeks: 23 to 29 March 2015 become 24 to 30 March 2025; both end with the day of 23 hours.
MINUTE_SHIFT = timedelta(days=3654)

# Gas: the package gives power; a gas meter counts operating volume. Height of Neumünster 22 m, 22 mbar, 15 °C: z = 0.9686.
CALORIFIC_VALUE = Fraction("11.2")
Z_NUMBER = Fraction("0.9686")


def slots(first: date, until: date, step: timedelta) -> list[datetime]:
    """Every slot start of the local days [first, until) in Europe/Berlin, as aware local times; 23 and 25 hours where they are due."""
    moment = datetime(first.year, first.month, first.day, tzinfo=BERLIN).astimezone(timezone.utc)
    end = datetime(until.year, until.month, until.day, tzinfo=BERLIN).astimezone(timezone.utc)
    result = []
    while moment < end:
        result.append(moment.astimezone(BERLIN))
        moment += step
    return result


HOURS = slots(FIRST, UNTIL, timedelta(hours=1))


def read(folder: Path, name: str) -> dict[str, dict[tuple[date, int, int, int], Fraction | None]]:
    """Sensor -> (local day, hour, minute, pass of a doubled hour) -> value. Wall clock, because people live by it."""
    with open(folder / f"{name}.csv", encoding="utf-8") as file:
        rows = csv.reader(file)
        sensors = next(rows)[1:]
        result = {sensor: {} for sensor in sensors}
        for row in rows:
            local = datetime.fromtimestamp(int(row[0]), timezone.utc).astimezone(BRUSSELS)
            key = (local.date(), local.hour, local.minute, local.fold)
            for sensor, cell in zip(sensors, row[1:]):
                # Fraction of the decimal text: exact sums in any order.
                result[sensor][key] = Fraction(cell) if cell else None
    return result


def hourly(source: dict[tuple[date, int, int, int], Fraction | None]) -> list[Fraction]:
    """One value per hour of 2025. The doubled hour of 30 October 2016 lends its second pass to 26 October 2025, where one is needed;
    so every hour that was measured is used, and none is invented."""
    result = []
    for slot in HOURS:
        day = slot.date() - SHIFT
        if day < date(2016, 1, 1):
            day = slot.date() - WRAPPED
        if slot.fold:
            day = date(2016, 10, 30)
        result.append(source[(day, slot.hour, 0, slot.fold)])
    return result


def rounded(value: Fraction) -> int:
    """Half away from zero; all values here are positive."""
    return int(Decimal(value.numerator * 2 + value.denominator) // Decimal(value.denominator * 2))


def counted(quantities: list[Fraction | None]) -> list[int | None]:
    """Whole least units per slot, by rounding the running total. A gap stays a gap and moves no counter."""
    total, shown, result = Fraction(0), 0, []
    for quantity in quantities:
        if quantity is None:
            result.append(None)
            continue
        total += quantity
        result.append(rounded(total) - shown)
        shown = rounded(total)
    return result


def electricity(folder: Path) -> dict[str, list[int]]:
    """Wh per hour. A mean of one watt over an hour is one watt-hour."""
    return {sensor: counted(hourly(values)) for sensor, values in read(folder, "electricity_2016_hour").items()}


def gas(folder: Path) -> dict[str, list[int]]:
    """Litres of operating volume per hour, derived from power: 1 m³ holds CALORIFIC_VALUE x Z_NUMBER kWh, so 1 Wh is 1/(Hs z) litre."""
    return {
        sensor: counted([watts / (CALORIFIC_VALUE * Z_NUMBER) for watts in hourly(values)])
        for sensor, values in read(folder, "gas_2016_hour").items()
    }


def water(folder: Path) -> dict[str, list[int]]:
    """Litres per hour from a mean in litres per minute."""
    return {sensor: counted([value * 60 for value in hourly(values)]) for sensor, values in read(folder, "water_2016_hour").items()}


def water_minutes(folder: Path, first: date, until: date) -> tuple[list[datetime], dict[str, list[int | None]], dict[str, Fraction]]:
    """Litres per minute of some days of March 2025 with the holes they were measured with, and each sensor's mean in litres per day."""
    moments = slots(first, until, timedelta(minutes=1))
    counters, means = {}, {}
    for sensor, values in read(folder, "water_march2015_min").items():
        counters[sensor] = counted([values[(slot.date() - MINUTE_SHIFT, slot.hour, slot.minute, 0)] for slot in moments])
        present = [value for value in values.values() if value is not None]
        means[sensor] = sum(present) / len(present) * 1440
    return moments, counters, means


def temperature(folder: Path) -> list[Fraction]:
    """°C per hour."""
    return hourly(read(folder, "weather_2016_hour")["temperature"])


def heat(temperatures: list[Fraction], per_degree_day: Fraction, hot_water_per_day: Fraction) -> list[int]:
    """Wh per hour, MADE: no heat meter was measured. Degree days GTZ 20/15 of the measured temperature, shared over the hours by
    (20 - T) with a set-back to 70 % from 22:00 to 06:00; hot water in the hours 6 to 8 and 18 to 21."""
    days: dict[date, list[int]] = {}
    for index, slot in enumerate(HOURS):
        days.setdefault(slot.date(), []).append(index)
    result = [Fraction(0)] * len(HOURS)
    for indexes in days.values():
        mean = sum(temperatures[i] for i in indexes) / len(indexes)
        degrees = 20 - mean if mean < 15 else Fraction(0)
        weights = {}
        for i in indexes:
            night = HOURS[i].hour >= 22 or HOURS[i].hour < 6
            weights[i] = max(Fraction(1, 2), 20 - temperatures[i]) * (Fraction(7, 10) if night else 1)
        warm = [i for i in indexes if HOURS[i].hour in (6, 7, 8, 18, 19, 20, 21)]
        for i in indexes:
            result[i] += per_degree_day * degrees * weights[i] / sum(weights.values())
        for i in warm:
            result[i] += hot_water_per_day / len(warm)
    return counted([energy * 1000 for energy in result])
