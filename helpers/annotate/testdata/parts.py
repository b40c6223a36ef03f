"""What page.py does on the page, part by part."""
import json
import re
import statistics

from playwright.sync_api import expect

SIZE = (1000, 600)


def texts(desk):
    page, press = desk.page, desk.press

    def shows(i):
        expect(desk.text).to_contain_text(f"number {i}.")

    def label(i, mouse):
        shows(i)
        desk.choose(desk.choice(i % 4), mouse)

    page.locator("#annotator").fill("Ada")
    desk.text.click()
    shows(0)
    expect(page.locator("#suggestion")).to_be_hidden()
    press("h")
    expect(page.locator("#suggestion")).to_have_text("The model suggests World (88 %)")
    for i in range(5):
        label(i, i % 2 == 1)
    expect(page.locator("#suggestion")).to_be_hidden()
    desk.saved()
    shows(5)
    press("s")
    shows(6)
    desk.do("unsure")
    shows(7)
    press("f", "n")
    page.keyboard.type("two")
    press("Shift+Enter")
    page.keyboard.type("lines")
    press("Enter")
    label(7, False)
    label(8, True)
    shows(9)
    press("PageUp")
    shows(8)
    expect(page.locator("#verdict")).to_have_text("labeled World")
    press("f", "Enter")
    shows(9)
    press("4")  # wrong
    shows(10)
    press("u")
    label(9, False)
    shows(10)
    desk.choice(2).dblclick()  # the second click is not one for the next text
    shows(11)
    for _ in range(4):
        page.keyboard.down("4")  # held
    page.keyboard.up("4")
    shows(12)
    desk.saved()
    desk.reload()
    label(12, True)
    desk.saved()
    desk.go("drop")
    label(13, False)
    desk.saved()
    desk.go("hold")
    label(14, False)
    label(15, True)
    shows(16)
    expect(desk.state).to_have_attribute("data-state", "saving")
    desk.reload()  # with one request under way and one waiting
    shows(16)
    expect(desk.state).to_have_attribute("data-state", "saving")
    desk.go("release")
    desk.saved()
    label(16, False)
    label(17, True)
    desk.saved()
    desk.shoot("texts")
    desk.go("stop")
    for i in range(18, 22):
        label(i, i % 2 == 0)
    shows(22)
    expect(desk.state).to_contain_text("Not saved yet: 4")
    desk.shoot("texts-not-saved")
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload", asked.value.type
    asked.value.dismiss()
    desk.go("start")
    desk.saved()
    for i in range(22, 30):
        label(i, i % 3 != 0)
    expect(desk.text).to_contain_text("All 30 texts of this batch are judged")
    desk.saved()
    desk.shoot("texts-end")
    press("?")
    expect(page.locator("#help-dialog")).to_be_visible()
    press("Escape")
    expect(page.locator("#help-dialog")).to_be_hidden()


def spans(desk):
    page, press = desk.page, desk.press
    marks = desk.text.locator(".mark")
    expect(desk.text).to_contain_text("Angela Merkel visited")
    press("1")
    expect(desk.choice(0)).to_have_attribute("aria-pressed", "true")
    desk.drag(0, 1)
    press("2")
    desk.drag(3, 3)
    press("Escape", "ArrowRight", *["ArrowRight"] * 5, "Shift+ArrowRight", "1")
    expect(marks).to_have_count(3)
    press("h")
    expect(desk.text.locator(".hinted")).to_have_count(3)
    desk.shoot("spans")
    press("h")
    expect(desk.text.locator(".hinted")).to_have_count(0)
    desk.reload()  # marks that aren't saved stay
    expect(marks).to_have_count(3)
    press("Enter")

    expect(desk.text).to_contain_text("Siemens")
    press("ArrowRight", "3", "ArrowRight", "ArrowRight", "2")
    press("ArrowRight", "ArrowRight", "Shift+ArrowRight", "1")
    press("ArrowRight", "1")  # wrong
    expect(marks).to_have_count(4)
    press("Backspace")
    expect(marks).to_have_count(3)
    press("ArrowRight", "Shift+ArrowRight", "1", "ArrowRight", "ArrowRight", "2")
    expect(marks).to_have_count(5)
    press("u")
    expect(marks).to_have_count(4)
    press("2")
    expect(marks).to_have_count(5)
    press("Enter")

    expect(desk.text).to_contain_text("Nobody")
    press("Enter")

    expect(desk.text).to_contain_text("😀 פגשה")
    press("ArrowLeft", "ArrowLeft", "ArrowLeft", "Shift+ArrowLeft", "1", "ArrowLeft", "ArrowLeft", "1", "ArrowLeft", "2")
    expect(marks).to_have_count(3)
    desk.shoot("spans-right-to-left")
    desk.do("done")

    expect(desk.text).to_contain_text("Grace")
    desk.choice(0).click()
    for i in range(3):
        desk.drag(8 * i, 8 * i + 1)
        desk.drag(8 * i + 3, 8 * i + 4)
    desk.choice(1).click()
    for i in range(3):
        desk.drag(8 * i + 6, 8 * i + 6)
    expect(marks).to_have_count(9)
    press("PageUp", "PageDown")  # and back
    expect(marks).to_have_count(9)
    press("Enter")
    expect(desk.text).to_contain_text("All 5 texts")
    desk.saved()


