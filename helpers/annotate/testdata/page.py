"""Labels on the page in a Chromium, as a person does, and prints what it found out as JSON.

  python page.py PART CONTROL PAGE...

CONTROL is where the test's server is told to stop, to start, to lose an answer.
"""
import json
import sys
import urllib.request

import labelingpage

from looks import looks
from parts import PARTS, SIZE

part, control, *pages = sys.argv[1:]

# No network, and names that lead to this machine.
RULES = "MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


class Desk(labelingpage.Desk):
    """The page, and what is done on it and to its server."""

    def __init__(self, page):
        super().__init__(page)
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
        self.ready()

    def keep_times(self):
        self.times += labelingpage.times(self.page)

    def reload(self):
        self.keep_times()
        self.page.reload()
        self.ready()


with labelingpage.browser(part, SIZE, 15_000, RULES) as page:
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text and part != "foreign" else None)
    desk = Desk(page)
    try:
        if part != "foreign":
            desk.open(pages[0])
        found = {**PARTS, "looks": looks}[part.split()[0]](desk) or {}
        desk.keep_times()
    except Exception:
        print("the page's errors:", errors, file=sys.stderr)
        raise
print(json.dumps({**found, "times": desk.times, "errors": errors}))
