"""Labels on the page in a Chromium, as a person does, and prints what it found out as JSON.

  python page.py PART CHROMIUM CONTROL SCREENSHOTS PAGE...

CONTROL is where the test's server is told to stop, to start, to lose an answer. SCREENSHOTS is a folder, or how the
names of the pictures begin; empty takes none.
"""
import json
import os
import sys
import urllib.request

from playwright.sync_api import Error, expect, sync_playwright

from parts import PARTS, SIZE

part, chromium, control, screenshots, *pages = sys.argv[1:]
expect.set_options(timeout=15000)

# How long it takes from a key or a click to the next text on the screen.
TIMER = """
window.times = [];
(() => {
  let pressed = 0;
  const press = () => { pressed = performance.now(); };
  addEventListener("keydown", press, true);
  addEventListener("pointerdown", press, true);
  addEventListener("DOMContentLoaded", () => {
    const text = document.getElementById("text");
    if (!text) return; // another page
    new MutationObserver(() => {
      if (!pressed) return;
      const from = pressed;
      pressed = 0;
      requestAnimationFrame(() => {
        const painted = new MessageChannel();
        painted.port1.onmessage = () => window.times.push(performance.now() - from);
        painted.port2.postMessage(0);
      });
    }).observe(text, { childList: true, characterData: true, subtree: true });
  });
})();
"""


class Desk:
    """The page, and what is done on it."""

    def __init__(self, page):
        self.page = page
        self.text = page.locator("#text")
        self.state = page.locator("#saved")
        self.times = []
        self.part, self.pages = part, pages

    def go(self, what):
        """Tells the test what to do with the server."""
        return urllib.request.urlopen(f"{control}/{what}").read()

    def beside(self):
        """Returns another window."""
        return Desk(self.page.context.new_page())

    def open(self, address):
        self.page.goto(address)
        expect(self.page.locator("body.ready")).to_be_attached()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def do(self, action):
        self.page.locator(f"[data-do={action}]").click()

    def choice(self, n):
        return self.page.locator("#choices .choice").nth(n)

    def saved(self):
        expect(self.state).to_have_attribute("data-state", "saved", timeout=15000)

    def reload(self):
        self.times += self.page.evaluate("() => window.times")
        self.page.reload()
        expect(self.page.locator("body.ready")).to_be_attached()

    def shoot(self, name):
        if screenshots:
            between = "/" if os.path.isdir(screenshots) else "-"
            self.page.screenshot(path=f"{screenshots}{between}{name}.png")

    def word(self, n):
        return self.text.locator(".word").nth(n)

    def drag(self, first, last):
        self.word(first).scroll_into_view_if_needed()
        a, b = self.word(first).bounding_box(), self.word(last).bounding_box()
        mouse = self.page.mouse
        mouse.move(a["x"] + 3, a["y"] + a["height"] / 2)
        mouse.down()
        mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=4)
        mouse.up()


# No network, and names that lead to this machine.
RULES = "MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"

with sync_playwright() as play:
    arguments = ["--host-resolver-rules=" + RULES]
    if os.getuid() == 0:
        arguments.append("--no-sandbox")
    browser = play.chromium.launch(executable_path=chromium, args=arguments)
    page = browser.new_context(viewport=SIZE).new_page()
    page.set_default_timeout(15000)
    page.add_init_script(TIMER)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text and part != "foreign" else None)
    desk = Desk(page)
    try:
        if part != "foreign":
            desk.open(pages[0])
        found = PARTS[part.split()[0]](desk) or {}
        desk.times += page.evaluate("() => window.times ?? []")
    except (AssertionError, Error):
        desk.shoot("failed-" + part.replace(" ", "-"))
        print("the page's errors:", errors, file=sys.stderr)
        raise
    browser.close()
print(json.dumps({**found, "times": desk.times, "errors": errors}))