def harm(page):
    """Returns what ran of texts and names, and which elements came of them."""
    return {
        "ran": page.evaluate("() => String(window.ran ?? '')"),
        "elements": page.evaluate("""() => Array.from(document.querySelectorAll(
            "img, iframe, b, object, embed, body script, svg:not(#curve svg), [onerror], [onload], [onclick], [srcdoc]"),
            (e) => e.outerHTML).join(" ")"""),
    }


def hostile(desk):
    page, press = desk.page, desk.press
    in_words = desk.part.endswith("spans")
    for i in range(7):
        expect(page.locator("#place")).to_have_text(f"Text {i + 1} of 7")
        press("n")
        page.keyboard.insert_text("""<img src=x onerror="window.ran='note'">""")
        press("Enter", "h")
        expect(page.locator("#suggestion")).to_contain_text("suggests")
        page.wait_for_timeout(50)
        desk.shoot(f"{desk.part.replace(' ', '-')}-{i}")
        if in_words:
            press("ArrowRight", str(i + 1))
            expect(desk.text.locator(".mark")).to_have_count(1)
            press("Enter")
        else:
            press(str(i + 1))
    expect(desk.text).to_contain_text("All 7 texts")
    desk.saved()
    press("PageUp", "/")
    page.keyboard.insert_text("<b onclick=alert(1)>")
    expect(page.locator("#choices .add")).to_be_visible()
    page.wait_for_timeout(1200)  # the panel is drawn once more
    expect(page.locator("#advice li")).to_have_count(7)
    return harm(page)


def foreign(desk):
    page, (ours, host) = desk.page, desk.pages
    port = re.search(r":(\d+)", host)[1]
    found = {}
    page.goto(f"http://foreign.test:{port}/")
    ask = """async ([address, options]) => {
      try {
        const answer = await fetch(address, options);
        return answer.type === "opaque" ? "sent" : "answered " + answer.status;
      }
      catch { return "refused"; }
    }"""
    body = json.dumps({"request": "x", "document": "doc-0", "verdict": "skip"})
    judge = ours + "api/judge"
    as_json = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": body}
    found["foreign fetch"] = page.evaluate(ask, [judge, as_json])
    page.evaluate(ask, [judge, {"method": "POST", "mode": "no-cors", "body": body}])
    found["foreign read"] = page.evaluate(ask, [ours + "api/batch", {}])
    with page.context.expect_page() as opened:
        page.evaluate("() => document.forms[0].submit()")
    opened.value.wait_for_load_state()
    opened.value.close()
    page.wait_for_timeout(500)
    found["foreign frame"] = "empty" if page.frames[1].locator("#text").count() == 0 else "shown"
    found["another name"] = str(page.goto(ours.replace("127.0.0.1", "rebound.test")).status)
    page.goto(host)
    frame = page.frame_locator("iframe")
    expect(frame.locator("#text")).to_contain_text("number 0.")
    frame.locator("#text").click()
    desk.press("1")
    expect(frame.locator("#text")).to_contain_text("number 1.")
    expect(frame.locator("#saved")).to_have_attribute("data-state", "saved")
    desk.shoot("frame")
    found["jupyter's frame"] = "works"
    return found


