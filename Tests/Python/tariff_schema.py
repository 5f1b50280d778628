"""Validates each file of a tariff folder by the schemas beside it, as an editor or another system would: every scalar a string."""
import json
import pathlib
import sys

import jsonschema
import yaml

root = pathlib.Path(sys.argv[1])
validators = {
    name: jsonschema.Draft202012Validator(json.loads((root / "_schema" / f"{name}.schema.json").read_text()))
    for name in ("tariff-1", "series-1")
}
faults = 0
checked = 0
for path in sorted(root.rglob("*.yaml")):
    document = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
    name = {"tariff": "tariff-1", "series": "series-1", "vat": "series-1"}.get(document["kind"])
    if name is None:
        continue
    checked += 1
    for error in validators[name].iter_errors(document):
        faults += 1
        print(f"{path}: {error.json_path}: {error.message[:200]}")
# A file with a key that nobody knows must not pass.
broken = yaml.load(next((root / "electricity").rglob("*.yaml")).read_text(), Loader=yaml.BaseLoader)
broken["preise"] = "net"
if validators["tariff-1"].is_valid(broken):
    faults += 1
    print("a tariff with an unknown key is valid")
print(f"{checked} files, {faults} faults")
sys.exit(1 if faults or checked == 0 else 0)
