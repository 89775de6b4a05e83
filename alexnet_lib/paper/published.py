"""What was measured elsewhere on ImageNet: the authors' own runs, re-implementations, layers taken out."""

from __future__ import annotations

from typing import NamedTuple

from .types import AuthorRun, Reimplementation

__all__ = ["AUTHOR_RUNS", "REIMPLEMENTATIONS", "REMOVALS", "REMOVALS_SOURCE", "Removal"]

#: The author's own notes of errors, one run each, in the parameter files of [CHM]; ``(inferred)`` marks sets
#: of images that the file does not name.
AUTHOR_RUNS = (
    AuthorRun("145", "the paper's net", "2010 test", 37.4727, 16.9987),
    AuthorRun("145", "the paper's net", "2010 test", 39.0247, 18.2953, views=1),
    AuthorRun("145-half", "one column", "2010 test", 39.1680, 18.2287, compared_with="145"),
    AuthorRun("145", "the paper's net", "2012 validation", 40.6640, 18.2100),
    AuthorRun(
        "145 continued", "rate raised again, to pass 135", "2012 validation", 40.25, 17.994,
        compared_with="145",
    ),
    AuthorRun(
        "148", "no normalisation of either kind", "2012 validation", 42.0340, 19.3620, compared_with="145",
    ),
    AuthorRun("147", "pooling 2/2", "2012 validation (inferred)", 41.0580, 18.5100, compared_with="145"),
    AuthorRun(
        "150", "columns never talk; wider conv2, own dense layers", "2012 validation", 41.8280, 19.3300,
        compared_with="145",
    ),
    AuthorRun("146-2012-2011", "sixth layer, pre-trained on 2011", "2012 validation", 38.9900, 16.6220),
    AuthorRun("146-2012-2009", "sixth layer, pre-trained on 2009", "2012 validation", 39.1000, 16.8760),
    AuthorRun("137", "an older net with a second, coarse input", "2010 test", 37.6167, 17.1247),
    AuthorRun("137", "an older net with a second, coarse input", "2012 validation", 40.7820, 18.3440),
    AuthorRun(
        "131", "first normalisation before pooling", "2012 validation", 40.9340, 18.5740, compared_with="120",
    ),
    AuthorRun("120", "first normalisation after pooling", "2012 validation", 41.0440, 18.7140),
    AuthorRun("135", "k = 2 instead of 1", "2012 validation", 41.0700, 18.4160, compared_with="131"),
    AuthorRun("167", "no normalisation of layer 2", "2012 validation (inferred)", 40.4880, 18.1180),
    AuthorRun("166", "second normalisation below the ReLU", "2012 validation (inferred)", 41.0960, 18.6740),
    AuthorRun(
        "170", "rate lowered in four steps by 250 in all", "2012 validation (inferred)", 40.5280, 18.0480,
    ),
    AuthorRun(
        "177", "as 170, with dropout on conv4", "2012 validation (inferred)", 40.6900, 18.3040,
        compared_with="170",
    ),
)

#: Errors published for re-implementations, on the validation images of ILSVRC-2012. Beware of comparing by
#: different numbers of views.
REIMPLEMENTATIONS = (
    Reimplementation("cuda-convnet2, one GPU", 42.55, 19.81, 1, "one column, by the first author, 2014",
                     "cuda-convnet2 wiki, TrainingExample"),
    Reimplementation("cuda-convnet2, one GPU", 40.42, 18.15, 10, "one column, by the first author, 2014",
                     "cuda-convnet2 wiki, TrainingExample"),
    Reimplementation("Caffe, bvlc_alexnet", 42.9, 19.8, 1,
                     "crops of 227, batches of 256, no colour shifts, biases of 0.1, k = 1 in the norms",
                     "BVLC/caffe models/bvlc_alexnet/readme.md"),
    Reimplementation("Caffe, bvlc_reference_caffenet", 42.6, 19.6, 1, "as bvlc_alexnet, pooling before the norms, "
                     "biases of 1", "BVLC/caffe models/bvlc_reference_caffenet/readme.md"),
    Reimplementation("theano_alexnet", 42.60, 19.86, 1, "as bvlc_alexnet; its two GPUs share the batch",
                     "uoguelph-mlrg/theano_alexnet pretrained readme"),
    Reimplementation("torchvision alexnet", 43.478, 20.934, 1, "another net, see LIB-05",
                     "torchvision models/alexnet.py"),
    Reimplementation("Neon alexnet", 44.0, 20.7, 1, "no normalisation", "gist nervetumer/64fe5ea2"),
    Reimplementation("MatConvNet alexnet", 41.8, 19.2, 1, "claimed; users got up to 44.8 and 21.8",
                     "vlfeat/matconvnet issues 306, 635"),
)


class Removal(NamedTuple):
    """A re-implementation of the net trained without some layers; errors in per cent, ILSVRC-2012, one net each."""

    removed: tuple[str, ...]  # names of layers; none: the whole net
    training_top1_pct: float
    top1_pct: float  # on the validation images
    top5_pct: float


#: read second hand
REMOVALS_SOURCE = "M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014"

REMOVALS = (
    Removal((), 35.1, 40.5, 18.1),
    Removal(("fc7",), 27.4, 40.0, 18.4),
    Removal(("fc6", "fc7"), 27.4, 44.8, 22.4),
    Removal(("conv3", "conv4"), 41.8, 45.4, 22.1),
    Removal(("conv3", "conv4", "fc6", "fc7"), 71.1, 71.3, 50.1),
)
