"""Where the paper, the programs and this project part: deviations, open choices, differences in code.

Comments in the code of this project carry the ids (``# OPEN-04``, ``# DEV-01``). Only what has been built is
listed under ``DEVIATIONS`` and ``OPEN_CHOICES``. Measured effects come from recorded runs and are put in when
a table is rendered. Source tags are explained in the package's docstring.
"""

from __future__ import annotations

from typing import Any

from .claims import unknown
from .types import CodeDifference, Deviation, OpenChoice

__all__ = [
    "CODE_DIFFERENCES", "DEVIATIONS", "LIBRARY_DIFFERENCES", "OPEN_CHOICES",
    "choices_about", "code_difference", "deviation", "open_choice",
]

DEVIATIONS = (
    Deviation(
        "DEV-01", "3.1, Fig. 1",
        paper_says="Figure 1 is about training error on CIFAR-10; whether all 50,000 training images were "
        "used is not said.",
        we_do="Train on batches 1 to 4 (40,000 images) and keep batch 5 for every choice.",
        why="It is the practice that cuda-convnet's wiki describes, and it leaves the test set untouched.",
        expected_effect="A pass has a fifth fewer updates; both activations are affected alike, so the "
        "ratio of passes should hardly change.",
    ),
    Deviation(
        "DEV-02", "3.2, 3.3, 3.4",
        paper_says="The effects of two columns, normalisation and overlapping pooling are those of the full net on "
        "ImageNet.",
        we_do="Train a small net of the same eight layers on CIFAR-10: crops of 24 pixels, a first layer of 5x5 at "
        "stride 1, 32-64-96-96-64 kernels, dense layers of 256; first weights so wide that each layer starts with the "
        "gain it has at full size in the released code.",
        why="A run takes minutes on a processor, so that every comparison can have several seeds.",
        expected_effect="Directions may carry over; points of error on ten classes are not points on a thousand.",
    ),
    Deviation(
        "DEV-03", "3.2, 3.3, 3.4",
        paper_says="All its nets are trained with dropout in the first two dense layers.",
        we_do="Leave dropout out of the runs on the small net that test sections 3.2 to 3.4.",
        why="With 256 instead of 4096 neurons it slows learning so much that short runs would show little else; "
        "section 4.2 has experiments of its own.",
        expected_effect="More overfitting than in the paper's nets, in all arms alike.",
    ),
    Deviation(
        "DEV-04", "4.1, 4.2",
        paper_says="Overfitting is that of the full net on 1.2 million images.",
        we_do="Train the small net (DEV-02) on 5,000 to 40,000 images of CIFAR-10, without dropout but in the runs "
        "that are about it.",
        why="Few images seen often make overfitting visible in minutes.",
        expected_effect="Larger gaps between training and validation error than on ImageNet.",
    ),
    Deviation(
        "DEV-05", "5",
        paper_says="The rate is divided by ten three times in about 90 passes, when the validation error stops "
        "falling.",
        we_do="Divide the rate of the small net once, after three quarters of 12 passes; the trainer at full size "
        "has the paper's rule.",
        why="Short runs of equal length can be paired by seed.",
        expected_effect="All errors are higher than after 90 passes; effects that need long training, such as that of "
        "weight decay, are smaller.",
    ),
    Deviation(
        "DEV-06", "6",
        paper_says="The results of section 6 are those of nets on ImageNet; the CIFAR-10 nets published with them were "
        "trained for 12 to 520 passes, 13pct and 11pct first on 40,000 and then on all 50,000 images.",
        we_do="Ask section 6's questions of those CIFAR-10 nets, on all 50,000 images from the start; at the reduced "
        "budget with 10, 16 and 8 passes for 13pct, 18pct and 11pct, at the full one with the published passes.",
        why="ImageNet is not to be had, and hundreds of passes are hours on a processor.",
        expected_effect="80sec should reach its error; the others cannot. Gains of views and averages are those of "
        "nets that are less trained.",
    ),
    Deviation(
        "DEV-07", "6.1",
        paper_says="Figures 3 and 4 show 96 kernels of 11x11 pixels and hidden vectors of 4096 values, after 90 passes "
        "over ImageNet.",
        we_do="Measure the 32 kernels of 5x5 pixels and the 256 hidden values of the small net after 6 passes over "
        "40,000 images, five times; the full net's once, after a short training on ten classes.",
        why="A claim about every run needs runs, and the full net takes days of a GPU for each.",
        expected_effect="Coarser selectivity, as a kernel of 5 pixels holds few frequencies; ten classes make "
        "neighbours of the right class easier to find than a thousand.",
    ),
    Deviation(
        "DEV-08", "7",
        paper_says="Middle layers were taken out of the net on ImageNet; nothing was held equal.",
        we_do="Take them out of the small net at the common learning rate, and hold parameters and MACs equal in one "
        "more arm; pre-training and training show 64,000 images each at the reduced budget.",
        why="Seeds are needed to tell points from noise.",
        expected_effect="Depth buys less on 24-pixel images and in 12 passes than on ImageNet in 90.",
    ),
)

