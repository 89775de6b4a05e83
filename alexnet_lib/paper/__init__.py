"""What the paper says, as data: claims, numbers, layer table, choices it leaves open. Standard library only.

``[K12 §x]`` everywhere in this project means section x of

    A. Krizhevsky, I. Sutskever, G. E. Hinton: ImageNet Classification with Deep Convolutional Neural
    Networks. Advances in Neural Information Processing Systems 25 (NIPS 2012). Reprinted in
    Communications of the ACM 60(6), 84-90, 2017, doi 10.1145/3065386.

Sections are numbered as in the NIPS paper. Its numbers were taken from two independent transcripts that
agree, not from the printed pages; Table 2 and the footnotes stand in one of them only.

==== ====================================================================================================
CHM  the authors' program and parameter files of 2012: github.com/computerhistory/AlexNet-Source-Code
CC1  cuda-convnet, the published program of 2011-12 with its CIFAR-10 nets and wiki:
     github.com/dnouri/cuda-convnet and github.com/mbrukman/cuda-convnet
==== ====================================================================================================

>>> from alexnet_lib import paper
>>> paper.claim("C19").quantities[1]
Quantity(name='ratio of the times, tanh to ReLU', value=6, unit='x', source='K12 Fig. 1')
"""

from .architecture import (
    CIFAR_NETS,
    COMPARED_NETS,
    CONV_GROUPS,
    IMPLIED_COST,
    LAYERS,
    PRINTED_NUMBERS,
    TOTAL_BIASES,
    TOTAL_MACS,
    TOTAL_NEURONS,
    TOTAL_PARAMETERS,
    TOTAL_WEIGHTS,
    CifarLayer,
    CifarNet,
    ComparedNet,
    Layer,
    PrintedNumber,
    cifar_net,
    layer,
    parameter_share_pct,
    total_bits,
)
from .choices import (
    CODE_DIFFERENCES,
    DEVIATIONS,
    LIBRARY_DIFFERENCES,
    OPEN_CHOICES,
    choices_about,
    code_difference,
    deviation,
    open_choice,
)
from .claims import CLAIMS, NOTEBOOKS, claim, claims_of_notebook, notebook
from .published import AUTHOR_RUNS, REIMPLEMENTATIONS, REMOVALS, REMOVALS_SOURCE, Removal
from .tables import (
    CLAIM_COLUMNS,
    choices_markdown,
    claims_markdown,
    claims_text,
    format_quantity,
    layers_markdown,
    markdown_table,
)
from .types import (
    NOT_MEASURED,
    STATUSES,
    UNITS,
    AuthorRun,
    Claim,
    CodeDifference,
    Deviation,
    Notebook,
    OpenChoice,
    Quantity,
    Reimplementation,
)

__all__ = [
    "AUTHOR_RUNS", "CIFAR_NETS", "CLAIMS", "CLAIM_COLUMNS", "CODE_DIFFERENCES", "COMPARED_NETS",
    "CONV_GROUPS", "DEVIATIONS", "IMPLIED_COST", "LAYERS", "LIBRARY_DIFFERENCES", "NOTEBOOKS",
    "NOT_MEASURED", "OPEN_CHOICES", "PRINTED_NUMBERS", "REIMPLEMENTATIONS", "REMOVALS", "REMOVALS_SOURCE", "STATUSES",
    "TOTAL_BIASES", "TOTAL_MACS", "TOTAL_NEURONS", "TOTAL_PARAMETERS", "TOTAL_WEIGHTS", "UNITS",
    "AuthorRun", "CifarLayer", "CifarNet", "Claim", "CodeDifference", "ComparedNet", "Deviation", "Layer",
    "Notebook", "OpenChoice", "PrintedNumber", "Quantity", "Reimplementation", "Removal",
    "choices_markdown", "cifar_net", "claim", "claims_markdown", "claims_of_notebook", "claims_text",
    "code_difference", "deviation", "format_quantity", "layer", "layers_markdown", "markdown_table",
    "choices_about", "notebook", "open_choice", "parameter_share_pct", "total_bits",
]
