"""Settings of the reading edition. The pages need no network: formulas, styles and scripts come along."""

import re

project = "AlexNet, section by section"
author = "the authors"
language = "en"

extensions = [
    "myst_nb", "sphinx_copybutton", "sphinx-mathjax-offline", "sphinx.ext.autodoc", "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_show_search_summary = False  # a page opened from disk may not read its neighbours
html_context = {"default_mode": "auto"}  # light or dark as the reader's system
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "navbar_persistent": [],  # else a second search box
    "footer_content_items": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

nb_execution_mode = "off"  # the outputs are those of the run
nb_ipywidgets_js = {}  # progress bars are not shown, so neither are their scripts
nb_merge_streams = True
nb_render_markdown_format = "myst"  # tables that a cell makes are tables on the page
nb_output_stderr = "remove"

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True  # as written, not a path of the machine that built the page
autodoc_default_options = {"no-value": True}
suppress_warnings = ["ref.python"]  # a name that two modules have is no mistake
default_role = "code"  # single backquotes in docstrings
napoleon_google_docstring = True
napoleon_numpy_docstring = False
viewcode_line_numbers = True

exclude_patterns = ["_build"]
copybutton_exclude = ".linenos, .gp, .go"


def plain_docstring(app, what, name, obj, options, lines):
    """Docstrings are read as they stand: a star or a bar in a formula is no markup."""
    in_block = False
    for i, line in enumerate(lines):
        in_block = line.startswith(" ") if in_block and line.strip() else in_block
        if line.rstrip().endswith("::"):
            in_block = True
        if not in_block:
            pieces = re.split(r"(``.*?``|`.*?`)", line)
            text = [re.sub(r"(\w)_(?=\W|$)", r"\1\\_", piece) for piece in pieces[::2]]
            pieces[::2] = [re.sub(r"(?<!\\)([*|])", r"\\\1", piece) for piece in text]
            lines[i] = "".join(pieces)


def setup(app):
    app.connect("autodoc-process-docstring", plain_docstring, priority=900)  # after napoleon
