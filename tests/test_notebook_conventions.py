"""The stored notebooks, the library's arrows and the repository's files keep the conventions.

Every check is a function that returns what it objects to; each is also seen to object.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from alexnet_lib.notebooks.files import MAX_BYTES, path_of_a_machine

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
ASSIGNMENTS = sorted((ROOT / "notebooks" / "assignments").rglob("*.ipynb"))

MAX_CODE_LINES = 25
MAX_TASK_LINES = 30  # of a problem set: an answer with what it must know, a test with its hidden part
NBVAL_TAGS = {"nbval-check-output", "nbval-ignore-output", "nbval-skip", "nbval-raises-exception"}

#: Brackets keep the pattern from finding itself.
REGISTRY_HOST = re.compile(r"pypi[.]org|python[h]osted|npm[j]s\.|[f]iles\.python|[r]egistry\.yarn")


# --- notebooks --------------------------------------------------------------------------------------


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def objections(text: str) -> list[str]:
    """What breaks a convention in the text of one stored notebook."""
    notebook = v4.reads(text)  # without repairs
    return [
        *check_file(text), *check_form(notebook), *check_parameters(notebook), *check_code(notebook),
        *check_outputs(notebook), *check_figures_are_read(notebook),
    ]


def check_file(text: str) -> Iterator[str]:
    if len(text.encode()) > MAX_BYTES:
        yield f"more than 1 MB ({len(text.encode()) / 1e6:.1f})"
    if path_of_a_machine(text):
        yield f"absolute path {path_of_a_machine(text)}"
    raw = json.loads(text)
    if (raw["nbformat"], raw["nbformat_minor"]) != (4, 5):
        yield "not nbformat 4.5"
    ids = [cell.get("id") for cell in raw["cells"]]
    if None in ids or len(set(ids)) < len(ids):
        yield "cell ids missing or not unique"


def check_form(notebook) -> Iterator[str]:
    kernel = notebook.metadata.get("kernelspec", {})
    if (kernel.get("name"), kernel.get("language")) != ("python3", "python"):
        yield "kernelspec is not python3"
    left = {"papermill", "widgets"} & set(notebook.metadata)
    left |= {key for cell in notebook.cells for key in cell.metadata if key in ("papermill", "execution")}
    if left:
        yield f"metadata of a run left behind: {', '.join(sorted(left))}"
    if not notebook.cells or not re.match(r"# \S", notebook.cells[0].source):
        yield "does not begin with a title"
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    if len(re.findall(r"^# \S", re.sub(r"```.*?```", "", prose, flags=re.S), re.M)) > 1:
        yield "more than one title"
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"not executed from top to bottom: {counts}"
    tags = {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])}
    if "injected-parameters" in tags:
        yield "injected-parameters cell"
    unknown = {tag for tag in tags if tag.startswith("nbval") and tag not in NBVAL_TAGS}
    if unknown:
        yield f"nbval does not know the tag {', '.join(sorted(unknown))}"


def check_parameters(notebook) -> Iterator[str]:
    """The first code cell: one annotated literal a line, with a comment that says unit and choices."""
    first = next(iter(code_cells(notebook)), None)
    if first is None or "parameters" not in first.metadata.get("tags", []):
        yield "the first code cell is not tagged parameters"
        return
    if sum("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells) > 1:
        yield "more than one cell tagged parameters"
    defaults = {}
    for line in first.source.splitlines():
        found = re.fullmatch(r"([A-Z][A-Z0-9_]*): [\w\[\], .|]+ = (.+?)  # \S.*", line)
        try:
            defaults[found.group(1)] = ast.literal_eval(found.group(2))
        except (AttributeError, ValueError, SyntaxError):
            yield f"parameter line without annotation, literal or comment: {line!r}"
    if defaults.get("PRESET") != "quick":
        yield "PRESET is not there or not quick"


def check_code(notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        where = f"in cell {cell.execution_count}"
        lines = len(cell.source.splitlines())
        if lines > (MAX_TASK_LINES if "nbgrader" in cell.metadata else MAX_CODE_LINES):
            yield f"{lines} lines {where}"
        if re.search(r"^\s*[!%]+\s*(?:pip|conda|mamba)\b|-m\W+pip\b|\bpip install\b", cell.source, re.M):
            yield f"installs packages {where}"
        if re.search(r"\b(?:filterwarnings|simplefilter|catch_warnings|captureWarnings)\b", cell.source):
            yield f"filters warnings {where}"


def check_outputs(notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        where = f"in cell {cell.execution_count}"
        for output in cell.outputs:
            kinds = set(output.get("data", {}))
            if output.output_type == "error":
                yield f"stored error {where}"
            if output.get("name") == "stderr":
                yield f"stored stderr {where}"
            if any(kind.startswith("image/") for kind in kinds - {"image/png"}):
                yield f"a picture that is not PNG {where}"
            if any("widget" in kind for kind in kinds):
                yield f"a widget {where}"


def check_figures_are_read(notebook) -> Iterator[str]:
    """One of the two cells after a figure is text."""
    for index, cell in enumerate(notebook.cells):
        pictures = any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
        after = [following.cell_type for following in notebook.cells[index + 1 : index + 3]]
        if pictures and "markdown" not in after:
            yield f"nothing is said after the figure of cell {cell.execution_count}"


def check_grade_ids(notebooks: dict[str, object]) -> Iterator[str]:
    """nbgrader finds a cell by its grade_id: no two in the course may share one."""
    seen: dict[str, str] = {}
    for name, notebook in notebooks.items():
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id is not None and grade_id in seen:
                yield f"grade_id {grade_id} in {seen[grade_id]} and {name}"
            seen[grade_id] = name


@pytest.mark.parametrize("path", [*NOTEBOOKS, *ASSIGNMENTS], ids=lambda path: path.stem)
def test_stored_notebook_keeps_the_conventions(path):
    assert objections(path.read_text()) == []


def test_grade_ids_are_unique_over_the_course():
    released = [path for path in ASSIGNMENTS if ".ipynb_checkpoints" not in path.parts]
    assert list(check_grade_ids({path.name: nbformat.read(path, 4) for path in released})) == []


# --- each check is seen to object -------------------------------------------------------------------

PARAMETERS = 'PRESET: str = "quick"  # quick | reduced | full\nSEEDS: int = 3  # runs of each arm'


def good_notebook():
    figure = v4.new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "a figure"})
    return v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"},
            "language_info": {"name": "python"},
        },
        cells=[
            v4.new_markdown_cell("# A title"),
            v4.new_code_cell(PARAMETERS, execution_count=1, metadata={"tags": ["parameters"]}),
            v4.new_code_cell("draw()", execution_count=2, outputs=[figure]),
            v4.new_markdown_cell("The figure shows a line that rises."),
            v4.new_code_cell("print(55)", execution_count=3, metadata={"tags": ["nbval-check-output"]}),
        ],
    )


def set_source(cell, source):
    def change(notebook):
        notebook.cells[cell].source = source

    return change


def set_output(*args, **kwargs):
    def change(notebook):
        notebook.cells[4].outputs = [v4.new_output(*args, **kwargs)]

    return change


def set_tags(*tags):
    return lambda notebook: notebook.cells[4].metadata.update(tags=list(tags))


def set_graded(notebook):
    notebook.cells[4].metadata.nbgrader = {"grade": True, "grade_id": "ps2-lrn-3"}


def swap_counts(notebook):
    notebook.cells[2].execution_count, notebook.cells[4].execution_count = 3, 2


def add_empty_run(notebook):
    notebook.cells.append(v4.new_code_cell("print(1)"))


FAULTS = {
    "more than 1 MB": set_output("stream", text="x" * 1_100_000),
    "absolute path": set_output("stream", text="saved to " + "/".join(["", "home", "me", "fig.png"])),
    "not nbformat 4.5": lambda nb: nb.update(nbformat_minor=4),
    "cell ids missing or not unique": lambda nb: nb.cells[0].update(id=nb.cells[1].id),
    "kernelspec is not python3": lambda nb: nb.metadata.kernelspec.update(name="course"),
    "metadata of a run left behind: papermill": lambda nb: nb.cells[2].metadata.update(papermill={}),
    "metadata of a run left behind: widgets": lambda nb: nb.metadata.update(widgets={}),
    "does not begin with a title": set_source(0, "A title"),
    "more than one title": set_source(3, "# Another"),
    "not executed from top to bottom: [1, 3, 2]": swap_counts,
    "not executed from top to bottom: [1, 2, 3, None]": add_empty_run,
    "injected-parameters cell": set_tags("injected-parameters"),
    "nbval does not know the tag nbval-check": set_tags("nbval-check"),
    "the first code cell is not tagged parameters": lambda nb: nb.cells[1].metadata.clear(),
    "more than one cell tagged parameters": set_tags("parameters"),
    "parameter line without annotation, literal or comment: 'SEEDS = 3  #": (
        set_source(1, PARAMETERS.replace(": int", ""))
    ),
    "parameter line without annotation, literal or comment: 'SEEDS: int = 3'": (
        set_source(1, PARAMETERS.removesuffix("  # runs of each arm"))
    ),
    "parameter line without annotation, literal or comment: 'SEEDS: int = 1 + 2": (
        set_source(1, PARAMETERS.replace("= 3", "= 1 + 2"))
    ),
    "PRESET is not there or not quick": set_source(1, PARAMETERS.replace('"quick"', '"full"')),
    "31 lines in cell 3": lambda nb: (set_source(4, "\n".join(["print(55)"] * 31))(nb), set_graded(nb)),
    "26 lines in cell 3": set_source(4, "\n".join(["print(55)"] * 26)),
    "installs packages in cell 3": set_source(4, "!pip install torch"),
    "filters warnings in cell 3": set_source(4, "import warnings; warnings.filterwarnings('ignore')"),
    "stored error in cell 3": set_output("error", ename="ValueError", evalue="", traceback=[]),
    "stored stderr in cell 3": set_output("stream", name="stderr", text="a warning"),
    "a picture that is not PNG in cell 3": set_output("display_data", {"image/svg+xml": "<svg/>"}),
    "a widget in cell 3": set_output("display_data", {"application/vnd.jupyter.widget-view+json": {}}),
    "nothing is said after the figure of cell 2": lambda nb: nb.cells.pop(3),
}


def test_good_notebook_meets_no_objection():
    assert objections(json.dumps(good_notebook())) == []


@pytest.mark.parametrize("objection", FAULTS)
def test_fault_in_a_notebook_is_found(objection):
    notebook = good_notebook()
    FAULTS[objection](notebook)
    found = objections(json.dumps(notebook))
    assert len(found) == 1 and found[0].startswith(objection)


def test_repeated_grade_id_is_found():
    cells = [v4.new_code_cell("", metadata={"nbgrader": {"grade_id": "ps2-lrn-3"}}), v4.new_code_cell("")]
    twice = {name: v4.new_notebook(cells=cells) for name in ("ps1", "ps2")}
    assert list(check_grade_ids(twice)) == ["grade_id ps2-lrn-3 in ps1 and ps2"]


# --- arrows between the parts of alexnet_lib --------------------------------------------------------

PARTS_ABOVE = {
    "paper": {"data", "nets", "training", "experiments", "plots"},
    "data": {"nets", "training", "experiments", "plots"},
    "nets": {"data", "training", "experiments", "plots"},
    "training": {"experiments", "plots"},
    "experiments": {"plots"},
    "plots": {"training"},
}
#: for readers and authors only: a machine that runs experiments need not have them
LATE = {
    "IPython", "ipywidgets", "jupyterlab", "nbclient", "nbconvert", "nbformat", "nbgrader", "papermill",
    "sphinx",
}


def imported_names(node: ast.AST, package: tuple[str, ...]) -> list[str]:
    """Dotted names that an import statement brings in, relative ones resolved within `package`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    above = package[: len(package) + 1 - node.level] if node.level else ()
    base = ".".join([*above, *filter(None, [node.module])])
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def wrong_imports(library: Path) -> list[str]:
    """Imports against the arrows, and imports of reader's tools outside a function."""
    wrong = []
    for path in sorted(library.rglob("*.py")):
        inside = path.relative_to(library)
        part = inside.parts[0].removesuffix(".py")
        forbidden = PARTS_ABOVE.get(part, set()) | ({"notebooks"} if part in PARTS_ABOVE else set())
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            for name in imported_names(node, (library.name, *inside.parts[:-1])):
                if name.split(".")[0] == library.name and {*name.split(".")[1:2]} & forbidden:
                    wrong.append(f"{inside.as_posix()}: {part} must not import {name.split('.')[1]}")
        for node in tree.body:
            late = {name.split(".")[0] for name in imported_names(node, (library.name,))} & LATE
            wrong += [f"{inside.as_posix()}: {name} must be imported inside a function" for name in late]
    return list(dict.fromkeys(wrong))


