"""A page of one file: the templates, the styles of its print, and what a browser may run of it."""

from __future__ import annotations

import re
import zlib
from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from eicfinance.reports.files import data_folder
from eicfinance.reports.language import date, label, say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2 import Environment

POLICY = (
    "default-src 'none'; style-src {styles}; script-src {scripts}; base-uri 'none'; "
    "form-action 'none'"
)
HEADS = """
@page {name} {{ @top-left {{ content: {left}; font: 8px sans-serif; }}
 @top-right {{ content: {right}; font: 8px sans-serif; }}
 @bottom-right {{ content: {number}; font: 8px sans-serif; }} }}
"""  # of a named page; without a name, of all
HEAD = 64  # letters of a running head
SPARED = re.compile(r"\n+(?=</?(?:tr|table|div|p|h[1-4]|ul|li|section|tbody)\b)")  # breaks of lines
UNPACK = """
if(self.DecompressionStream)(async()=>{{
const packed=Uint8Array.from(atob("{data}"),c=>c.charCodeAt(0));
const open=new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
const script=document.createElement("script");
script.textContent=await new Response(open).text();
document.body.append(script)}})();
"""  # the script that it adds runs as its text is one of those that the policy names


def render(template: str, content: Mapping[str, Any]) -> str:
    """A template filled in, in the language that is spoken. Text from users is escaped by the
    template engine."""
    text = _environment().get_template(template).render(**content)
    return SPARED.sub("", text).replace("&#39;", "'")  # no attribute stands between apostrophes


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(str(data_folder("templates"))),
        autoescape=True, finalize=_said, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals |= {"say": say, "label": label, "date": date}
    environment.filters["label"] = label
    return environment


def _said(value: Any) -> Any:
    """Whatever a template places is said in the reader's language; what stands in an attribute is
    escaped there (| e), and so left alone."""
    return value if not isinstance(value, str) or hasattr(value, "__html__") else label(value)


def asset(name: str) -> str:
    """The text of a style sheet, without spaces that it can do without, or of a script."""
    text = (data_folder("templates") / name).read_text(encoding="utf-8")
    return re.sub(r"\s*([{};,])\s+", r"\1", text) if name.endswith(".css") else text


def fonts() -> str:
    """The style that names the fonts of the language that is spoken."""
    return f":root {{ --fonts: {spoken().fonts}; }}\n" if spoken().fonts else ""


def packed(script: str) -> str:
    """A script that unpacks another and runs it: a third of its size. A browser that cannot unpack
    shows the page as it does without scripts."""
    return UNPACK.format(data=b64encode(zlib.compress(script.encode(), 9)).decode())


def security_policy(styles: Iterable[str], scripts: Iterable[str] = ()) -> str:
    """Nothing may be loaded; what stands in the file runs only if it is one of these texts."""

    def sources(texts: Iterable[str]) -> str:
        digests = (b64encode(sha256(text.encode()).digest()).decode() for text in texts)
        return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"

    return POLICY.format(styles=sources(styles), scripts=sources(scripts))


def running_heads(left: str, right: str, name: str = "") -> str:
    """The style of printed pages: a running head and the page's number."""
    left, right = (css_text(text if len(text) <= HEAD else f"{text[:HEAD]}…")
                    for text in (left, right))  # fmt: skip
    return HEADS.format(name=name, left=left, right=right, number=_page_number())


def _page_number() -> str:
    before, between = say("page_number", page="\0", pages="\0").split("\0")[:2]
    return f"{css_text(before)} counter(page) {css_text(between)} counter(pages)"


def css_text(text: str) -> str:
    """A text as a string of a style sheet: whatever is not a plain letter or digit is written by
    its number, so that nothing in it can end the string or the sheet."""
    plain = (c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in text)
    return f'"{"".join(plain)}"'