OPEN_CHOICES = (
    OpenChoice(
        "OPEN-01", "3.1, Fig. 1",
        question="Which four-layer net is it: how many kernels, of what size, with which pooling?",
        we_choose="Convolutions of 32, 32 and 64 kernels of 5x5, max pooling 3/2 after each, one dense "
        "layer of 10; repeated with cuda-convnet's 18pct and 80sec nets.",
        why="It has four layers with weights and the sizes of the nets the authors published for CIFAR-10 "
        "at the time; three nets show how far the ratio depends on the choice.",
    ),
    OpenChoice(
        "OPEN-02", "3.1, Fig. 1",
        question="From which weights did the nets of Figure 1 start?",
        we_choose="A normal distribution with standard deviation 0.01 in every layer (cuda-convnet's own "
        "widths in its nets), and beside it a modern start: LeCun's for every activation, so that the sides "
        "differ in nothing else, with He's for ReLU as a control.",
        why="Section 5 gives 0.01 for all layers of the large net; one scale may suit one activation "
        "better, so both are shown.",
    ),
    OpenChoice(
        "OPEN-03", "3.1, Fig. 1",
        question="On which scale were the pixels?",
        we_choose="Raw values from 0 to 255 less the mean image, and standardised pixels beside it.",
        why="Raw values less the mean image are cuda-convnet's practice; large inputs may drive tanh into "
        "saturation, so the other scale is shown too.",
    ),
    OpenChoice(
        "OPEN-04", "3.1, Fig. 1",
        question="Which learning rates were used, and how were they chosen?",
        we_choose="A ladder of rates, and for each activation the one that reaches 25 % training error "
        "soonest on a seed that is used for nothing else.",
        why="The caption says only that each net had the rate that made it fastest.",
    ),
    OpenChoice(
        "OPEN-05", "3.1, Fig. 1",
        question="What is the training error: a running figure during training, or a separate look at the "
        "images?",
        we_choose="The error over the images as they are shown in training, in a trailing window of 10,000 "
        "images.",
        why="It is the figure that cuda-convnet itself prints, one batch file of 10,000 images at a time.",
    ),
    OpenChoice(
        "OPEN-06", "3.1, Fig. 1",
        question="Which batch size, momentum and weight decay were used?",
        we_choose="Batches of 128 and momentum 0.9, without weight decay.",
        why="The first two are section 5's, and the caption rules out regularisation of any kind.",
    ),
    OpenChoice(
        "OPEN-07", "3.1, Fig. 1",
        question="In what is the time measured: passes, updates or seconds?",
        we_choose="Passes over the training images; seconds are shown beside.",
        why="Passes do not depend on the machine, and with equal batches they are proportional to updates.",
    ),
    OpenChoice(
        "OPEN-08", "3.3",
        question="Which maps are summed over when n is even? The printed limits then name n + 1 of them.",
        we_choose="n maps, beginning n/2 below the map itself.",
        why="It is what cuda-convnet and torch do (ONNX leans the other way); the paper's n is odd, where all agree.",
    ),
    OpenChoice(
        "OPEN-09", "2",
        question="Are photographs turned as their EXIF note asks?",
        we_choose="No by default; it can be asked for.",
        why="The paper does not speak of it, and torchvision's own reader of such folders does not turn them either.",
    ),
    OpenChoice(
        "OPEN-10", "2",
        question="With which filter are photographs scaled to a shorter side of 256 pixels, and how are odd margins "
        "halved?",
        we_choose="Pillow's bicubic filter, which averages when it shrinks; the extra pixel goes to the right and the "
        "bottom.",
        why="The paper does not say; a filter without averaging would leave aliases in the picture.",
    ),
    OpenChoice(
        "OPEN-11", "5",
        question="When has the validation error stopped falling?",
        we_choose="After five passes without a fall of 0.1 points below the best.",
        why="The authors divided the rate by hand, and say no more than that the error had stopped improving.",
    ),
    OpenChoice(
        "OPEN-12", "6.1",
        question="By what measure does one column mostly ignore colour and the other not?",
        we_choose="The share of a kernel's energy that is not grey, its mean in each column, and a permutation test "
        "between the columns.",
        why="The paper tells it by eye from one figure; a test says how often chance would do as much.",
    ),
)

