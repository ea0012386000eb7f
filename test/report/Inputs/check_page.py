"""usage: check_page.py REPORT.html REPORT.json: the page is well formed, needs nothing from outside,
and shows what the JSON of the same model holds."""
import html.parser
import json
import re
import sys

VOID = {"meta", "br", "wbr", "img", "link", "input", "hr"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.count, self.text, self.titles, self.ids = [], {}, "", [], set()
        self.links = set()

    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        attributes = dict(attributes)
        for name in ("src", "action", "data", "srcset", "xlink:href"):
            assert name not in attributes, (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        if "href" in attributes:
            assert attributes["href"].startswith("#"), attributes
            self.links.add(attributes["href"][1:])
        if "id" in attributes:
            assert attributes["id"] not in self.ids
            self.ids.add(attributes["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if self.open and self.open[-1] == "title" and "rect" in self.open:
            self.titles.append(data)
        elif "script" not in self.open and "style" not in self.open:
            self.text += data


page_path, report_path = sys.argv[1:]
with open(page_path, encoding="utf-8") as file:
    source = file.read()
with open(report_path, encoding="utf-8") as file:
    report = json.load(file)
page = Page()
page.feed(source)
page.close()
assert not page.open, page.open
assert page.count["script"] == page.count["style"] == page.count["h1"] == 1
assert "img" not in page.count and "link" not in page.count and "iframe" not in page.count
assert not re.search(r"https?:|@import|url\(", source)
assert source.count('class="tile"') <= 8  # once each, whatever names are like
assert page.links <= page.ids, page.links - page.ids
assert len(source) < 300000

# Each slice that can be seen is a rectangle that says what it is.
steps = {step["name"]: step for step in report["steps"]}
expected = []
for name in ("train", "predict", "update", "prepare"):
    slices = steps[name]["arena"]["slices"] if name in steps else []
    for one in slices:
        if one["size"] * 1000 >= steps[name]["arena"]["size"]:
            expected.append((one["name"], f"at {one['offset']}, calls {one['first_call'] + 1} to {one['last_call'] + 1}"))
assert len(page.titles) == len(expected) == page.count["rect"], (len(page.titles), len(expected))
for title, (name, place) in zip(page.titles, expected):
    assert title.startswith(name + ":") and title.endswith(place), (title, name, place)

for kernel in report["kernels"]:
    if len(report["kernels"]) <= 60 and any(call["kernel"] == kernel["name"] for name in ("train", "predict") if name in steps
                                            for call in steps[name]["calls"]):
        assert kernel["name"] in page.text and kernel["schedule"] in page.text, kernel
assert report["model"] in page.text and report["target"] in page.text
assert ("no times" in page.text) == ("unmeasured" in report)
assert ("images/s" in page.text) == ("machine" in report)
assert ("Training's state" in page.text) == ("train" in steps)
