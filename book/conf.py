"""Settings of the HTML edition. The pages need no network: formulas and styles come along."""

project = "AlexNet, section by section"
author = "the authors"

extensions = ["myst_nb", "sphinx_copybutton", "sphinx-mathjax-offline"]

html_theme = "sphinx_book_theme"
html_title = project
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "navbar_persistent": [],  # else a second search box
    "footer_content_items": [],
}

nb_execution_mode = "off"  # the outputs are those of the run
nb_ipywidgets_js = {}  # progress bars are not shown, so neither are their scripts
nb_merge_streams = True
nb_render_markdown_format = "myst"  # tables that a cell makes are tables on the page
nb_output_stderr = "remove"

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3

exclude_patterns = ["_build"]
copybutton_exclude = ".linenos, .gp, .go"