CODE_DIFFERENCES = (
    CodeDifference(
        "CODE-01", "3.5, Fig. 2",
        paper="Images of 224 pixels, kernels of 11 at stride 4, maps of 55: without a border that is 54.25.",
        code="No border, and the number of positions is rounded up to 55; the last windows read three rows "
        "and three columns of zeros beyond the bottom and the right edge.",
        source="CHM layer.py, layers/layers-145.cfg; CC1 src/cudaconv2/filter_acts.cu",
    ),
    CodeDifference(
        "CODE-02", "3.3",
        paper="alpha = 0.0001 multiplies the sum of squares.",
        code="alpha is first divided by the number of maps, 5, so a squared response counts 0.00002.",
        source="CHM layer.py (NormLayerParser)",
    ),
    CodeDifference(
        "CODE-03", "3.3, 3.5",
        paper="Normalisation follows the ReLU of layer 1.",
        code="Convolution, normalisation, max pooling, then ReLU: the sums of squares include negative "
        "responses.",
        source="CHM layers/layers-145.cfg",
    ),
    CodeDifference(
        "CODE-04", "3.3, 3.5",
        paper="One normalisation across maps after layer 2.",
        code="A second normalisation, within each map over 5x5 positions (scale 0.001 divided by 25, power "
        "0.75), follows the first.",
        source="CHM layers/layers-145.cfg (cnorm2)",
    ),
    CodeDifference(
        "CODE-05", "3.3",
        paper="The sum runs over the neighbours among all kernels of the layer.",
        code="It stays within a column of 48 or 128 maps.",
        source="CHM layers/layers-145.cfg",
    ),
    CodeDifference(
        "CODE-06", "3.5",
        paper="ReLU comes before the max pooling of layer 5.",
        code="It comes after, which gives the same numbers.",
        source="CHM layers/layers-145.cfg",
    ),
    CodeDifference(
        "CODE-07", "5",
        paper="All weights start with standard deviation 0.01.",
        code="0.01 in conv1, conv2 and the dense layers, 0.03 in conv3, conv4 and conv5.",
        source="CHM layers/layers-145.cfg",
    ),
    CodeDifference(
        "CODE-08", "5",
        paper="All layers share one learning rate.",
        code="Biases have twice the rate of weights and no decay, and their rate drops at most once.",
        source="CHM layers/layer-params-145.cfg",
    ),
    CodeDifference(
        "CODE-09", "5",
        paper="One rate divided by ten three times, over about 90 passes.",
        code="Divided in passes 23, 51 and 78 and stopped at 93 (25, 51 and 79, stopped at 91, for 2012); "
        "the rate of conv1 is cut on its own in pass 68 (67 for 2012) and set to 0 in pass 72.",
        source="CHM layers/layer-params-145-2010.cfg, layers/layer-params-145.cfg",
    ),
    CodeDifference(
        "CODE-10", "2",
        paper="From each pixel its mean over the training set is subtracted.",
        code="The central part of the mean image is subtracted from every patch, wherever the patch lies.",
        source="CHM convdata_jpeg.py",
    ),
    CodeDifference(
        "CODE-11", "4.1",
        paper="Patches and mirror images multiply the training set by 2048.",
        code="Offsets from 0 to 32 are drawn, so there are 33 x 33 x 2 = 2178 patches.",
        source="CHM convdata_jpeg.py",
    ),
    CodeDifference(
        "CODE-12", "4.1",
        paper="Patches are random.",
        code="One offset and one choice of mirror serve 32 images at a time.",
        source="CHM convdata_jpeg.py (crop_chunk)",
    ),
    CodeDifference(
        "CODE-13", "4.1",
        paper="Colour shifts are eigenvalues times normal numbers with standard deviation 0.1.",
        code="Standard deviations, the square roots of the eigenvalues, times such numbers: 12.2, 3.7 and "
        "2.0 grey levels where eigenvalues would give up to 1,483.",
        source="CHM convdata_jpeg.py (color_stdevs)",
    ),
    CodeDifference(
        "CODE-14", "4.1",
        paper="The colour shift is added to the image.",
        code="After that the whole image is divided by 1.1.",
        source="CHM convdata_jpeg.py",
    ),
    CodeDifference(
        "CODE-15", "4.1",
        paper="Colour shifts are part of training.",
        code="They are switched off in pass 68 of 93 (pass 67 of 91 for 2012).",
        source="CHM layers/layer-params-145-2010.cfg, layers/layer-params-145.cfg",
    ),
    CodeDifference(
        "CODE-16", "3.4",
        paper="Pooling with and without overlap is compared at equal output sizes.",
        code="The net with windows of 2 has other borders, and its maps are 55-28-26-13-13-11-11-6 instead "
        "of 55-27-27-13-13-13-13-6: four of the eight sizes differ.",
        source="CHM, net 147",
    ),
    CodeDifference(
        "CODE-17", "3.3",
        paper="The gain is that of normalisation across maps.",
        code="The net it is compared with lacks the normalisation within maps as well.",
        source="CHM, net 148",
    ),
    CodeDifference(
        "CODE-18", "6",
        paper="A net is pre-trained on all of ImageNet and then fine-tuned on ILSVRC-2012.",
        code="The chain of runs begins with weights trained on ILSVRC-2012, and goes over the releases of "
        "2009 and 2011 back to 2012.",
        source="CHM, nets 146-2009, 146-2011, 146-2012-2011",
    ),
    CodeDifference(
        "CODE-19", "3.3",
        paper="Normalisation takes the CIFAR-10 net from 13 % to 11 % error.",
        code="Between the two final files also the kernels of local3 (32 to 64), the decay of the last layer "
        "(0.004 to 0.01) and the passes (about 160 to 520) change; an earlier revision of the second net, "
        "with norms over 5 maps between convolution and pooling, differs only by them and by its passes "
        "(about 470).",
        source="CC1 example-layers/layers-conv-local-13pct.cfg, layers-conv-local-11pct.cfg with their "
        "parameter files, and revision 3878e8f of the latter two",
    ),
    CodeDifference(
        "CODE-20", "3.3",
        paper="k = 2, n = 5, alpha = 0.0001, beta = 0.75 are given without naming a data set.",
        code="The CIFAR-10 net has k = 1, n = 9, alpha = 0.001 divided by 9, beta = 0.75.",
        source="CC1 example-layers/layer-params-conv-local-11pct.cfg, layer.py",
    ),
)

