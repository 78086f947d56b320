"""How the site is built: ``make docs`` (warnings are errors), to ``site/``, readable without a network."""

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

from sphinx.application import Sphinx

from capacity import __version__

project = "capacity"
author = "The capacity authors"
version = release = __version__

extensions = ["myst_nb", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx_copybutton", "mathml"]
templates_path = ["_templates"]
exclude_patterns = ["_templates"]
default_role = "autolink"

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # `make notebooks` has run them, and failed where a cell did
nb_merge_streams = True
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = False

autodoc_typehints = "none"  # numpydoc's tables say the types
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "capacity"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_show_search_summary = False  # it fetches pages, which a browser refuses where they are plain files
pygments_style = "friendly"
pygments_dark_style = "monokai"


def math_font(app: Sphinx, failed: Exception | None) -> None:
    """STIX Two Math (SIL Open Font Licence), as the package ziamath ships it, beside the pages."""
    import ziamath

    if not failed and app.builder.format == "html":
        font = Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"
        shutil.copy(font, Path(app.outdir) / "_static" / font.name)


def setup(app: Sphinx) -> None:
    """Tell Sphinx of what is done after a build."""
    app.connect("build-finished", math_font)