def test_imports_follow_the_arrows():
    assert wrong_imports(ROOT / "alexnet_lib") == []


@pytest.mark.parametrize(
    ("path", "line", "objection"),
    [
        ("nets/alexnet.py", "from alexnet_lib.training.loop import fit", "nets must not import training"),
        ("nets/alexnet.py", "def f():\n    from alexnet_lib import data", "nets must not import data"),
        ("data/a/b.py", "from ...plots import style", "data must not import plots"),
        ("paper.py", "import alexnet_lib.nets.layers", "paper must not import nets"),
        ("training/loop.py", "from alexnet_lib.notebooks import run", "training must not import notebooks"),
        ("plots/style.py", "from ..training import sgd", "plots must not import training"),
        ("notebooks/run.py", "from nbclient import x", "nbclient must be imported inside a function"),
        ("plots/style.py", "def f():\n    import IPython\nfrom ..paper import claims", None),
        ("experiments/runner.py", "from ..training.loop import fit\nfrom . import plots", None),
    ],
)
def test_import_against_the_arrows_is_found(tmp_path, path, line, objection):
    file = tmp_path / "alexnet_lib" / path
    file.parent.mkdir(parents=True)
    file.write_text(line)
    assert wrong_imports(tmp_path / "alexnet_lib") == ([f"{path}: {objection}"] if objection else [])


