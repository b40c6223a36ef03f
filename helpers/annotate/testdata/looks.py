"""Looks at every part of the page: light and dark, wide, in a frame, and narrow."""
import re

from playwright.sync_api import expect

from parts import harm

SIZES = [(1280, 900), (900, 420), (360, 740)]

# What is wrong with what can be seen, as sentences.
EYE = """() => {
  const problems = [], say = (sentence) => problems.push(sentence);
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const nameOf = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + " " +
    JSON.stringify((e.textContent || e.value || "").trim().slice(0, 30));
  const top = document.querySelector("dialog[open]") ?? document.body;
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".unseen");
  const [width, height] = [innerWidth, innerHeight];

  // Nothing lies beyond an edge, but for what can be scrolled to, downwards.
  for (const e of [document.documentElement, ...all("*", top), top]) {
    const { overflowX, display } = getComputedStyle(e);
    if (!seen(e) || e instanceof SVGElement || display === "inline" || ["hidden", "clip"].includes(overflowX)) continue;
    if (e.scrollWidth > e.clientWidth + 1) say(`${nameOf(e)} is ${e.scrollWidth} wide in ${e.clientWidth}`);
  }
  for (const e of [document.documentElement, document.querySelector("#work:not(:has(.alert))")])
    if (e && e.scrollHeight > e.clientHeight + 1) say(`${nameOf(e)} is ${e.scrollHeight} high in ${e.clientHeight}`);
  const scrolls = (e) => e && e !== document.documentElement &&
    (["auto", "scroll"].includes(getComputedStyle(e).overflowY) || scrolls(e.parentElement));
  for (const e of all("button, input, select, textarea, #text, #count, #saved, #place, #verdict, #again", top)) {
    if (!seen(e) || e.textContent === "" && e.matches("span")) continue;
    const r = e.getBoundingClientRect();
    if (r.left < -1 || r.right > width + 1) say(`${nameOf(e)} lies beyond the side: ${r.left} to ${r.right}`);
    if (!scrolls(e.parentElement) && (r.top < -1 || r.bottom > height + 1))
      say(`${nameOf(e)} lies beyond the end: ${r.top} to ${r.bottom}`);
    if (r.width < 8 || r.height < 8) say(`${nameOf(e)} is ${r.width} × ${r.height}`);
  }
  const box = document.getElementById("text"), room = box.clientHeight / parseFloat(getComputedStyle(box).fontSize);
  if (top === document.body && room < 5) say(`the text has room for ${room.toFixed(1)} em`);

  // Text stands out from what is behind it.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const over = (front, back) => [0, 1, 2].map((i) => (front[i] * front[3] + back[i] * (255 - front[3])) / 255);
  const behind = (e) => {
    const color = rgba(getComputedStyle(e).backgroundColor);
    if (color[3] === 255) return [...color].slice(0, 3);
    return over(color, e.parentElement ? behind(e.parentElement) : [255, 255, 255]);
  };
  const light = (color) => {
    const [r, g, b] = color.map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (e, color) => {
    const back = behind(e), [a, b] = [light(over(rgba(color), back)), light(back)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  const readable = new Set();
  for (let node; (node = walker.nextNode());)
    if (node.data.trim() !== "" && seen(node.parentElement) && !node.parentElement.closest(":disabled, noscript, option"))
      readable.add(node.parentElement);
  for (const e of readable) {
    const style = getComputedStyle(e), ratio = contrast(e, e instanceof SVGElement ? style.fill : style.color);
    if (ratio < 4.5) say(`${nameOf(e)} has a contrast of ${ratio.toFixed(2)}`);
    if (parseFloat(style.fontSize) < 10) say(`${nameOf(e)} is ${style.fontSize} high`);
  }
  for (const e of all("input, select, textarea", top)) {
    if (!seen(e)) continue;
    for (const part of ["", "::placeholder"]) {
      const ratio = contrast(e, getComputedStyle(e, part).color);
      if (ratio < 4.5) say(`${nameOf(e)}${part} has a contrast of ${ratio.toFixed(2)}`);
    }
  }

  // Whoever listens is told what everything is.
  for (const e of all("button, input, select, textarea, dialog, [role=progressbar], [role=group], [role=toolbar]")) {
    const label = e.ariaLabel || e.labels?.[0]?.textContent || (e.tagName === "BUTTON" && e.textContent);
    if (!label?.trim()) say(`${nameOf(e)} has no name`);
    if (e.querySelector("kbd:not([aria-hidden])") && e.tagName === "BUTTON") say(`${nameOf(e)} has a key in its name`);
  }
  return [...new Set(problems)];
}"""

