"""The claims of the abstract and of sections 1 to 3 of the paper [K12], C01 to C34, as data.

Statements are paraphrases. Numbers are the paper's own, each with the place where it is printed.
"""

from __future__ import annotations

from .types import Claim, Quantity

__all__ = ["CLAIMS_SECTIONS_1_TO_3"]

ABSTRACT = (
    Claim(
        "C01", "abstract",
        "On the ILSVRC-2010 test images the net's first guess is wrong for 37.5 % of them and all five of "
        "its guesses are wrong for 17.0 %.",
        (
            Quantity("top-1 error", 37.5, "%", "K12 abstract"),
            Quantity("top-5 error", 17.0, "%", "K12 abstract"),
        ),
        "Only an analogue is in reach: top-1 and top-3 errors of the CIFAR-10 nets, with one view and with "
        "ten.",
        "00_three_passes", "not testable here",
    ),
    Claim(
        "C02", "abstract",
        "The net has five convolutional and three fully connected layers with about 60 million parameters "
        "and 650,000 neurons, and it chooses among 1000 classes after learning from 1.2 million images.",
        (
            Quantity("parameters", 60_000_000, "parameters", "K12 abstract"),
            Quantity("neurons", 650_000, "neurons", "K12 abstract"),
            Quantity("convolutional layers", 5, "layers", "K12 abstract"),
            Quantity("fully connected layers", 3, "layers", "K12 abstract"),
            Quantity("classes", 1000, "classes", "K12 abstract"),
            Quantity("training images", 1_200_000, "images", "K12 abstract"),
        ),
        "Count parameters and neurons from the kernel shapes and compare with the rounded figures.",
        "00_three_passes", "exact",
    ),
    Claim(
        "C03", "abstract",
        "Neurons that do not saturate and a fast GPU program for convolution make the training quick.",
        (),
        "The neurons are decided by the runs of C18 and C19; the GPU program of 2012 is not timed.",
        "00_three_passes", "measured", ("C18", "C19"),
    ),
    Claim(
        "C04", "abstract",
        "Dropout in the fully connected layers works very well against overfitting.",
        (),
        "Decided by the runs of C44, with and without dropout.",
        "00_three_passes", "measured", ("C44",),
    ),
    Claim(
        "C05", "abstract",
        "A variant of the net won ILSVRC-2012 with a top-5 test error far below that of the next entry.",
        (
            Quantity("top-5 error of the winner", 15.3, "%", "K12 abstract"),
            Quantity("top-5 error of the second", 26.2, "%", "K12 abstract"),
        ),
        "The contest cannot be held again; what averaging several nets adds is measured under C62.",
        "00_three_passes", "not testable here",
    ),
)

SECTION_1 = (
    Claim(
        "C06", "1",
        "Earlier labelled collections hold only tens of thousands of images, which is enough for simple "
        "tasks: on MNIST programs come close to people.",
        (Quantity("best MNIST error, below", 0.3, "%", "K12 §1"),),
        "Background, with nothing to test.",
        "00_three_passes", "context",
    ),
    Claim(
        "C07", "1",
        "Large labelled collections have only lately appeared, among them LabelMe and ImageNet.",
        (
            Quantity("images in ImageNet, over", 15_000_000, "images", "K12 §1"),
            Quantity("categories in ImageNet, over", 22_000, "categories", "K12 §1"),
        ),
        "Background, with nothing to test.",
        "00_three_passes", "context",
    ),
    Claim(
        "C08", "1",
        "A convolutional net needs far fewer connections and parameters than a dense net of the same layer "
        "sizes, so it is easier to train, and its best result should be only a little worse.",
        (),
        "Replace the convolutions by untied local layers and by dense layers of equal width, and compare "
        "parameters, speed of training and test error.",
        "00_three_passes", "measured",
    ),
    Claim(
        "C09", "1",
        "A net of this size overfits even on 1.2 million labelled images.",
        (Quantity("training images", 1_200_000, "images", "K12 §1"),),
        "Train one net on 5,000, 10,000, 25,000 and 50,000 images and plot the gap between training and test "
        "error.",
        "00_three_passes", "measured",
    ),
    Claim(
        "C10", "1",
        "Depth matters: taking out any convolutional layer makes the net worse, although none of them holds "
        "more than 1 % of the parameters.",
        (Quantity("share of the parameters in one convolutional layer, at most", 1, "%", "K12 §1"),),
        "The loss of accuracy is decided by the runs of C72; the shares are counted, and conv3 and conv4 "
        "turn out to hold more than 1 %.",
        "13_depth", "measured", ("C72",),
    ),
    Claim(
        "C11", "1",
        "Training takes between five and six days on two GTX 580 cards with 3 GB each.",
        (
            Quantity("training time, at least", 5, "days", "K12 §1"),
            Quantity("training time, at most", 6, "days", "K12 §1"),
            Quantity("graphics cards", 2, "GPUs", "K12 §1"),
            Quantity("memory of each card", 3, "GB", "K12 §1"),
        ),
        "Images per second here are set beside the rate that the printed time implies.",
        "09_details_of_learning", "not testable here",
    ),
    Claim(
        "C12", "1",
        "Faster GPUs and larger collections alone would improve the results.",
        (),
        "Scaling curves: widths of one half, one and two times, and from a tenth to all of the training "
        "images.",
        "00_three_passes", "measured",
    ),
    Claim(
        "C13", "1",
        "The authors published their GPU program under the name cuda-convnet.",
        (),
        "The program is still public and is cited throughout; nothing to test.",
        "00_three_passes", "context",
    ),
)

