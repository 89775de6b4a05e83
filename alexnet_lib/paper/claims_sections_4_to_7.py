"""The claims of sections 4 to 7 of the paper [K12], C35 to C75, as data.

Statements are paraphrases. Numbers are the paper's own, each with the place where it is printed.
"""

from __future__ import annotations

from .types import Claim, Quantity

__all__ = ["CLAIMS_SECTIONS_4_TO_7"]

SECTION_4 = (
    Claim(
        "C35", "4",
        "A label out of 1000 constrains the net by about 10 bits, which over all images is too little for 60 "
        "million parameters.",
        (
            Quantity("information in one label, about", 10, "bits", "K12 §4"),
            Quantity("parameters", 60_000_000, "parameters", "K12 §4"),
        ),
        "Reckon the logarithm, and the bits that the labels of ILSVRC and of CIFAR-10 hold together.",
        "07_data_augmentation", "exact",
    ),
    Claim(
        "C36", "4.1",
        "The altered images are made on the CPU while the GPU trains on the batch before, so they cost no "
        "time.",
        (),
        "Time the loader and the training step apart and together.",
        "07_data_augmentation", "measured",
    ),
    Claim(
        "C37", "4.1",
        "Random patches of 224 pixels out of images of 256, with their mirror images, multiply the training "
        "set by 2048.",
        (
            Quantity("factor", 2048, "x", "K12 §4.1"),
            Quantity("side of the patch", 224, "pixels", "K12 §4.1"),
            Quantity("side of the image", 256, "pixels", "K12 §4.1"),
        ),
        "Count the distinct patches: with both end positions there are 33 offsets each way and not 32.",
        "07_data_augmentation", "exact",
    ),
    Claim(
        "C38", "4.1",
        "Without patches and mirror images the net overfits badly and would have to be much smaller.",
        (),
        "With and without crops and flips, at full and at half width.",
        "07_data_augmentation", "measured",
    ),
    Claim(
        "C39", "4.1",
        "At test time the outputs for ten patches are averaged: the four corners, the centre and their "
        "mirror images.",
        (Quantity("patches", 10, "views", "K12 §4.1"),),
        "Compare the ten views of an image of numbered pixels with the positions written out.",
        "07_data_augmentation", "exact",
    ),
    Claim(
        "C39b", "6, footnote",
        "With one patch instead of ten the errors on ILSVRC-2010 are higher.",
        (
            Quantity("top-1 error with one patch", 39.0, "%", "K12 §6"),
            Quantity("top-5 error with one patch", 18.3, "%", "K12 §6"),
            Quantity("top-1 error with ten patches", 37.5, "%", "K12 §6"),
            Quantity("top-5 error with ten patches", 17.0, "%", "K12 §6"),
        ),
        "One view against ten views of the same trained nets on CIFAR-10.",
        "07_data_augmentation", "measured",
    ),
    Claim(
        "C40", "4.1",
        "The colours of a whole image are shifted along the principal components of the training pixels, by "
        "each eigenvalue times a random number that is drawn anew at every use of the image.",
        (Quantity("standard deviation of the random numbers", 0.1, "no unit", "K12 §4.1"),),
        "Compare the mean and the covariance of the shifts with the formula, for eigenvalues and for their "
        "square roots.",
        "07_data_augmentation", "exact",
    ),
    Claim(
        "C41", "4.1",
        "The colour shifts lower the top-1 error by more than one point.",
        (Quantity("fall of top-1 error, more than", 1, "percentage points", "K12 §4.1"),),
        "Colour shifts off and on at several strengths, over many seeds.",
        "07_data_augmentation", "measured",
    ),
    Claim(
        "C42", "4.1",
        "What an object is does not depend on the strength or the colour of the light, and the shifts teach "
        "this.",
        (),
        "Relight the test images and count the predictions that change, with and without such training.",
        "07_data_augmentation", "measured",
    ),
    Claim(
        "C43", "4.2",
        "Dropout silences each hidden neuron with probability one half in training and halves all outputs in "
        "testing, which comes near the geometric mean of a very large number of nets.",
        (
            Quantity("probability of silence", 0.5, "no unit", "K12 §4.2"),
            Quantity("factor on outputs at test time", 0.5, "x", "K12 §4.2"),
        ),
        "Compare halved outputs with the geometric mean over many sampled masks, on nets of one and more "
        "layers.",
        "08_dropout", "exact",
    ),
    Claim(
        "C44", "4.2",
        "Dropout acts in the first two dense layers, and without it the net overfits substantially.",
        (Quantity("layers with dropout", 2, "layers", "K12 §4.2"),),
        "A small net with two dense layers, with and without dropout, compared by the gap between training "
        "and test error.",
        "08_dropout", "measured",
    ),
    Claim(
        "C45", "4.2",
        "Dropout roughly doubles the iterations needed to converge.",
        (Quantity("ratio of iterations, about", 2, "x", "K12 §4.2"),),
        "Passes until a fixed training loss and until the validation error stalls, with and without dropout.",
        "08_dropout", "measured",
    ),
    Claim(
        "C46", "4.2",
        "Averaging many large nets is normally too dear, while dropout costs only about twice the training.",
        (Quantity("ratio of training cost, about", 2, "x", "K12 §4.2"),),
        "Time to the same plateau with dropout, beside the time of training an ensemble.",
        "08_dropout", "measured",
    ),
)

