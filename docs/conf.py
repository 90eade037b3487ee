"""How the documentation is built: ./run docs."""

import sys
from pathlib import Path

import symderiv

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project, author, release = "symderiv", "the authors of symderiv", symderiv.__version__
copyright = "the authors of symderiv"
extensions = ["myst_parser", "executed"]
myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_ext"]
html_theme = "furo"
html_title = "symderiv"
html_show_sourcelink = False
nitpicky = True
