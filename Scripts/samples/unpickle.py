"""Turns the pickles of the opengrid package into CSV: first column the UTC instant as epoch seconds, then one column per sensor.

This file alone needs pandas, and it alone touches a pickle. An empty cell is a value that was not measured.
"""
import csv
import sys
from pathlib import Path

import pandas

DATASETS = ["electricity_2016_hour", "gas_2016_hour", "water_2016_hour", "water_march2015_min", "weather_2016_hour"]


def main(source: Path, target: Path) -> None:
    for name in DATASETS:
        frame = pandas.read_pickle(source / f"{name}.pkl", compression="gzip")
        instants = [int(moment.timestamp()) for moment in frame.index]
        with open(target / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["epoch", *frame.columns])
            for instant, row in zip(instants, frame.itertuples(index=False)):
                # repr of a Python float is exact: no digit is lost on the way.
                writer.writerow([instant, *("" if value != value else repr(float(value)) for value in row)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
