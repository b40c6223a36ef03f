"""Opens notebooks in a running JupyterLab with a Chromium and prints what is on the page, a JSON object a line.

  python jupyterlab.py CHROMIUM PROFILE SERVER NOTEBOOK...
"""
import json
import re
import subprocess
import sys
import time
import urllib.request

import websocket

LOOK = """(function () {
  var all = function (what) { return document.querySelectorAll(".jp-OutputArea " + what); };
  var hidden = Array.from(all("img")).filter(function (i) { return getComputedStyle(i).display === "none"; }).length;
  return JSON.stringify({pictures: all("img").length - hidden, drawn: all("[data-alnb-chart] svg").length,
    tables: all("table").length, ready: all("pre").length > 0, title: document.title});
})()"""

chromium, profile, server, *notebooks = sys.argv[1:]
browser = subprocess.Popen(
    [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0",
     "--remote-allow-origins=*", "--user-data-dir=" + profile, "about:blank"],
    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
try:
    for line in browser.stderr:
        if found := re.search(r"ws://([^/]+)/", line):
            break
    for notebook in notebooks:
        address = f"http://{found[1]}/json/new?{server}/lab/tree/{notebook}?reset"
        target = json.load(urllib.request.urlopen(urllib.request.Request(address, method="PUT")))
        page = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=60)
        seen, end = {}, time.monotonic() + 60
        while time.monotonic() < end:
            time.sleep(1)
            page.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": LOOK}}))
            while (answer := json.loads(page.recv())).get("id") != 1:
                pass
            before, seen = seen, json.loads(answer["result"]["result"]["value"])
            if seen["tables"] and seen == before:  # it is loaded, and nothing changes any more
                break
        print(json.dumps(seen), flush=True)
        page.close()
finally:
    browser.kill()
