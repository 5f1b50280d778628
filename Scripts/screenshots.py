"""Photographs the cockpit for the documentation and looks for faults on the way: sign-in, search, partner, bill, on desk and phone.

    screenshots.py --program .build/release/zaehlwerk [--output Docs] [--query Großmann] [--whole]

Starts the program on a data folder of its own with the samples loaded, and stops it afterwards. Where ZAEHLWERK_URL, ZAEHLWERK_USER and
ZAEHLWERK_PASSWORD are set, it looks at that running server instead. Exit status 1 if a page has a finding.
"""
import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests" / "Python"))
from pages import Visit, launch  # noqa: E402

# Meter, register and final reading of a bill among the samples, a little above what it was billed with.
LATE = ("1ESY1160100017", "1-0:1.8.0", "16592.4")


def late_reading(url: str) -> None:
    """A reading that comes after its bill, so that there is a correction to look at; nothing if no key is known."""
    key = os.environ.get("ZAEHLWERK_KEY")
    if not key:
        return
    body = {"messageId": "screenshots-late", "source": "screenshots",
            "registers": [{"meter": LATE[0], "obis": LATE[1], "at": "2026-01-01T00:00:00+01:00", "value": LATE[2], "unit": "kWh", "status": "measured"}],
            "intervals": []}
    call = urllib.request.Request(
        url + "/api/v1/readings", data=json.dumps(body).encode(), headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=30) as answer:
        answer.read()


def tour(visit: Visit, query: str, output: Path, axe: object, whole: bool) -> None:
    """The way of a clerk: search box, partner, bill. Links are found by what they are for, not by where they stand."""
    suffix = "" if visit.screen == "desk" else f"-{visit.screen}"
    suffix += "" if visit.scheme == "light" else f"-{visit.scheme}"
    page = visit.page

    def shot(name: str) -> None:
        visit.look(axe)
        page.screenshot(path=output / f"{name}{suffix}.png", full_page=whole)

    page.goto(visit.url, wait_until="load")
    if visit.asks_who_i_am():
        shot("sign-in")
        visit.sign_in()
    shot("start")

    box = page.locator("input[type=search], input[name=q]").first
    box.fill(query)
    box.press("Enter")
    page.wait_for_load_state("load")
    partners = page.locator("main a[href*='/partners/']")
    if "/partners/" not in page.url and partners.count():
        shot("search")
        partners.first.click()
        page.wait_for_load_state("load")
    if "/partners/" not in page.url:
        visit.add("tour", f"searching for {query} leads to no partner")
        return
    shot("cockpit")

    bills = page.locator("main a[href*='/invoices/']:not([href$='.pdf']):not([href$='.xml'])")
    if not bills.count():
        visit.add("tour", "the partner page shows no bill")
        return
    bills.first.click()
    page.wait_for_load_state("load")
    shot("bill")
    metering(visit, query, shot)
    billing(visit, query, shot)
    tariff_care(visit, shot)


def metering(visit: Visit, query: str, shot) -> None:
    """The worklist, one finding of it, the thresholds behind it, and the metering point of the customer with the life of its meters."""
    page = visit.page
    page.goto(visit.url + "/findings", wait_until="load")
    shot("findings")
    findings = page.locator("main a[href^='/findings/']")
    if findings.count():
        findings.first.click()
        page.wait_for_load_state("load")
        shot("finding")
        estimate = page.locator("button[name=action][value=estimate]")
        # Once: what was decided is decided.
        if estimate.count() and (visit.screen, visit.scheme) == ("desk", "light"):
            page.locator("main textarea").first.fill("Ablesung fehlt, geschätzt wie am Vortag")
            estimate.first.click()
            page.wait_for_load_state("load")
    page.goto(visit.url + "/edits", wait_until="load")
    shot("edits")
    page.goto(visit.url + "/validation-parameters", wait_until="load")
    shot("thresholds")
    page.goto(f"{visit.url}/search?q={quote(query)}", wait_until="load")
    partners = page.locator("main a[href*='/partners/']")
    if "/partners/" not in page.url and partners.count():
        partners.first.click()
        page.wait_for_load_state("load")
    points = page.locator("main a[href^='/metering-points/']")
    if not points.count():
        visit.add("tour", "the partner page leads to no metering point")
        return
    page.goto(visit.url + points.first.get_attribute("href"), wait_until="load")
    shot("metering-point")
    histories = page.locator("main a[href*='/history?']")
    if histories.count():
        point = page.url
        page.goto(visit.url + histories.first.get_attribute("href"), wait_until="load")
        shot("value-history")
        page.goto(point, wait_until="load")
    page.locator("main a[href$='/devices']").first.click()
    page.wait_for_load_state("load")
    summaries = page.locator("main details summary")
    if summaries.count():
        summaries.first.click()
    shot("devices")


