"""Looks at pages as people with different screens do, and says what is wrong with them.

    pages.py URL PATH…        signs in with ZAEHLWERK_USER and ZAEHLWERK_PASSWORD where a page asks for it; prints a JSON list of findings

What is looked for on every page: nothing wider than the screen, no script error and no failed request, no barrier that axe knows
(WCAG 2.2 AA and its best practice), a language and a title, and that reading works without script. Exit status 0 without findings,
1 with findings, 2 if there is no browser or no server. Only loopback is visited.
"""
import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

SCREENS = {"desk": (1366, 768), "phone": (390, 844), "small": (360, 740)}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Finding:
    page: str
    screen: str
    scheme: str
    what: str
    detail: str


class Visit:
    """One browser context: a screen, a colour scheme, with or without script. Collects what goes wrong on the way."""

    def __init__(self, browser: object, url: str, screen: str = "desk", scheme: str = "light", script: bool = True) -> None:
        self.url, self.screen, self.scheme, self.script = url, screen, scheme, script
        width, height = SCREENS[screen]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, locale="de-DE", timezone_id="Europe/Berlin", color_scheme=scheme,
            java_script_enabled=script, device_scale_factor=1 if screen == "desk" else 2)
        self.context.route("**/*", self.local_only)
        self.page = self.context.new_page()
        self.findings: list[Finding] = []
        self.page.on("console", lambda message: message.type == "error" and self.add("console", message.text))
        self.page.on("pageerror", lambda error: self.add("script", str(error)))
        self.page.on("response", lambda response: response.status >= 400 and self.add("status", f"{response.status} {response.url}"))
        self.page.set_default_timeout(15_000)

    def local_only(self, route: object) -> None:
        host = urlsplit(route.request.url).hostname
        if host in ("127.0.0.1", "localhost", "::1"):
            route.continue_()
        else:
            self.add("foreign", f"the page wants {route.request.url}")
            route.abort()

    def add(self, what: str, detail: str) -> None:
        place = urlsplit(self.page.url).path if self.page.url.startswith("http") else "/"
        self.findings.append(Finding(place, self.screen, self.scheme, what, detail[:500]))

    def open(self, path: str) -> None:
        self.page.goto(urljoin(self.url, path), wait_until="load")
        if self.asks_who_i_am():
            self.sign_in()
            if urlsplit(self.page.url).path != urlsplit(urljoin(self.url, path)).path:
                self.page.goto(urljoin(self.url, path), wait_until="load")

    def asks_who_i_am(self) -> bool:
        return self.page.locator("input[type=password]").count() == 1

    def sign_in(self) -> None:
        """By the form, as a person does. A one-time password is answered with a new one where the next page asks for it."""
        secret = self.page.locator("input[type=password]").first
        form = self.page.locator("form").filter(has=secret)
        form.locator("input[autocomplete=username], input[type=text], input[type=email], input:not([type])").first.fill(
            os.environ["ZAEHLWERK_USER"])
        secret.fill(os.environ["ZAEHLWERK_PASSWORD"])
        form.locator("button, input[type=submit]").first.click()
        self.page.wait_for_load_state("load")
        fresh = self.page.locator("input[autocomplete=new-password]")
        if fresh.count():
            chosen = os.environ["ZAEHLWERK_PASSWORD"] + "-neu-" + os.urandom(6).hex()
            old = self.page.locator("input[autocomplete=current-password]")
            if old.count():
                old.first.fill(os.environ["ZAEHLWERK_PASSWORD"])
            for index in range(fresh.count()):
                fresh.nth(index).fill(chosen)
            self.page.locator("form").filter(has=fresh.first).locator("button, input[type=submit]").first.click()
            self.page.wait_for_load_state("load")
            os.environ["ZAEHLWERK_PASSWORD"] = chosen
        if self.asks_who_i_am():
            raise SystemExit(f"pages: sign-in as {os.environ['ZAEHLWERK_USER']} was refused")

    def look(self, axe: object | None = None) -> None:
        """Checks the page that is open. Without script nothing can be measured inside the page: then it must hold text."""
        if not self.script:
            if len(self.page.locator("main, body").first.inner_text().strip()) < 40:
                self.add("no-script", "hardly any text without script")
            return
        wide = self.page.evaluate("""() => {
            const screen = document.documentElement.clientWidth
            if (document.documentElement.scrollWidth <= screen) return null
            const beyond = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > screen + 1)
            return `${document.documentElement.scrollWidth} px on ${screen} px: ` +
                beyond.slice(0, 5).map(e => e.tagName.toLowerCase() + (e.className ? '.' + e.className : '')).join(' ')
        }""")
        if wide:
            self.add("overflow", wide)
        if not self.page.evaluate("document.documentElement.lang"):
            self.add("language", "html has no lang")
        if not self.page.title().strip():
            self.add("title", "the page has no title")
        if axe is not None:
            for violation in axe.run(self.page, options={"runOnly": RULES}).response["violations"]:
                places = "; ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:4])
                self.add("axe " + violation["id"], f"{violation['impact']}: {violation['help']} at {places}")

    def close(self) -> None:
        self.context.close()


def browser_path() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    print("pages: no Chromium here; install the Debian package chromium", file=sys.stderr)
    raise SystemExit(2)


def launch(playwright: object) -> object:
    # Chromium refuses its sandbox to root, which is who tests in containers.
    return playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"])


def main(url: str, paths: list[str]) -> int:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    findings: list[Finding] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for screen, scheme, script in [("desk", "light", True), ("desk", "dark", True), ("phone", "light", True), ("small", "light", True),
                                       ("desk", "light", False)]:
            visit = Visit(browser, url, screen, scheme, script)
            for path in paths:
                visit.open(path)
                visit.look(Axe() if screen != "small" else None)
            findings += visit.findings
            visit.close()
        browser.close()
    print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    return bool(findings)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        raise SystemExit(64)
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