#: What today's libraries do by default where the paper, and the authors' program, do otherwise.
LIBRARY_DIFFERENCES = (
    CodeDifference(
        "LIB-01", "3.3",
        paper="alpha multiplies the sum of squares, and k = 2.",
        code="alpha is divided by the number of maps and k is 1 by default; alpha=5e-4, k=2 gives the "
        "printed formula and alpha=1e-4, k=2 the authors' program.",
        source="torch.nn.functional.local_response_norm",
    ),
    CodeDifference(
        "LIB-02", "4.2",
        paper="Outputs are halved at test time; the authors' program does the same.",
        code="Outputs are divided by the probability of keeping them in training, and left alone at test "
        "time, so the layers above see twice the scale for which 0.01 was chosen.",
        source="torch.nn.Dropout",
    ),
    CodeDifference(
        "LIB-03", "5",
        paper="The velocity contains the learning rate; the authors' program does the same.",
        code="The velocity is multiplied by the rate when it is applied: the same at a constant rate, a "
        "jump when the rate is cut.",
        source="torch.optim.SGD",
    ),
    CodeDifference(
        "LIB-04", "3.4",
        paper="No rounding is mentioned; the authors' program rounds sizes up.",
        code="Sizes are rounded down: 32 pixels pooled 3/2 give 15-7-3 instead of 16-8-4, unless ceil_mode "
        "is set.",
        source="torch.nn.MaxPool2d, torch.nn.AvgPool2d",
    ),
    CodeDifference(
        "LIB-05", "3.5",
        paper="Two columns of 96, 256, 384, 384 and 256 kernels with normalisation, dropout after the dense "
        "layers.",
        code="One column of 64, 192, 384, 256 and 256 kernels, a border of 2 in layer 1, no normalisation, "
        "dropout before the dense layers.",
        source="torchvision models/alexnet.py",
    ),
)

def deviation(deviation_id: str) -> Deviation:
    """The deviation with this id, such as ``"DEV-01"``."""
    return _find("deviation", deviation_id, DEVIATIONS)


def open_choice(choice_id: str) -> OpenChoice:
    """The open choice with this id, such as ``"OPEN-04"``."""
    return _find("open choice", choice_id, OPEN_CHOICES)


def code_difference(difference_id: str) -> CodeDifference:
    """The difference with this id, such as ``"CODE-02"`` or ``"LIB-01"``."""
    return _find("code difference", difference_id, CODE_DIFFERENCES + LIBRARY_DIFFERENCES)


def _find(kind: str, wanted: str, records: tuple) -> Any:
    for record in records:
        if record.id == wanted:
            return record
    raise unknown(kind, wanted, (record.id for record in records))


def choices_about(section: str, records: tuple) -> tuple:
    """Those deviations, open choices or differences that concern a section, such as ``"3.3"`` or ``"Fig. 2"``."""
    return tuple(r for r in records if section in (part.strip() for part in r.section.split(",")))