def billing(visit: Visit, query: str, shot) -> None:
    """What waits for a person: bills that are held, bills that would come out differently by now, and how an account is billed."""
    page = visit.page
    page.goto(visit.url + "/billing-runs", wait_until="load")
    shot("billing-runs")
    runs = page.locator("main a[href^='/billing-runs/']")
    if runs.count():
        page.goto(visit.url + runs.first.get_attribute("href"), wait_until="load")
        shot("billing-run")
    page.goto(visit.url + "/held-bills", wait_until="load")
    shot("held-bills")
    page.goto(visit.url + "/corrections", wait_until="load")
    page.locator("form[action='/corrections/find'] button").click()
    page.wait_for_load_state("load")
    shot("corrections")
    proposals = page.locator("main a[href^='/corrections/']")
    if proposals.count():
        page.goto(visit.url + proposals.first.get_attribute("href"), wait_until="load")
        shot("correction")
    page.goto(f"{visit.url}/search?q={quote(query)}", wait_until="load")
    if "/partners/" not in page.url:
        page.locator("main a[href*='/partners/']").first.click()
        page.wait_for_load_state("load")
    accounts = page.locator("main a[href^='/accounts/']")
    if not accounts.count():
        visit.add("tour", "the partner page leads to no account")
        return
    account = re.match(r"/accounts/[^/?#]+", accounts.first.get_attribute("href"))[0]
    page.goto(visit.url + account, wait_until="load")
    shot("account")
    page.goto(f"{visit.url}{account}/billing", wait_until="load")
    plan = page.locator(f"form[action='{account}/instalments']")
    if plan.count():
        page.locator(f"details:has(form[action='{account}/instalments']) summary").click()
        plan.locator("button").click()
        page.wait_for_load_state("load")
    shot("account-billing")
    page.goto(visit.url + "/instalments", wait_until="load")
    page.locator("#dueUntil").fill((date.today() + timedelta(days=60)).isoformat())
    page.locator("form[action='/instalments'] button").click()
    page.wait_for_load_state("load")
    shot("instalments")


def tariff_care(visit: Visit, shot) -> None:
    """A clerk begins the next version of a tariff, raises a price, and sees whom it touches."""
    page = visit.page
    page.goto(visit.url + "/tariffs", wait_until="load")
    shot("tariffs")
    page.locator("#from-electricity-basis").fill("2027-01-01")
    page.locator("form:has(#from-electricity-basis) button").click()
    page.wait_for_load_state("load")
    page.locator("input[name='cell.components[0].price']").fill("29,90")
    page.locator("input[name=recompute]").check()
    page.locator("form:has(input[name=recompute]) button.first").click()
    page.wait_for_load_state("load")
    shot("tariff-draft")
    page.locator("a[href$='/simulation']").click()
    page.wait_for_load_state("load")
    shot("tariff-effect")


@contextlib.contextmanager
def demo(program: str):
    """A server with the samples loaded; tells the tour its address and the administrator's one-time password."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)
        environment = {**os.environ, "ZAEHLWERK_DATA": str(Path(folder) / "data")}
        process = subprocess.Popen([program, "demo", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        try:
            for line in process.stdout:
                if found := re.match(r"user admin\s+one-time password (\S+)", line):
                    os.environ.update(ZAEHLWERK_USER="admin", ZAEHLWERK_PASSWORD=found[1])
                if found := re.match(r"API key\s+(\S+)", line):
                    os.environ["ZAEHLWERK_KEY"] = found[1]
                if found := re.match(r"listening on (\S+)", line):
                    os.environ["ZAEHLWERK_URL"] = found[1]
                    break
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", help="the executable to start")
    parser.add_argument("--output", type=Path, default=Path("Docs"))
    parser.add_argument("--query", default="Großmann")
    parser.add_argument("--whole", action="store_true", help="whole pages, not what a screen shows of them")
    options = parser.parse_args()
    if options.program and not os.environ.get("ZAEHLWERK_URL"):
        with demo(options.program):
            return look(options)
    return look(options)


def look(options: argparse.Namespace) -> int:
    missing = [name for name in ("ZAEHLWERK_URL", "ZAEHLWERK_USER", "ZAEHLWERK_PASSWORD") if not os.environ.get(name)]
    if missing:
        print(f"screenshots: set {', '.join(missing)}, or name the --program to start", file=sys.stderr)
        return 64

    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    options.output.mkdir(parents=True, exist_ok=True)
    late_reading(os.environ["ZAEHLWERK_URL"])
    findings = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for screen, scheme in [("desk", "light"), ("desk", "dark"), ("phone", "light")]:
            visit = Visit(browser, os.environ["ZAEHLWERK_URL"], screen, scheme)
            tour(visit, options.query, options.output, Axe(), options.whole)
            findings += visit.findings
            visit.close()
        browser.close()
    for finding in findings:
        print(f"{finding.page} ({finding.screen}, {finding.scheme}): {finding.what}: {finding.detail}")
    print(f"screenshots: {len(list(options.output.glob('*.png')))} pictures in {options.output}, {len(findings)} findings")
    return bool(findings)


if __name__ == "__main__":
    raise SystemExit(main())