SECTION_5 = (
    Claim(
        "C47", "5",
        "Training is stochastic gradient descent on batches of 128 with momentum and a small weight decay.",
        (
            Quantity("batch", 128, "images", "K12 §5"),
            Quantity("momentum", 0.9, "no unit", "K12 §5"),
            Quantity("weight decay", 0.0005, "no unit", "K12 §5"),
        ),
        "Compare the defaults of the paper's training rule with these numbers.",
        "09_details_of_learning", "exact",
    ),
    Claim(
        "C48", "5",
        "The weight decay is needed for learning and not only for generalising: it lowers the training "
        "error.",
        (),
        "Training error at four strengths of decay from none to ten times the paper's, with the paper's "
        "weights at the start.",
        "09_details_of_learning", "measured",
    ),
    Claim(
        "C49", "5",
        "The velocity is 0.9 of its last value, less 0.0005 of the weight and less the mean gradient, both "
        "times the learning rate, and it is added to the weight.",
        (
            Quantity("momentum", 0.9, "no unit", "K12 §5"),
            Quantity("weight decay", 0.0005, "no unit", "K12 §5"),
        ),
        "Follow the rule by hand for some steps, and compare with PyTorch's before and after a change of "
        "rate.",
        "09_details_of_learning", "exact",
    ),
    Claim(
        "C50", "5",
        "All weights start as draws from a normal distribution with mean 0 and one standard deviation.",
        (Quantity("standard deviation", 0.01, "no unit", "K12 §5"),),
        "Compare the moments of the initial weights with it, and sweep the standard deviation beside it.",
        "09_details_of_learning", "exact",
    ),
    Claim(
        "C51", "5",
        "Biases start at 1 in layers 2, 4 and 5 and in the hidden dense layers, and at 0 elsewhere, which "
        "speeds up the first stages of learning because the ReLUs get positive inputs.",
        (
            Quantity("bias of layers 2, 4, 5, 6 and 7", 1, "no unit", "K12 §5"),
            Quantity("bias of the other layers", 0, "no unit", "K12 §5"),
        ),
        "Biases of 0, 0.1 and 1: training error over the first passes and the share of neurons that never "
        "fire.",
        "09_details_of_learning", "measured",
    ),
    Claim(
        "C52", "5",
        "All layers share one learning rate, which starts at 0.01 and was divided by ten, three times in "
        "all, when the validation error stopped falling.",
        (
            Quantity("first learning rate", 0.01, "no unit", "K12 §5"),
            Quantity("divisor", 10, "x", "K12 §5"),
            Quantity("reductions", 3, "no unit", "K12 §5"),
        ),
        "Feed the schedule a made-up course of validation errors and compare the rates it gives.",
        "09_details_of_learning", "exact",
    ),
    Claim(
        "C53", "5",
        "About 90 passes over the 1.2 million images took five to six days on two GTX 580 cards.",
        (
            Quantity("passes, about", 90, "passes", "K12 §5"),
            Quantity("training images", 1_200_000, "images", "K12 §5"),
            Quantity("training time, at least", 5, "days", "K12 §5"),
            Quantity("training time, at most", 6, "days", "K12 §5"),
        ),
        "The rate of arithmetic that the numbers imply is set beside the rate measured here.",
        "09_details_of_learning", "not testable here",
    ),
)

