"""Executes a notebook and writes it with its outputs, as .ipynb and as a page that needs no network.

The only argument is a JSON object (see execution in python.go). Events go to stdout, one JSON object a line. When stdin
closes, the running cell is interrupted and, if that doesn't end it, the kernel killed; what there is gets written.
"""
import asyncio
import json
import os
import sys
import threading
import time
from html.parser import HTMLParser

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

# nbconvert's page, without what it would fetch: require.js, MathJax, Mermaid and the widgets' scripts. The policy keeps
# outputs from fetching anything either.
PAGE = """{%- extends 'index.html.j2' -%}
{%- block html_head_js -%}
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; font-src data:; \
style-src 'unsafe-inline'; script-src 'unsafe-inline'">
{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
"""

GRACE = 4.5  # seconds an interrupted cell has to end; GoNB kills it after 5
TAIL = 4000  # characters of what a failed cell said that are told


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


class Client(NotebookClient):
    """A client that tells what happens."""

    def __init__(self, nb, **more):
        super().__init__(nb, **more)
        code = [i for i, c in enumerate(nb.cells) if c.cell_type == "code" and c.source.strip()]
        self.number = {index: n + 1 for n, index in enumerate(code)}
        self.current = None  # the index of the cell that runs
        self.began = 0.0
        self.on_cell_execute = self.starts
        self.on_cell_executed = self.ends

    def starts(self, cell, cell_index):
        self.current, self.began = cell_index, time.monotonic()
        tell("cell", cell=self.number[cell_index], of=len(self.number), source=cell.source)

    def ends(self, cell, cell_index, execute_reply):
        tell("done", cell=self.number[cell_index], of=len(self.number), seconds=time.monotonic() - self.began)

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if msg["msg_type"] == "stream":
            tell("text", text=content["text"])
        elif (content.get("transient") or {}).get("display_id"):
            tell("status", text=content["data"].get("text/plain", ""))
        return super().process_message(msg, cell, cell_index)

    async def async_start_new_kernel(self, **more):
        # What the kernel itself prints belongs to errors, not among the events.
        await super().async_start_new_kernel(stdout=sys.stderr.fileno(), **more)
        tell("kernel", pid=self.km.provisioner.pid)

    async def stop(self):
        if self.km is None:
            return
        until = time.monotonic() + GRACE
        while self.km is not None and time.monotonic() < until:  # a cell that ends makes the client shut the kernel down
            await self.km.interrupt_kernel()  # GoNB loses one that comes before the cell's program runs
            await asyncio.sleep(0.5)
        if self.km is not None:
            await self.km.shutdown_kernel()  # asked first, so that GoNB stops its helpers


class Text(HTMLParser):
    """The text of GoNB's page about code that doesn't compile, without its styles and the code around each error."""

    def __init__(self, page):
        super().__init__()
        self.text, self.hidden = "", []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if self.hidden or tag == "style" or dict(attrs).get("class") == "gonb-err-context":
            self.hidden.append(tag)

    def handle_endtag(self, tag):
        if self.hidden:
            self.hidden.pop()

    def handle_data(self, data):
        if not self.hidden:
            self.text += data


def failure(client, error):
    """What is to be told of the cell that failed."""
    if client.current is None:
        raise error  # there is no cell yet: the kernel didn't start
    cell = client.nb.cells[client.current]
    said = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")
    for o in cell.outputs:
        page = o.data.get("text/html", "") if o.output_type == "display_data" else ""
        if "gonb-err" in page:
            said += "\n".join(line.strip() for line in Text(page).text.splitlines() if line.strip())
    errors = [o.evalue for o in cell.outputs if o.output_type == "error"]
    return dict(cell=client.number[client.current], of=len(client.number), source=cell.source,
                error="\n".join(errors) or str(error), said=said[-TAIL:])


async def execute(nb, kernel, folder):
    client = Client(nb, kernel_name=kernel, timeout=None, resources={"metadata": {"path": folder}})
    loop = asyncio.get_running_loop()

    def watch():
        while os.read(0, 1):  # ends when whoever started us closes it, or is gone
            pass
        loop.call_soon_threadsafe(lambda: stopping.append(loop.create_task(client.stop())))

    stopping = []
    threading.Thread(target=watch, daemon=True).start()
    try:
        await client.async_execute()
        code = 0
    except (CellExecutionError, DeadKernelError) as error:
        tell("failed", **failure(client, error))
        code = 1
    return code


def write(path, text):
    with open(path + ".tmp", "w", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    os.replace(path + ".tmp", path)
    tell("written", path=path)


def main():
    config = json.loads(sys.argv[1])
    nb = nbformat.read(config["notebook"], as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    try:
        return asyncio.run(execute(nb, config["kernel"], config["folder"]))
    finally:
        write_all(nb, config)


def write_all(nb, config):
    write(config["ipynb"], nbformat.writes(nb))
    info = nb.metadata.setdefault("language_info", {"name": "go"})
    info["pygments_lexer"] = info.get("pygments_lexer") or info["name"]  # what colors the code; GoNB leaves it empty
    exporter = HTMLExporter(template_name="lab", raw_template=PAGE, embed_images=True)
    page, _ = exporter.from_notebook_node(nb, resources={"metadata": {
        "name": config["title"], "path": os.path.dirname(config["notebook"])}})
    write(config["html"], page)


sys.exit(main())