# What the keyboard is to reach, and what is wrong with the one that it is at.
REACHABLE = """() => {
  const top = document.querySelector("dialog[open]") ?? document.body;
  window.reached = new Set();
  window.reachable = () => [...top.querySelectorAll("button, input, select, textarea, [tabindex='0']")]
    .filter((e) => e.checkVisibility() && !e.disabled);
}"""
REACH = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return "";
  reached.add(e);
  const style = getComputedStyle(e), r = e.getBoundingClientRect();
  const name = e.tagName + (e.id ? "#" + e.id : "") + " " + JSON.stringify((e.textContent || "").trim().slice(0, 30));
  if (!e.matches(":focus-visible") || style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
    return name + " doesn't show that it has the focus";
  const middle = (Math.max(r.top, 0) + Math.min(r.bottom, innerHeight)) / 2;
  const hit = document.elementFromPoint(r.left + 3, middle);
  return hit && (e.contains(hit) || hit.contains(e)) ? "" : name + " has the focus and can't be seen";
}"""
LEFT = "() => reachable().filter((e) => !reached.has(e)).map((e) => e.id || e.textContent.slice(0, 30))"

UNSEEN = re.compile("[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")


def shown(name):
    """Returns how the page writes a name."""
    return UNSEEN.sub(lambda c: f"\\u{ord(c[0]):04x}", name)


class Eye:
    def __init__(self, desk):
        self.desk, self.page, self.kind = desk, desk.page, desk.part.split()[1]
        self.places, self.seen = {}, 0  # where each problem is

    def problem(self, sentence, where):
        self.places.setdefault(sentence, []).append(where)

    def problems(self):
        return [f"{sentence}: {', '.join(places)}" for sentence, places in self.places.items()]

    def look(self, what):
        """Looks at what the page shows now, and goes through it by keyboard."""
        for width, height in SIZES:
            self.page.set_viewport_size({"width": width, "height": height})
            for scheme in ["light", "dark"]:
                self.page.emulate_media(color_scheme=scheme)
                where = f"{what}-{width}-{scheme}"
                for problem in self.page.evaluate(EYE):
                    self.problem(problem, where)
                self.desk.shoot(f"{self.kind}-{where}")
                self.seen += 1
        before = self.page.evaluate_handle("() => document.activeElement")
        self.page.evaluate(REACHABLE)
        for _ in range(100):
            self.desk.press("Tab")
            if problem := self.page.evaluate(REACH):
                self.problem(problem, what)
            left = self.page.evaluate(LEFT)
            if not left:
                break
        if left:
            self.problem(f"the keyboard doesn't reach {left}", what)
        before.evaluate("(e) => e.focus()")


def looks(desk):
    page, press = desk.page, desk.press
    eye = Eye(desk)
    page.emulate_media(reduced_motion="reduce")
    classes = page.evaluate("async () => (await (await fetch('api/about')).json()).classes.map((c) => c.name)")
    if eye.kind == "nothing":
        expect(desk.text).to_contain_text("nothing to label")
        eye.look("end")
        press("/")
        page.keyboard.insert_text("<img src=x onerror=alert(1)>")
        eye.look("search")
        press("Escape", "c")  # there are none
        expect(page.locator("#classes-dialog")).to_be_hidden()
        return {**harm(page), "problems": eye.problems(), "seen": eye.seen}

    page.evaluate("() => document.body.classList.add('unfocused')")
    eye.look("text")
    page.evaluate("() => document.body.classList.remove('unfocused')")
    choices = [shown(name) for name in classes]
    expect(page.locator("#choices .name")).to_have_text(choices)
    press("f", "n")
    page.keyboard.insert_text("<script>window.ran='note'</script> " * 20)
    eye.look("note")
    press("Enter")
    marks = desk.text.locator(".mark")
    if eye.kind == "spans":
        press("Home", "1")
        for i in range(2, 10):
            press("ArrowLeft", "ArrowLeft", str(i))  # the text runs from right to left
        press("ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft")
        expect(marks.locator(".type")).to_have_text(choices[:9])
        eye.look("marks")
        press("Escape")
    press("h")
    expect(page.locator("#suggestion")).to_contain_text(choices[2])
    eye.look("suggestion")
    press("t")
    for name in choices:
        expect(page.locator("#twins")).to_contain_text(name)
    eye.look("twins")
    press("h", "t", "?")
    eye.look("help")
    press("Escape", "/")
    page.keyboard.insert_text("<img src=x onerror=alert(1)> " * 8)
    eye.look("search")
    page.locator("#search").fill("a")
    press("ArrowUp")  # to the last one
    expect(page.locator("#choices .first")).to_be_in_viewport()
    eye.look("found")
    press("Escape")

    def judge(key):
        """Judges the text; by some class that the key gives."""
        if eye.kind == "spans":
            press("Home", key, "Enter")
        else:
            press(key)

    judge("6")
    desk.saved()
    press("PageUp")
    if eye.kind == "texts":
        expect(page.locator("#verdict")).to_have_text("labeled " + choices[5])
        expect(desk.choice(5)).to_be_in_viewport()
    eye.look("judged")
    press("c")
    for name in ["from", "into"]:
        expect(page.locator(f"#class-{name} option")).to_have_text(choices)
    page.locator("#class-from").select_option(index=4)
    page.locator("#class-into").select_option(index=2)
    eye.look("classes")
    page.locator("#class-name").fill("W" * 150 + "<script>window.ran='renamed'</script>")
    press("Enter")
    expect(page.locator("#class-said")).to_contain_text(choices[4])
    expect(page.locator("#class-said")).to_contain_text("<script>window.ran='renamed'</script>")
    eye.look("renamed")
    page.locator("#class-from").select_option(index=5)
    page.locator("#class-merge").click()
    expect(page.locator("#class-question")).to_contain_text(choices[5])
    eye.look("question")
    press("Escape", "PageDown")

    judge("1")
    desk.saved()
    desk.go("again")
    expect(page.locator("#count")).to_contain_text("2 to look at again")
    eye.look("before-again")
    press("PageDown")
    expect(page.locator("#again")).to_be_visible()
    eye.look("again")
    desk.go("refuse")
    judge("7")
    expect(page.locator(".alert")).to_be_visible()
    eye.look("refused")
    page.locator(".alert button").click()
    desk.go("mend")
    desk.go("stop")
    judge("1")
    expect(desk.state).to_contain_text("Not saved yet")
    eye.look("lost")
    desk.go("start")
    desk.saved()
    for _ in range(5):
        if page.locator("#text.end").count():
            break
        judge("1")
    expect(desk.text).to_contain_text("of this batch are judged")
    desk.saved()
    eye.look("end")
    moving = page.evaluate("""() => [...document.querySelectorAll("*")].filter((e) => {
      const { transitionDuration, animationName } = getComputedStyle(e);
      return parseFloat(transitionDuration) > 0 || animationName !== "none";
    }).map((e) => e.outerHTML)""")
    for e in moving:
        eye.problem(f"{e} moves", "end")
    return {**harm(page), "problems": eye.problems(), "seen": eye.seen}