def many(desk):
    page, press = desk.page, desk.press

    def shows(i):
        expect(desk.text).to_contain_text(f"number {i}.")

    def find(typed, *keys):
        press("/")
        page.keyboard.type(typed)
        press(*keys)

    shows(0)
    press("4")
    shows(1)
    find("27", "Enter")
    shows(2)
    find("eco", "ArrowDown", "Enter")
    shows(3)
    find("econ", "Enter")
    shows(4)
    find("Quite new", "Enter")  # nothing to take
    shows(4)
    press("Control+Enter")
    shows(5)
    page.locator("#search").click()
    page.keyboard.type("quite")
    expect(page.locator("#found")).to_have_text("Enter takes Quite new.")
    press("Enter")
    expect(desk.text).to_contain_text("All 6 texts")
    desk.saved()


def trouble(desk):
    page, press = desk.page, desk.press

    def shows(i):
        expect(desk.text).to_contain_text(f"number {i}.")

    shows(0)
    desk.go("fail")
    press("s")
    shows(1)
    expect(desk.state).to_contain_text("Not saved yet: 1 · store: the disk is full")
    press("s")
    shows(2)
    expect(desk.state).to_contain_text("Not saved yet: 2")
    desk.go("mend")
    desk.saved()
    desk.go("refuse")
    press("d")
    expect(page.locator("#alerts")).to_contain_text("the document is not of this session")
    desk.go("mend")
    desk.shoot("trouble")
    page.locator("#alerts button").click()
    expect(page.locator(".alert")).to_have_count(0)
    shows(3)
    press("s")
    shows(4)
    press("PageUp", "PageUp")
    shows(2)
    expect(page.locator("#verdict")).to_have_text("")
    press("d")
    shows(4)
    desk.saved()
    desk.go("next")
    expect(page.locator("#count")).to_have_text("4 of 9")
    shows(4)  # what was being read stays
    press("s")
    expect(desk.text).to_have_text("New text 0.")
    press("s")
    expect(desk.text).to_have_text("New text 1.")
    desk.saved()

    other = desk.beside()  # somebody else, or another window
    other.open(desk.pages[0])
    expect(other.text).to_have_text("New text 1.")
    other.press("s")
    other.saved()
    expect(page.locator("#verdict")).to_have_text("skipped")
    expect(page.locator("#count")).to_have_text("6 of 9")
    press("Enter")
    expect(desk.text).to_have_text("New text 2.")


def again(desk):
    page, press = desk.page, desk.press

    def shows(text):
        expect(desk.text).to_contain_text(text)

    asked = page.locator("#again")
    press("1", "2", "1")
    shows("number 3.")
    desk.saved()
    desk.go("again")
    expect(page.locator("#count")).to_have_text("3 of 6 · 2 to look at again")
    shows("number 3.")  # what was being read stays
    expect(asked).to_be_hidden()
    press("2")
    shows("number 1.")
    expect(asked).to_be_visible()
    expect(page.locator("#verdict")).to_have_text("labeled B")
    desk.shoot("again")
    desk.reload()
    shows("number 1.")
    expect(asked).to_be_visible()
    press("Enter")  # it is right
    shows("Long since labeled.")
    expect(page.locator("#count")).to_have_text("4 of 6 · 1 to look at again")
    press("1")  # it is not
    shows("number 4.")
    expect(asked).to_be_hidden()
    press("PageUp")
    expect(page.locator("#verdict")).to_have_text("labeled B")
    expect(asked).to_be_hidden()
    press("Enter")
    shows("number 4.")
    press("1", "1")
    shows("All 6 texts")
    desk.saved()
    desk.go("again")  # also where all is done
    shows("number 1.")
    press("Enter", "Enter")
    shows("All 6 texts")
    desk.saved()
    expect(page.locator("#count")).to_have_text("6 of 6")


def twins(desk):
    page, press = desk.page, desk.press
    box = page.locator("#twins")
    expect(box).to_be_hidden()
    press("t")
    expect(box).to_have_text("4 other texts are nearly the same: 2 <b>A</b>, 1 not judged, 1 skipped.")
    desk.shoot("twins")
    press("t")
    expect(box).to_be_hidden()
    press("t", "1")
    expect(desk.text).to_contain_text("number 1.")
    expect(box).to_be_hidden()
    desk.do("twins")
    expect(box).to_have_text("No other text is nearly the same.")
    desk.saved()