SECTION_6 = (
    Claim(
        "C54", "6, Table 1",
        "On ILSVRC-2010 the best contest entry averaged six sparse-coding models.",
        (
            Quantity("top-1 error", 47.1, "%", "K12 Table 1"),
            Quantity("top-5 error", 28.2, "%", "K12 Table 1"),
            Quantity("models averaged", 6, "models", "K12 §6"),
        ),
        "Other people's result, quoted for comparison.",
        "10_results", "context",
    ),
    Claim(
        "C55", "6, Table 1",
        "Since then the best published result on ILSVRC-2010 averaged two classifiers on Fisher vectors.",
        (
            Quantity("top-1 error", 45.7, "%", "K12 Table 1"),
            Quantity("top-5 error", 25.7, "%", "K12 Table 1"),
            Quantity("classifiers averaged", 2, "models", "K12 §6"),
        ),
        "Other people's result, quoted for comparison.",
        "10_results", "context",
    ),
    Claim(
        "C56", "6, Table 1",
        "The net has the lowest errors of Table 1.",
        (
            Quantity("top-1 error", 37.5, "%", "K12 Table 1"),
            Quantity("top-5 error", 17.0, "%", "K12 Table 1"),
        ),
        "Needs ILSVRC; errors of later re-implementations are shown beside it.",
        "10_results", "not testable here",
    ),
    Claim(
        "C57", "6, Table 2",
        "The second entry of ILSVRC-2012 averages classifiers on Fisher vectors.",
        (Quantity("test top-5 error", 26.2, "%", "K12 Table 2"),),
        "Other people's result, quoted for comparison.",
        "10_results", "context",
    ),
    Claim(
        "C58", "6, Table 2",
        "A single net gets the ILSVRC-2012 validation images wrong at the rates of the second row of Table "
        "2.",
        (
            Quantity("validation top-1 error", 40.7, "%", "K12 Table 2"),
            Quantity("validation top-5 error", 18.2, "%", "K12 Table 2"),
        ),
        "Needs ILSVRC; errors of later re-implementations are shown beside it, with their number of views.",
        "10_results", "not testable here",
    ),
    Claim(
        "C59", "6, Table 2",
        "Five nets averaged have lower errors on ILSVRC-2012 than one.",
        (
            Quantity("validation top-1 error", 38.1, "%", "K12 Table 2"),
            Quantity("validation top-5 error", 16.4, "%", "K12 Table 2"),
            Quantity("test top-5 error", 16.4, "%", "K12 Table 2"),
            Quantity("nets averaged", 5, "nets", "K12 Table 2"),
        ),
        "Needs ILSVRC; what averaging five nets adds is measured under C62.",
        "10_results", "not testable here",
    ),
    Claim(
        "C60", "6, Table 2",
        "One net that was pre-trained on the whole ImageNet release of autumn 2011 comes close to five that "
        "were not.",
        (
            Quantity("validation top-1 error", 39.0, "%", "K12 Table 2"),
            Quantity("validation top-5 error", 16.6, "%", "K12 Table 2"),
        ),
        "Needs all of ImageNet.",
        "10_results", "not testable here",
    ),
    Claim(
        "C61", "6, Table 2",
        "Seven nets averaged, two of them pre-trained, have the lowest errors of Table 2.",
        (
            Quantity("validation top-1 error", 36.7, "%", "K12 Table 2"),
            Quantity("validation top-5 error", 15.4, "%", "K12 Table 2"),
            Quantity("test top-5 error", 15.3, "%", "K12 Table 2"),
            Quantity("nets averaged", 7, "nets", "K12 Table 2"),
        ),
        "Needs all of ImageNet.",
        "10_results", "not testable here",
    ),
    Claim(
        "C62", "6",
        "Averaging five nets of the same kind lowers the error of one.",
        (
            Quantity("top-5 error of one net", 18.2, "%", "K12 §6"),
            Quantity("top-5 error of five nets", 16.4, "%", "K12 §6"),
            Quantity("top-1 error of one net", 40.7, "%", "K12 Table 2"),
            Quantity("top-1 error of five nets", 38.1, "%", "K12 Table 2"),
            Quantity("nets averaged", 5, "nets", "K12 §6"),
        ),
        "Average the softmax outputs of five seeds of one small net.",
        "10_results", "measured",
    ),
    Claim(
        "C63", "6",
        "A net with a sixth convolutional layer, pre-trained on the 15 million images of the autumn 2011 "
        "release and then fine-tuned, beats the net trained on ILSVRC alone.",
        (
            Quantity("top-5 error", 16.6, "%", "K12 §6"),
            Quantity("top-1 error", 39.0, "%", "K12 Table 2"),
            Quantity("images for pre-training", 15_000_000, "images", "K12 §6"),
            Quantity("categories for pre-training", 22_000, "categories", "K12 §6"),
        ),
        "Only an analogue is in reach: pre-train on CIFAR-100 and fine-tune on part of CIFAR-10.",
        "10_results", "not testable here",
    ),
    Claim(
        "C64", "6",
        "Two pre-trained nets averaged with the five others give the winning error.",
        (
            Quantity("test top-5 error", 15.3, "%", "K12 §6"),
            Quantity("pre-trained nets", 2, "nets", "K12 §6"),
            Quantity("other nets", 5, "nets", "K12 §6"),
        ),
        "Needs all of ImageNet.",
        "10_results", "not testable here",
    ),
    Claim(
        "C65", "6",
        "Validation and test errors differ by no more than a tenth of a point in the authors' experience.",
        (Quantity("difference, at most", 0.1, "percentage points", "K12 §6"),),
        "Compare validation and test errors of the same nets on CIFAR-10 with the difference that sampling "
        "alone would give.",
        "10_results", "measured",
    ),
    Claim(
        "C66", "6",
        "On the ImageNet release of autumn 2009, half for training and half for testing, a net with a sixth "
        "convolutional layer beats the best published errors.",
        (
            Quantity("top-1 error", 67.4, "%", "K12 §6"),
            Quantity("top-5 error", 40.9, "%", "K12 §6"),
            Quantity("best published top-1 error", 78.1, "%", "K12 §6"),
            Quantity("best published top-5 error", 60.9, "%", "K12 §6"),
            Quantity("categories", 10_184, "categories", "K12 §6"),
            Quantity("images", 8_900_000, "images", "K12 §6"),
        ),
        "Needs all of ImageNet.",
        "10_results", "not testable here",
    ),
    Claim(
        "C67", "6.1, Fig. 3",
        "The kernels of the first layer come to respond to certain frequencies and directions, or are blobs "
        "of colour.",
        (
            Quantity("kernels shown", 96, "kernels", "K12 Fig. 3"),
            Quantity("kernels on each GPU", 48, "kernels", "K12 Fig. 3"),
        ),
        "Show the kernels of trained nets and measure how selective for direction and for colour each one "
        "is.",
        "11_learned_kernels", "measured",
    ),
    Claim(
        "C68", "6.1, Fig. 3",
        "On every run, whatever the starting weights, the kernels of one GPU mostly ignore colour and those "
        "of the other mostly respond to it.",
        (),
        "A colour index for each kernel over five and more seeds of the two-column net, a permutation test, "
        "and a one-column net cut in two as control.",
        "11_learned_kernels", "measured",
    ),
    Claim(
        "C69", "6.1, Fig. 4",
        "The five most probable labels mostly make sense, also for an object off the centre, and where they "
        "fail the photograph is ambiguous.",
        (
            Quantity("images shown", 8, "images", "K12 Fig. 4"),
            Quantity("labels for each", 5, "classes", "K12 Fig. 4"),
        ),
        "A panel of the most probable labels on CIFAR-10, with the share of mistakes that stay within "
        "animals or within vehicles.",
        "12_what_it_sees", "measured",
    ),
    Claim(
        "C70", "6.1, Fig. 4",
        "Training images whose vectors in the last hidden layer are nearest to a test image's show the same "
        "kind of object, though they are far from it pixel by pixel.",
        (
            Quantity("test images shown", 5, "images", "K12 Fig. 4"),
            Quantity("training images for each", 6, "images", "K12 Fig. 4"),
            Quantity("length of the vector", 4096, "values", "K12 Fig. 4"),
        ),
        "The share of the six nearest images with the right class, by hidden vectors and by pixels, and the "
        "rank in pixels of the neighbours by vector.",
        "12_what_it_sees", "measured",
    ),
    Claim(
        "C71", "6.1",
        "Short binary codes learned from these vectors would make retrieval cheap, and better than codes "
        "learned from pixels.",
        (),
        "Binary codes from hidden vectors and from pixels, compared by the share of right classes retrieved.",
        "12_what_it_sees", "measured",
    ),
)

SECTION_7 = (
    Claim(
        "C72", "7",
        "Taking out any one middle layer costs about two points of top-1 error, so depth is important.",
        (Quantity("rise of top-1 error, about", 2, "percentage points", "K12 §7"),),
        "Take out each middle layer in turn, once as it is and once with its parameters given to the others.",
        "13_depth", "measured",
    ),
    Claim(
        "C73", "7",
        "No unsupervised pre-training was used, although the authors expect that it would help.",
        (),
        "Two tasks without labels go before training on 1, 10 and 100 % of the labels, against training from scratch "
        "that shows as many images.",
        "13_depth", "measured",
    ),
    Claim(
        "C74", "7",
        "Results got better as the net grew and was trained longer, and remain far from what the brain's "
        "visual pathway does.",
        (),
        "Decided by the scaling curves of C12; the comparison with the brain is not tested.",
        "13_depth", "measured", ("C12",),
    ),
    Claim(
        "C75", "7",
        "The authors hope to use very large nets on video, where motion tells what single images do not.",
        (),
        "A plan and no result; nothing to test.",
        "13_depth", "context",
    ),
)

CLAIMS_SECTIONS_4_TO_7 = SECTION_4 + SECTION_5 + SECTION_6 + SECTION_7
