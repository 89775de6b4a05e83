"""Sliders beside a picture that follows them: one figure, drawn anew when a value is set.

The caller gives a function that draws and the values it takes; nothing here knows what is drawn. Two things of
ipywidgets are avoided on purpose. Figures do not pass through pyplot, so none is left open to turn up below another
cell. And a picture takes the place of the one before in one message, so that nothing flickers, and nothing depends
on a kernel that captures what a callback prints.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from alexnet_lib.plots.style import WIDE

__all__ = ["Choice", "Panel", "Slider", "explore"]

#: what stands in the place of the sliders where nothing can show them
NO_SLIDERS = "Sliders: they need a running kernel, and JupyterLab or another page that can show widgets."

MAX_ERROR = 200  # characters of the line that says why nothing was drawn


@dataclass(frozen=True)
class Slider:
    """One number to be set: whole if start, low, high and step all are."""

    label: str  # what it is, and its unit, as in "stride (pixels)"
    start: float
    low: float
    high: float
    step: float = 1  # of a logarithmic slider, in powers of ten
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high or not self.low <= self.start <= self.high:
            raise ValueError(f"{self.label}: low {self.low}, start {self.start} and high {self.high} must rise")
        if not self.step > 0 or (self.log and not self.low > 0):
            raise ValueError(f"{self.label}: the step must be above 0, and so must low if log=True, not "
                             f"step={self.step}, low={self.low}")


@dataclass(frozen=True)
class Choice:
    """One of a few values to be chosen, under names that a reader sees."""

    label: str
    start: object
    options: Mapping[str, object]  # name -> value that is drawn with

    def __post_init__(self) -> None:
        if self.start not in self.options.values():
            allowed = ", ".join(map(repr, self.options.values()))
            raise ValueError(f"{self.label}: start {self.start!r} is no option: choose one of {allowed}")


class Panel:
    """Sliders, a button that sets them back, and the picture: what `explore` returns and a notebook shows.

    Attributes:
        controls: name -> widget, whose ``value`` may be read and set.
        reset: the button.
        picture: the output widget that holds the picture and the line below it, or the line that says what is wrong.
        box: all of them.
    """

    def __init__(self, draw: Callable, size: tuple[float, float], wanted: Mapping[str, Slider | Choice]) -> None:
        import ipywidgets

        self.draw, self.size, self.wanted = draw, size, dict(wanted)
        self.controls = {name: _widget(control) for name, control in self.wanted.items()}
        self.reset = ipywidgets.Button(description="Reset", tooltip="all values as they were at first")
        # As high as the picture from the start: a page that jumps loses its reader's place.
        height = f"{size[1] * rcParams['figure.dpi']:.0f}px"
        self.picture = ipywidgets.Output(layout=ipywidgets.Layout(min_height=height))
        wrapped = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        above = ipywidgets.Box([*self.controls.values(), self.reset], layout=wrapped)
        self.box = ipywidgets.VBox([above, self.picture])
        for widget in self.controls.values():
            widget.observe(self._follow, names="value")
        self.reset.on_click(self._set_back)
        self._waiting = False
        self._follow()

    def _follow(self, _change=None) -> None:
        """Draw for the values as they are."""
        if not self._waiting:
            values = {name: widget.value for name, widget in self.controls.items()}
            self.picture.outputs = _drawn(self.draw, self.size, values)

    def _set_back(self, _button) -> None:
        """All values as they were at first, and one drawing for all of them."""
        self._waiting = True
        try:
            for name, widget in self.controls.items():
                widget.value = self.wanted[name].start
        finally:
            self._waiting = False
        self._follow()

    def _repr_mimebundle_(self, **_) -> dict:
        return {**self.box._repr_mimebundle_(), "text/plain": NO_SLIDERS}


def explore(draw: Callable, size: tuple[float, float] = WIDE, /, **controls: Slider | Choice) -> Panel:
    """Sliders for the arguments of a function that draws; as the last line of a cell it shows them.

    A value is handed on when the slider is let go or a key was pressed, not on the way there. What `draw` raises
    becomes one line in the place of the picture, so a combination of values that makes no sense does no harm.

    Args:
        draw: is called as ``draw(figure, name=value, ...)`` with an empty figure. It may return text to be shown
            below the picture.
        size: of the figure, inches.
        controls: a `Slider` or `Choice` for each argument of `draw`, in the order in which they are shown.

    Raises:
        ValueError: no controls.
    """
    if not controls:
        raise ValueError("nothing to set: give a Slider or a Choice for each argument of the function that draws")
    return Panel(draw, size, controls)


def _widget(control: Slider | Choice):
    """The widget of one control."""
    import ipywidgets

    look = {"description": control.label, "tooltip": control.label, "style": {"description_width": "initial"},
            "layout": ipywidgets.Layout(width="auto", min_width="28em", margin="2px 1.5em 2px 0")}
    if isinstance(control, Choice):
        return ipywidgets.Dropdown(options=list(control.options.items()), value=control.start, **look)
    bounds = {"min": control.low, "max": control.high}
    kind, more = ipywidgets.FloatSlider, {"readout_format": ".3g"}
    if control.log:
        kind, more = ipywidgets.FloatLogSlider, {"readout_format": ".3g"}
        bounds = {"base": 10, "min": _power(control.low), "max": _power(control.high)}
    elif all(isinstance(number, int) for number in (control.start, control.low, control.high, control.step)):
        kind, more = ipywidgets.IntSlider, {}
    return kind(value=control.start, step=control.step, continuous_update=False, **bounds, **more, **look)


def _power(value: float) -> float:
    from math import log10

    return round(log10(value), 9)


def _drawn(draw: Callable, size: tuple[float, float], values: Mapping) -> tuple[dict, ...]:
    """What a notebook shows of one drawing: a picture and perhaps a line below it; or the line that says why not."""
    figure = Figure(figsize=size)
    try:
        told = draw(figure, **values)
        file = io.BytesIO()
        FigureCanvasAgg(figure).print_png(file)  # `savefig` would draw twice, once to see how large things are
    except Exception as error:  # whatever it is, the sliders go on
        reason = " ".join(str(error).split()) or type(error).__name__
        if not isinstance(error, ValueError):
            reason = f"{type(error).__name__}: {reason}"
        return (_text(f"cannot be drawn: {reason}"[:MAX_ERROR], "stderr"),)
    data = {"image/png": base64.b64encode(file.getvalue()).decode(), "text/plain": told or "a picture"}
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    return (shown, _text(told)) if told else (shown,)


def _text(line: str, stream: str = "stdout") -> dict:
    return {"output_type": "stream", "name": stream, "text": line + "\n"}
