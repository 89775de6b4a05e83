"""The first page: what it shows is what the records say, and the commands it names exist."""

import re
from pathlib import Path

from alexnet_lib.render import readme_blocks, replace_block

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def test_rendered_blocks_are_those_of_the_records():
    """`python -m alexnet_lib render` mends it."""
    for name, block in readme_blocks().items():
        assert replace_block(README, name, block) == README, f"block {name} is out of date"


def test_make_commands_named_in_the_readme_exist():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE))
    assert {"run", "test"} <= named <= targets


def test_linked_files_exist():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert len(links) >= 4
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_packages_are_pinned_with_a_comment_each():
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+ +# .+", line) for line in lines), lines
    names = {line.split("==")[0] for line in lines}
    assert {"jupyterlab", "torch", "torchvision", "matplotlib", "nbval", "papermill"} <= names


def test_torch_and_torchvision_are_pinned_as_a_pair():
    # torchvision 0.N goes with torch 2.(N-15)
    pins = dict(re.findall(r"^(torch\w*)==\d+\.(\d+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert int(pins["torchvision"]) - int(pins["torch"]) == 15
