"""The labeling page in a Chromium, and what a person does on it.

ALNB_CHROMIUM is the browser's path. ALNB_SCREENSHOT is a folder, or how the names of the pictures begin; without it there
are none.
"""
import contextlib
import os
import re

from playwright.sync_api import Error, expect, sync_playwright

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


@contextlib.contextmanager
def browser(part, size, patience, rules=""):
    """Opens a page of a size in a browser that waits for so many milliseconds and resolves names by rules.

    What goes wrong is shown in a picture that is named after the part.
    """
    expect.set_options(timeout=patience)
    arguments = ["--host-resolver-rules=" + rules] if rules else []
    if os.getuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=os.environ["ALNB_CHROMIUM"], args=arguments)
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        context.set_default_timeout(patience)
        context.add_init_script(TIMER)
        page = context.new_page()
        try:
            yield page
        except Exception:
            shoot(page, "failed-" + part.replace(" ", "-"))
            raise
        chromium.close()


def shoot(page, name):
    to = os.environ.get("ALNB_SCREENSHOT")
    if to:
        page.screenshot(path=f"{to}{'/' if os.path.isdir(to) else '-'}{name}.png")


def times(page):
    """Returns the times that were measured since the last call, in all windows and frames, in milliseconds."""
    found = []
    for window in page.context.pages:
        for frame in window.frames:
            try:
                found += frame.evaluate("() => window.times?.splice(0) ?? []")
            except Error:
                pass  # it is gone
    return found


class Desk:
    """The labeling page, in a frame or by itself."""

    def __init__(self, page, frame=None):
        self.page, self.frame = page, frame or page
        self.text, self.state = self.frame.locator("#text"), self.frame.locator("#saved")

    def ready(self):
        expect(self.frame.locator("body.ready")).to_be_attached()

    def saved(self):
        expect(self.state).to_have_attribute("data-state", "saved")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def do(self, action):
        self.frame.locator(f"[data-do={action}]").click()

    def choice(self, n):
        return self.frame.locator("#choices .choice").nth(n)

    def named(self, name):
        """Returns the choice of a class."""
        return self.frame.locator("#choices .choice").filter(
            has=self.page.locator(".name", has_text=re.compile(f"^{re.escape(name)}$")))

    def choose(self, choice, mouse):
        """Chooses a class by mouse, or by its key."""
        if mouse:
            choice.click()
        else:
            self.press(choice.get_attribute("aria-keyshortcuts"))

    def word(self, n):
        return self.text.locator(".word").nth(n)

    def words(self):
        return self.text.evaluate(WORDS)

    def drag(self, first, last):
        """Marks words by mouse with the type that is chosen."""
        if first == last:
            self.word(first).dblclick()
            return
        self.word(first).scroll_into_view_if_needed()
        a, b = self.word(first).bounding_box(), self.word(last).bounding_box()
        mouse = self.page.mouse
        mouse.move(a["x"] + 3, a["y"] + a["height"] / 2)
        mouse.down()
        mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=4)
        mouse.up()

    def shoot(self, name):
        shoot(self.page, name)
