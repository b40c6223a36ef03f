"""Labels in a running JupyterLab with a Chromium, as a person does, and prints what was said as JSON.

  python labeling.py PART CHROMIUM SERVER NOTEBOOK GOLD SCREENSHOTS

GOLD is a JSON object from a text to its class, or to its spans as [start, end, type]. SCREENSHOTS is how the names of the
pictures begin; empty takes none.
"""
import json
import os
import re
import sys
import time

from playwright.sync_api import Error, expect, sync_playwright

from labelingparts import PARTS

part, chromium, server, notebook, gold, screenshots = sys.argv[1:]
PATIENCE = 60_000  # milliseconds; a cell may have to be compiled while other programs work
expect.set_options(timeout=PATIENCE)

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

# Where each word of a text without marks begins and ends in it.
WORDS = """(box) => {
  const words = [];
  let at = 0;
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); at += node.data.length)
    if (node.parentElement.closest(".word")) words.push([at, at + node.data.length]);
  return words;
}"""


class Desk:
    """The labeling page, in a frame or by itself, and what was said on it."""

    def __init__(self, page, frame, said=None):
        self.page, self.frame = page, frame
        self.said = [] if said is None else said  # in order: text, class or spans, and what the trainer did
        self.text = frame.locator("#text")

    def ready(self):
        expect(self.frame.locator("body.ready")).to_be_attached()

    def saved(self):
        expect(self.frame.locator("#saved")).to_have_attribute("data-state", "saved")

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
            answer = GOLD[text]
            choice = self.frame.locator("#choices .choice").filter(
                has=self.page.locator(".name", has_text=re.compile(f"^{re.escape(answer)}$")))
            number = choice.get_attribute("aria-keyshortcuts")
            doing = self.frame.locator("#doing").text_content()
            if len(self.said) % 2:
                choice.click()
            else:
                self.focus()
                self.page.keyboard.press(number)
            expect(self.text).not_to_have_text(text)
            self.said.append({"text": text, "class": answer, "doing": doing})

    def mark(self, n):
        """Marks spans by mouse, and in every other text by key, until there are n of them."""
        self.ready()
        marked = 0
        while marked < n:
            text = self.shown()
            words = self.text.evaluate(WORDS)
            self.text.click(position={"x": 3, "y": 3})
            self.page.keyboard.press("Escape")
            spans = GOLD[text][:n - marked]  # what is over is left unmarked
            for start, end, kind in spans:
                inside = [i for i, (a, b) in enumerate(words) if start <= a and b <= end]
                choice = self.frame.locator("#choices .choice", has_text=kind)
                if len(self.said) % 2:
                    if choice.get_attribute("aria-pressed") != "true":
                        choice.click()
                    self.drag(inside[0], inside[-1])
                else:
                    for key in ["Home", *["ArrowRight"] * inside[0], *["Shift+ArrowRight"] * (len(inside) - 1),
                                choice.get_attribute("aria-keyshortcuts"), "Escape"]:
                        self.page.keyboard.press(key)
                marked += 1
            expect(self.text.locator(".mark")).to_have_count(len(spans))
            if len(self.said) % 2:
                self.frame.locator("[data-do=done]").click()
            else:
                self.page.keyboard.press("Enter")
            expect(self.text).not_to_contain_text(text)
            expect(self.text.locator(".mark")).to_have_count(0)
            self.said.append({"text": text, "spans": spans})

    def drag(self, first, last):
        word = lambda n: self.text.locator(".word").nth(n)
        if first == last:
            word(first).dblclick()
            return
        word(first).scroll_into_view_if_needed()
        a, b = word(first).bounding_box(), word(last).bounding_box()
        mouse = self.page.mouse
        mouse.move(a["x"] + 3, a["y"] + a["height"] / 2)
        mouse.down()
        mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=4)
        mouse.up()


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
        for page in self.page.context.pages:
            for frame in page.frames:
                try:
                    if frame.locator("#text").count():
                        self.times += frame.evaluate("() => window.times.splice(0)")
                except Error:
                    pass  # it is gone

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
        if screenshots:
            (page or self.page).screenshot(path=f"{screenshots}-{part}-{name}.png")


with open(gold, encoding="utf-8") as file:
    GOLD = json.load(file)

with sync_playwright() as play:
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    browser = play.chromium.launch(executable_path=chromium, args=arguments)
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.context.set_default_timeout(PATIENCE)
    page.context.add_init_script(TIMER)
    page.on("dialog", lambda dialog: dialog.accept())  # it asks before it lets go of what isn't saved
    lab = Lab(page)
    try:
        lab.open()
        found = PARTS[part](lab) or {}
        lab.keep_times()
    except (AssertionError, Error, KeyError):
        lab.shoot("failed")
        raise
    browser.close()
print(json.dumps({**found, "said": lab.desk.said, "times": lab.times}))