SECTION_2 = (
    Claim(
        "C14", "2",
        "ILSVRC takes about 1000 images for each of 1000 categories out of ImageNet, and 2010 is the only "
        "year whose test labels are public.",
        (
            Quantity("images in ImageNet, over", 15_000_000, "images", "K12 §2"),
            Quantity("categories in ImageNet, about", 22_000, "categories", "K12 §2"),
            Quantity("classes", 1000, "classes", "K12 §2"),
            Quantity("training images, about", 1_200_000, "images", "K12 §2"),
            Quantity("validation images", 50_000, "images", "K12 §2"),
            Quantity("test images", 150_000, "images", "K12 §2"),
        ),
        "Background, with nothing to test.",
        "01_dataset", "context",
    ),
    Claim(
        "C15", "2",
        "The top-5 error is the share of test images whose label is not among the five classes that the net "
        "thinks most probable.",
        (Quantity("guesses", 5, "classes", "K12 §2"),),
        "Write the metric and check it on outputs whose error is known by hand.",
        "01_dataset", "exact",
    ),
    Claim(
        "C16", "2",
        "Images are scaled until the shorter side has 256 pixels, the central square is cut out, and from "
        "each pixel its mean over the training set is subtracted; nothing else is done to them.",
        (Quantity("side of the square", 256, "pixels", "K12 §2"),),
        "Carry out the steps on images of known size and content, and compare other ways of centring beside "
        "it.",
        "01_dataset", "exact",
    ),
)