# --- all files of the repository --------------------------------------------------------------------


def repository_objections(text: str) -> list[str]:
    hosts = {found.group() for found in REGISTRY_HOST.finditer(text)}
    path = path_of_a_machine(text)
    found = [f"package registry {host}" for host in sorted(hosts)]
    return found + ([f"absolute path {path}"] if path else [])


def repository_files() -> list[Path]:
    """What git knows or would add; nothing outside a checkout."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        return []
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_files_name_no_machine_and_no_registry():
    files = repository_files()
    if not files:
        pytest.skip("not a git checkout")
    found = {}
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        if repository_objections(text):
            found[path.relative_to(ROOT).as_posix()] = repository_objections(text)
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "open('" + "/".join(["", "home", "me", "x.npy"]) + "')",
        "PATH=" + "/".join(["", "Users", "me"]) + "/bin",
        str(ROOT / "notebooks") if len(ROOT.parts) > 2 else "/".join(["", "tmp", "x"]),
        "--index-url https://" + ".".join(["pypi", "org"]) + "/simple",
        "resolved: https://registry." + ".".join(["npmjs", "org"]) + "/x.tgz",
    ],
)
def test_machine_or_registry_in_a_file_is_found(text):
    assert len(repository_objections(text)) == 1


@pytest.mark.parametrize(
    "text", ["see https://example.org/home/x", "~/tmp/x", "a/root/b", "#!/usr/bin/env bash"]
)
def test_ordinary_text_meets_no_objection(text):
    assert repository_objections(text) == []


def test_ruff_has_no_objection():
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "."],
        cwd=ROOT, capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stdout
