"""What labeling.py does, part by part. The cells: 0 opens the session, 1 shows the page, 2 waits."""
from playwright.sync_api import expect


def begin(lab):
    lab.run(0)
    lab.run(1)
    lab.desk.ready()


def texts(lab):
    desk = lab.desk
    begin(lab)
    desk.label(7)
    desk.saved()
    lab.page.locator("iframe[title='Labeling page']").scroll_into_view_if_needed()
    lab.shoot("light")
    lab.save()
    desk.label(1)
    lab.reload()  # with the last one under way
    desk.label(7)
    lab.restart()  # while the person labels on
    desk.label(5)
    lab.idle()
    lab.run(0)
    lab.start(2)
    output = lab.cells.nth(2).locator(".jp-OutputArea")
    expect(output).to_contain_text("20 of 30 documents judged")
    desk.label(5)
    desk.saved()
    expect(output).to_contain_text("25 of 30 documents judged")
    lasted = lab.interrupt()
    expect(output).to_contain_text("interrupted; what is judged is kept")
    lab.shoot("interrupted")
    desk.label(5)
    desk.saved()
    lab.keep_times()
    lab.run(1)  # shows the page of the server that runs
    desk.ready()
    lab.cells.nth(1).scroll_into_view_if_needed()
    lab.page.emulate_media(color_scheme="dark")
    lab.page.wait_for_timeout(1500)
    lab.shoot("dark")
    return {"lasted": lasted}


def spans(lab):
    desk = lab.desk
    begin(lab)
    desk.mark(7)
    desk.saved()
    lab.shoot("light")
    lab.save()
    lab.reload()
    desk.mark(7)
    lab.restart()
    desk.mark(6)
    desk.saved()
    lab.idle()
    lab.page.emulate_media(color_scheme="dark")
    lab.page.wait_for_timeout(1500)
    lab.shoot("dark")


def alone(lab):
    begin(lab)
    desk = lab.alone()
    desk.label(10)  # after which a model is trained
    training = desk.frame.locator("#doing")
    expect(training).to_contain_text("training")
    lab.keep_times()
    lab.times.clear()  # only those while it trains count
    desk.label(12)
    desk.saved()
    lab.keep_times()
    desk.page.reload()
    lab.restart()
    expect(training).to_contain_text("training")
    desk.label(8)
    desk.saved()
    lab.shoot("light", desk.page)
    desk.page.emulate_media(color_scheme="dark")
    lab.shoot("dark", desk.page)


def proxy(lab):
    begin(lab)
    address = lab.page.locator("iframe[title='Labeling page']").get_attribute("src")
    lab.desk.label(5)
    lab.desk.saved()
    lab.shoot("light")
    desk = lab.alone()
    desk.label(5)
    desk.saved()
    return {"address": address, "alone": desk.page.url}


PARTS = {"texts": texts, "spans": spans, "alone": alone, "proxy": proxy}