def classes(desk):
    page, press = desk.page, desk.press
    dialog, said, verdict = page.locator("#classes-dialog"), page.locator("#class-said"), page.locator("#verdict")
    page.locator("#annotator").fill("Ada")
    desk.text.click()
    press("1", "2", "3", "2")
    expect(desk.text).to_contain_text("number 4.")
    desk.saved()
    press("PageUp", "c")
    expect(dialog).to_be_visible()
    expect(page.locator("#class-name")).to_have_value("Sport")
    press("Enter")  # it is called so
    page.keyboard.type("Sports")
    press("Enter")
    expect(said).to_have_text("Sport is called Sports now.")
    page.locator("#class-name").fill("World")
    press("Enter")
    expect(said).to_contain_text("Nothing was changed: there is a class")
    desk.shoot("classes")
    press("Escape")
    expect(verdict).to_have_text("labeled Sports")
    expect(desk.choice(1)).to_have_attribute("aria-pressed", "true")

    press("PageUp", "c")  # merge by keyboard: Business into World
    expect(page.locator("#class-name")).to_have_value("Business")
    press("Tab", "Tab", "Tab", "Enter")
    expect(page.locator("#class-question")).to_contain_text(
        "All that is labeled Business counts for World from now on. This can’t be undone.")
    desk.shoot("classes-question")
    press("Enter")  # left apart
    expect(page.locator("#class-question")).to_be_hidden()
    expect(page.locator("#choices .choice")).to_have_count(3)
    press("Enter", "Shift+Tab", "Enter")
    expect(said).to_have_text("Business counts for World now.")
    press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#choices .choice")).to_have_count(2)
    expect(verdict).to_have_text("labeled World")
    press("4")  # no class any more
    press("Enter", "u", "u", "u")  # takes back the last three, of which one was renamed and one merged
    desk.saved()
    desk.reload()
    press("u", "1")
    desk.saved()


def types(desk):
    page, press = desk.page, desk.press
    marks = desk.text.locator(".mark")
    press("ArrowRight", "1", "Enter")
    expect(desk.text).to_contain_text("Bob")
    desk.saved()
    press("ArrowRight", "2")  # not saved
    expect(marks).to_have_count(1)
    press("Escape", "1", "c")
    page.keyboard.type("PERSON")
    press("Enter")
    expect(page.locator("#class-said")).to_have_text("PER is called PERSON now.")
    page.locator("#class-from").select_option(label="LOC")
    page.locator("#class-into").select_option(label="PERSON")
    page.locator("#class-merge").click()
    page.locator("#class-sure").click()
    expect(page.locator("#class-said")).to_have_text("LOC counts for PERSON now.")
    press("Escape")
    expect(marks).to_contain_text("PERSON")
    expect(desk.choice(0)).to_have_attribute("aria-pressed", "true")
    desk.shoot("types")
    desk.drag(2, 2)
    expect(marks).to_have_count(2)
    press("Enter")
    desk.saved()


def storm(desk):
    page = desk.page
    desk.go("storm")
    for i in range(60):
        desk.press(str(i % 4 + 1))
        page.wait_for_timeout(20)
    expect(desk.text).to_contain_text("All 60 texts")
    desk.saved()


def long(desk):
    page, press = desk.page, desk.press
    measure = """(key) => {
      const from = performance.now();
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      document.getElementById("text").getBoundingClientRect();  // laid out
      return performance.now() - from;
    }"""
    press("ArrowRight")
    found = {
        "move": statistics.median(page.evaluate(measure, key) for key in ["ArrowRight", "ArrowDown"] * 5),
        "mark": statistics.median(page.evaluate(measure, key) for key in ["1", "2", "1", "2", "1"]),
    }
    press("End", "1", "Enter")
    expect(desk.text).to_contain_text("All 1 texts")
    desk.saved()
    return found


PARTS = {"texts": texts, "spans": spans, "hostile": hostile, "foreign": foreign, "many": many,
         "trouble": trouble, "storm": storm, "long": long, "again": again, "twins": twins,
         "classes": classes, "types": types}
