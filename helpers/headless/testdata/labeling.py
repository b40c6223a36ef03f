"""Labels in a running JupyterLab with a Chromium, as a person does, and prints what was said as JSON.

  python labeling.py PART SERVER NOTEBOOK GOLD

GOLD is a JSON object from a text to its class, or to its spans as [start, end, type].
"""
import json
import re
import sys
import time

from playwright.sync_api import expect

import labelingpage
from labelingparts import PARTS

part, server, notebook, gold = sys.argv[1:]
PATIENCE = 60_000  # milliseconds; a cell may have to be compiled while other programs work


class Desk(labelingpage.Desk):
    """The labeling page, in a frame or by itself, and what was said on it."""

    def __init__(self, page, frame, said=None):
        super().__init__(page, frame)
        self.said = [] if said is None else said  # in order: text, class or spans, and what the trainer did

    def shown(self):
        expect(self.text).to_have_text(re.compile(r"\S"))
        return self.text.text_content()

    def focus(self):
        """Clicks on the text where JupyterLab has taken the keys."""
        if not self.text.evaluate("(text) => document.hasFocus() && document.activeElement === text"):
            self.text.click(position={"x": 3, "y": 3})

    def label(self, n):
        """Labels n texts, by key and by mouse in turn."""
        self.ready()
        self.text.click()
        for _ in range(n):
            text = self.shown()
            answer, mouse = GOLD[text], len(self.said) % 2 == 1
            doing = self.frame.locator("#doing").text_content()
            if not mouse:
                self.focus()
            self.choose(self.named(answer), mouse)
            expect(self.text).not_to_have_text(text)
            self.said.append({"text": text, "class": answer, "doing": doing})

    def mark(self, n):
        """Marks spans by mouse, and in every other text by key, until there are n of them."""
        self.ready()
        marked = 0
        while marked < n:
            text, mouse = self.shown(), len(self.said) % 2 == 1
            words = self.words()
            self.text.click(position={"x": 3, "y": 3})
            self.press("Escape")
            spans = GOLD[text][:n - marked]  # what is over is left unmarked
            for start, end, kind in spans:
                inside = [i for i, (a, b) in enumerate(words) if start <= a and b <= end]
                choice = self.named(kind)
                if mouse:
                    if choice.get_attribute("aria-pressed") != "true":
                        choice.click()
                    self.drag(inside[0], inside[-1])
                else:
                    self.press("Home", *["ArrowRight"] * inside[0], *["Shift+ArrowRight"] * (len(inside) - 1))
                    self.choose(choice, mouse)
                    self.press("Escape")
                marked += 1
            expect(self.text.locator(".mark")).to_have_count(len(spans))
            if mouse:
                self.do("done")
            else:
                self.press("Enter")
            expect(self.text).not_to_contain_text(text)
            expect(self.text.locator(".mark")).to_have_count(0)
            self.said.append({"text": text, "spans": spans})


class Lab:
    """JupyterLab with a notebook."""

    def __init__(self, page):
        self.page, self.server, self.times = page, server, []
        self.cells = page.locator(".jp-NotebookPanel .jp-CodeCell")
        self.desk = Desk(page, page.frame_locator("iframe[title='Labeling page']"))

    def open(self):
        self.page.goto(f"{server}/lab/tree/{notebook}?reset")
        self.idle()

    def accept(self):
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(self.page.locator(".jp-Dialog")).to_have_count(0)

    def idle(self):
        """Waits for the notebook's kernel, which may not say that it is idle before it has run a cell.

        Before JupyterLab has started it, it says "No Kernel", and that it is idle; a cell that is run then is not run at all.
        """
        expect(self.page.locator(".jp-NotebookPanel-toolbar .jp-KernelName")).to_have_text("Go (alnb)")
        expect(self.page.locator(".jp-NotebookPanel-toolbar .jp-Notebook-ExecutionIndicator")).to_have_attribute(
            "data-status", re.compile("idle|unknown"))

    def start(self, n):
        """Starts a cell."""
        editor = self.cells.nth(n).locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        self.page.keyboard.press("Control+Enter")

    def prompt(self, n):
        return self.cells.nth(n).locator(".jp-InputPrompt")

    def run(self, n):
        """Runs a cell to its end."""
        before = self.prompt(n).text_content()
        self.start(n)
        expect(self.prompt(n)).not_to_have_text(before)
        expect(self.prompt(n)).to_have_text(re.compile(r"\[\d+\]:"))

    def tool(self, command):
        self.page.locator(f".jp-NotebookPanel-toolbar [data-command='{command}']").first.click()

    def save(self):
        self.page.locator(".jp-NotebookPanel-toolbar [data-command='docmanager:save']").first.click()
        expect(self.page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")).to_have_count(0)

    def keep_times(self):
        self.times += labelingpage.times(self.page)

    def reload(self):
        self.keep_times()
        self.page.reload()
        self.idle()
        self.desk.ready()
        self.page.wait_for_timeout(3000)  # JupyterLab takes the keys once more when it has found its kernel

    def restart(self):
        self.tool("notebook:restart-kernel")
        self.accept()

    def interrupt(self):
        """Interrupts the cell that runs and returns how many seconds it goes on."""
        began = time.monotonic()
        self.tool("notebook:interrupt-kernel")
        expect(self.page.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0)
        return time.monotonic() - began

    def alone(self):
        """Opens the page by itself, through its link."""
        with self.page.context.expect_page() as opened:
            self.page.get_by_role("link", name="Open the page by itself").click()
        return Desk(opened.value, opened.value, self.desk.said)

    def shoot(self, name, page=None):
        labelingpage.shoot(page or self.page, f"{part}-{name}")


with open(gold, encoding="utf-8") as file:
    GOLD = json.load(file)

with labelingpage.browser(part, (1280, 900), PATIENCE) as page:
    page.on("dialog", lambda dialog: dialog.accept())  # it asks before it lets go of what isn't saved
    lab = Lab(page)
    lab.open()
    found = PARTS[part](lab) or {}
    lab.keep_times()
print(json.dumps({**found, "said": lab.desk.said, "times": lab.times}))
