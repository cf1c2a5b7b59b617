"""Compares coloured messages with what Pygments makes of them, as busmon's colouriser called it.

Each line of stdin is a JSON list: a message, and the HTML of it. Prints `same` for each, or how they
differ. White space has a class of its own in newer releases of Pygments, and numbers have had two.
"""

import json
import sys
from html.parser import HTMLParser

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import JavascriptLexer


class Spans(HTMLParser):
    """The text of HTML, piece by piece, each with its class."""

    def __init__(self, html):
        super().__init__()
        self.classes, self.pieces = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.classes.append(dict(attributes).get("class", ""))

    def handle_endtag(self, tag):
        self.classes.pop()

    def handle_data(self, text):
        kind = self.classes[-1].replace("mi", "mf")
        for word in text.split():
            self.pieces.append((kind, word))


def pieces(html):
    assert html.startswith('<div class="highlight"><pre>') and html.endswith("</pre></div>"), html
    return Spans(html).pieces


for line in sys.stdin:
    message, ours = json.loads(line)
    for name in ("certificate", "signature"):
        message.pop(name, None)
    text = json.dumps(message, indent=2, sort_keys=True, ensure_ascii=False)
    theirs = highlight(text, JavascriptLexer(), HtmlFormatter()).strip()
    different = [pair for pair in zip(pieces(ours), pieces(theirs)) if pair[0] != pair[1]]
    same = len(pieces(ours)) == len(pieces(theirs)) and not different
    print("same" if same else f"ours and theirs: {different[:3]}", flush=True)