SECTION_3 = (
    Claim(
        "C17", "3",
        "Sections 3.1 to 3.4 stand in the order of importance that the authors give to them: ReLU, two GPUs, "
        "response normalisation, overlapping pooling.",
        (),
        "Make the four ablations on one small net and rank their effects.",
        "13_depth", "measured",
    ),
    Claim(
        "C18", "3.1",
        "Gradient descent trains saturating neurons, tanh or logistic, much more slowly than rectified "
        "linear ones.",
        (),
        "Three activations in the same net, each at its own best learning rate, compared by the passes they "
        "need.",
        "02_relu", "measured",
    ),
    Claim(
        "C19", "3.1, Fig. 1",
        "On CIFAR-10 a four-layer convolutional net reaches 25 % training error six times sooner with ReLUs "
        "than with tanh neurons, each at the learning rate that suits it best and without regularisation.",
        (
            Quantity("training error to reach", 25, "%", "K12 Fig. 1"),
            Quantity("ratio of the times, tanh to ReLU", 6, "x", "K12 Fig. 1"),
            Quantity("layers of the net", 4, "layers", "K12 Fig. 1"),
        ),
        "A ladder of learning rates for each activation, then passes until the running training error falls "
        "below 25 %, over several seeds.",
        "02_relu", "measured",
    ),
    Claim(
        "C20", "3.1, Fig. 1",
        "How much faster depends on the architecture, but ReLU nets are several times faster in every one.",
        (),
        "Repeat the comparison of C19 on cuda-convnet's nets and look at the smallest ratio.",
        "02_relu", "measured",
    ),
    Claim(
        "C21", "3.1",
        "The rectified tanh of Jarrett et al. helped on Caltech-101 by limiting overfitting, which is "
        "another matter than fitting quickly.",
        (),
        "Add the absolute value of tanh as an arm and report its training speed and its test error.",
        "02_relu", "measured",
    ),
    Claim(
        "C22", "3.1",
        "Experiments with nets this large would not have been feasible with saturating neurons.",
        (),
        "A judgement about 2012 that can be weighed by the ratio of C19 but not tested.",
        "02_relu", "not testable here",
    ),
    Claim(
        "C23", "3.2",
        "One card's memory is too small for the net, so each of two GPUs holds half of the kernels and they "
        "exchange maps only at some layers: layer 3 reads all of layer 2, layer 4 only its own GPU's part of "
        "layer 3.",
        (
            Quantity("memory of one card", 3, "GB", "K12 §3.2"),
            Quantity("graphics cards", 2, "GPUs", "K12 §3.2"),
        ),
        "Two explicit columns and one net with grouped convolutions must give equal outputs and gradients.",
        "03_two_gpus", "exact",
    ),
    Claim(
        "C24", "3.2",
        "The two-GPU net has lower errors than a one-GPU net with half as many kernels in each "
        "convolutional layer.",
        (
            Quantity("change of top-1 error", -1.7, "percentage points", "K12 §3.2"),
            Quantity("change of top-5 error", -1.2, "percentage points", "K12 §3.2"),
        ),
        "Two columns against one column of half the width, with the last convolutional and the dense layers "
        "kept full, on many seeds.",
        "03_two_gpus", "measured",
    ),
    Claim(
        "C25", "3.2, footnote",
        "The one-GPU net keeps its last convolutional and its dense layers at full size, where most "
        "parameters lie, so the comparison leans in its favour.",
        (),
        "Count the parameters of both nets.",
        "03_two_gpus", "exact",
    ),
    Claim(
        "C26", "3.2",
        "Training the two-GPU net takes a little less time than training the one-GPU net.",
        (),
        "Multiply-accumulates for each device are counted, and both nets are timed on one modern device, "
        "where the order may be the other way round.",
        "03_two_gpus", "not testable here",
    ),
    Claim(
        "C26b", "3.2",
        "Which layers should exchange maps is a matter for cross-validation.",
        (),
        "Compare the paper's pattern with no exchange, exchange everywhere and exchange at another layer.",
        "03_two_gpus", "measured",
    ),
    Claim(
        "C27", "3.3",
        "A response is divided by a power of a constant plus the weighted sum of squared responses of "
        "neighbouring maps at the same position.",
        (
            Quantity("k", 2, "no unit", "K12 §3.3"),
            Quantity("n", 5, "maps", "K12 §3.3"),
            Quantity("alpha", 1e-4, "no unit", "K12 §3.3"),
            Quantity("beta", 0.75, "no unit", "K12 §3.3"),
        ),
        "The formula as a plain loop, numbers reckoned by hand and the library's function must agree.",
        "04_local_response_normalisation", "exact",
    ),
    Claim(
        "C27b", "3.3",
        "ReLUs need no normalised inputs to keep them from saturating.",
        (),
        "Train on inputs of several scales and offsets and see which runs learn.",
        "04_local_response_normalisation", "measured",
    ),
    Claim(
        "C28", "3.3",
        "Response normalisation lowers the ImageNet errors.",
        (
            Quantity("change of top-1 error", -1.4, "percentage points", "K12 §3.3"),
            Quantity("change of top-5 error", -1.2, "percentage points", "K12 §3.3"),
        ),
        "The small net with and without normalisation, on inputs of two scales, over many seeds.",
        "04_local_response_normalisation", "measured",
    ),
    Claim(
        "C28b", "3.3",
        "On CIFAR-10 a four-layer net has 13 % test error without normalisation and 11 % with it.",
        (
            Quantity("test error without normalisation", 13, "%", "K12 §3.3"),
            Quantity("test error with normalisation", 11, "%", "K12 §3.3"),
            Quantity("layers of the net", 4, "layers", "K12 §3.3"),
        ),
        "Reproduce both published nets, then take the normalisation out of the second and change nothing "
        "else.",
        "04_local_response_normalisation", "measured",
    ),
    Claim(
        "C28c", "3.3",
        "The scheme normalises brightness and not contrast, for it subtracts no mean, and the order of the "
        "maps is arbitrary and fixed before training.",
        (),
        "Equal responses in all maps must not vanish, as they would if a mean were subtracted, and a net that "
        "normalises its maps in another order must be the same net with its kernels renamed.",
        "04_local_response_normalisation", "exact",
    ),
    Claim(
        "C29", "3.4",
        "Pooling windows of 3 taken every 2 pixels give lower errors than windows of 2, with outputs of "
        "equal size.",
        (
            Quantity("stride", 2, "pixels", "K12 §3.4"),
            Quantity("window that overlaps", 3, "pixels", "K12 §3.4"),
            Quantity("window that does not overlap", 2, "pixels", "K12 §3.4"),
            Quantity("change of top-1 error", -0.4, "percentage points", "K12 §3.4"),
            Quantity("change of top-5 error", -0.3, "percentage points", "K12 §3.4"),
        ),
        "Windows of 3 against windows of 2 in the same net, paired by seed, with enough seeds for an effect "
        "under half a point.",
        "05_overlapping_pooling", "measured",
    ),
    Claim(
        "C30", "3.4",
        "Nets with overlapping pooling are slightly harder to overfit.",
        (),
        "Compare the gap between training and test error along the runs of C29.",
        "05_overlapping_pooling", "measured",
    ),
    Claim(
        "C31", "3.5",
        "The net has eight layers with weights and is trained to raise the mean log-probability of the "
        "right label.",
        (Quantity("layers with weights", 8, "layers", "K12 §3.5"),),
        "Build the net, count its layers and compare its loss with one reckoned by hand.",
        "06_architecture", "exact",
    ),
    Claim(
        "C32", "3.5",
        "Layers 2, 4 and 5 read only their own GPU, layer 3 and the dense layers read both; normalisation "
        "follows layers 1 and 2, max pooling follows both normalisations and layer 5, and ReLU follows "
        "every layer but the last.",
        (),
        "Check shapes, and the zero gradients between columns that do not talk.",
        "06_architecture", "exact",
    ),
    Claim(
        "C33", "3.5",
        "The five convolutional layers have 96, 256, 384, 384 and 256 kernels of the printed sizes, and the "
        "dense layers have 4096 neurons each.",
        (
            Quantity("side of the input", 224, "pixels", "K12 §3.5"),
            Quantity("kernels of layer 1, 11x11x3 at stride 4", 96, "kernels", "K12 §3.5"),
            Quantity("kernels of layer 2, 5x5x48", 256, "kernels", "K12 §3.5"),
            Quantity("kernels of layer 3, 3x3x256", 384, "kernels", "K12 §3.5"),
            Quantity("kernels of layer 4, 3x3x192", 384, "kernels", "K12 §3.5"),
            Quantity("kernels of layer 5, 3x3x192", 256, "kernels", "K12 §3.5"),
            Quantity("neurons of each dense layer", 4096, "neurons", "K12 §3.5"),
        ),
        "Build the net, compare every shape, and reckon with which border 224 pixels give maps of 55.",
        "06_architecture", "exact",
    ),
    Claim(
        "C34", "Fig. 2",
        "The caption of Figure 2 prints the number of inputs and the number of neurons of each layer.",
        (
            Quantity("inputs", 150_528, "values", "K12 Fig. 2"),
            Quantity("neurons of layer 1", 253_440, "neurons", "K12 Fig. 2"),
            Quantity("neurons of layer 2", 186_624, "neurons", "K12 Fig. 2"),
            Quantity("neurons of layer 3", 64_896, "neurons", "K12 Fig. 2"),
            Quantity("neurons of layer 4", 64_896, "neurons", "K12 Fig. 2"),
            Quantity("neurons of layer 5", 43_264, "neurons", "K12 Fig. 2"),
            Quantity("neurons of layer 6", 4096, "neurons", "K12 Fig. 2"),
            Quantity("neurons of layer 7", 4096, "neurons", "K12 Fig. 2"),
            Quantity("neurons of layer 8", 1000, "neurons", "K12 Fig. 2"),
        ),
        "Multiply maps by rows by columns and find the number that does not fit.",
        "06_architecture", "exact",
    ),
)

CLAIMS_SECTIONS_1_TO_3 = ABSTRACT + SECTION_1 + SECTION_2 + SECTION_3
