"""Feedback pages that need nothing but themselves: no network, no script, no file beside them.

nbgrader's pages load MathJax from a server. Here formulas are MathML, which browsers draw themselves, pictures from
other machines become links, and the page forbids the browser to fetch anything. So a page can be sent to its student
as a single file, and opening it tells nobody.
"""

from __future__ import annotations

import functools
import html
import re

from docutils.utils.math.latex2mathml import tex2mathml

__all__ = ["feedback_exporter", "formula", "markdown_page"]

#: what the browser may load: styles and pictures that the page itself holds
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

#: commands that docutils does not know, by others that it knows
COMMANDS = [
    (re.compile(r"\\dots(?![A-Za-z])"), r"\\ldots"),
    (re.compile(r"\\(?:big|Big|bigg|Bigg)m?(?![A-Za-z])"), ""),  # delimiters of a fixed size are of the usual one
    (re.compile(r"\\([td]?frac)\s*(\d)\s*(\d)"), r"\\\1{\2}{\3}"),
]


def formula(tex: str, block: bool = False) -> str:
    """A formula as MathML; as its source, if it cannot be read as one.

    Args:
        tex: LaTeX without its dollars.
        block: on a line of its own.
    """
    known = html.unescape(tex)  # students' text comes with its < escaped
    for command, other in COMMANDS:
        known = command.sub(other, known)
    try:
        made = tex2mathml(known, as_block=block)
    except Exception:  # students write anything, and docutils fails on it in many ways
        dollars = "$$" if block else "$"
        return f"<code>{html.escape(dollars + html.unescape(tex) + dollars, quote=False)}</code>"
    return " ".join(made.split())  # an empty line would end the paragraph


def _renderer(**settings):
    """Markdown with formulas as MathML, and pictures only if the page holds them."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer

    class Renderer(IPythonRenderer):
        def inline_math(self, body: str) -> str:
            return formula(body)

        def block_math(self, body: str) -> str:
            return formula(body, block=True)

        def latex_environment(self, name: str, body: str) -> str:
            kind = "aligned" if name.rstrip("*") in ("align", "eqnarray", "gather") else name
            return formula(body if name.rstrip("*") == "equation" else rf"\begin{{{kind}}}{body}\end{{{kind}}}",
                           block=True)

        def image(self, text: str, url: str, title: str | None = None) -> str:
            made = super().image(text, url, title)
            if re.match(r'<img\s+src="data:', made):
                return made
            return f'<a href="{html.escape(url)}">{html.escape(text or url)}</a>'

    return Renderer(escape=False, **settings)


def markdown_page(source: str, **settings) -> str:
    """Markdown as nbconvert makes it, but for formulas and pictures.

    Args:
        source: the Markdown.
        settings: of nbconvert's renderer.
    """
    from nbconvert.filters.markdown_mistune import MarkdownWithMath

    return MarkdownWithMath(renderer=_renderer(**settings)).render(source)


@functools.cache
def feedback_exporter() -> type:
    """The class that makes nbgrader's page without its scripts, with formulas that a browser draws itself."""
    from jinja2 import pass_context
    from nbconvert.exporters import HTMLExporter

    class FeedbackExporter(HTMLExporter):
        @pass_context
        def markdown2html(self, context, source: str) -> str:
            attachments = context.get("cell", {}).get("attachments", {})
            return markdown_page(source, attachments=attachments, anchor_link_text=self.anchor_link_text)

        def from_notebook_node(self, nb, resources=None, **settings):
            page, resources = super().from_notebook_node(nb, resources, **settings)
            head, body = page.split("</head>", 1)
            head = re.sub(r"<script\b.*?</script>", "", head, flags=re.S)
            head = re.sub(r"@font-face\s*\{[^}]*\}", "", head)  # of symbols, in files that are not there
            rule = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            return f"{head.replace('<head>', f'<head>{rule}', 1)}</head>{body}", resources

    return FeedbackExporter
