"""Images that a net's last hidden layer holds for alike, against images alike in their pixels [K12 §6.1, Fig. 4].

Every query asks a gallery of labelled images for its six nearest, by the Euclidean distance between hidden vectors
or between pixels; precision is the share of them that have the query's class. Short binary codes of either are
searched in the same way by their Hamming distance (`binary_codes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.experiments.binary_codes import BITS, autoencoder_codes, hamming_precision_pct, pca_codes
from alexnet_lib.nets.alexnet import AlexNet

__all__ = [
    "NEIGHBOURS", "QUERIES", "Neighbours", "hidden_vectors", "last_hidden", "nearest", "nearest_with_rank",
    "one_of_each", "pixel_vectors", "precision_pct", "ranks", "retrieval_measures",
]

NEIGHBOURS = 6  # for each test image [K12 Fig. 4]

#: Queries that `retrieval_measures` asks, the first of those it is given: all 10,000 test images would take five
#: times as long, and the precision of 2,000 is known to about half a point.
QUERIES = 2_000

#: Queries whose distances to the whole gallery are held at once: 32 MB for 40,000 images.
AT_ONCE = 200

BATCH = 500  # images that the net looks at together


class Neighbours(NamedTuple):
    """``rows`` (Q, k) in the gallery, nearest first; ``rank`` (Q, k) of the same images by other vectors."""

    rows: Tensor
    rank: Tensor


@torch.no_grad()
def hidden_vectors(net: AlexNet, data: ResidentImages, first: int | None = None) -> Tensor:
    """What the last hidden layer says of each image, after its ReLU, in the order of the set.

    Args:
        net: its mode is left as it was; the vectors are taken without dropout.
        data: centre crops are taken of its images.
        first: only of so many images, the first; default all.

    Returns:
        (N, neurons) float32 on the CPU: 256 neurons in the small net, 4,096 in the paper's.
    """
    was_training = net.training
    net.eval()
    found = [last_hidden(net, images).float().cpu() for images in _batches(data, first)]
    net.train(was_training)
    return torch.cat(found)[:first]


def last_hidden(net: AlexNet, images: Tensor) -> Tensor:
    """What fc8 reads: (n, 3, size, size) -> (n, neurons)."""
    vectors = net.features(images).flatten(1)
    for name, layer in net.classifier.named_children():
        if name == "fc8":
            break
        vectors = layer(vectors)
    return vectors


def pixel_vectors(data: ResidentImages, first: int | None = None) -> Tensor:
    """The pixels that a net sees of each image, in one row: (N, 1728) float32 for crops of 24 pixels."""
    return torch.cat([images.flatten(1).cpu() for images in _batches(data, first)])[:first]


def _batches(data: ResidentImages, first: int | None) -> Iterator[Tensor]:
    """Images in stored order, until there are enough of them."""
    batches = -(-(first or len(data)) // BATCH)
    return (images for images, _ in islice(data.in_order(BATCH), batches))


def nearest(queries: Tensor, gallery: Tensor, k: int = NEIGHBOURS) -> Tensor:
    """Rows of the k nearest in the gallery by Euclidean distance, nearest first.

    Args:
        queries: (Q, D).
        gallery: (N, D).
        k: at most N.

    Returns:
        (Q, k) int64.
    """
    return torch.cat([distances.topk(k, largest=False).indices for distances in _blocks(queries, gallery)])


def nearest_with_rank(queries: Tensor, gallery: Tensor, other_queries: Tensor, other_gallery: Tensor,
                      k: int = NEIGHBOURS) -> Neighbours:
    """The k nearest by one kind of vector, and how near they are by another.

    Args:
        queries, gallery: (Q, D) and (N, D), by which the neighbours are chosen.
        other_queries, other_gallery: (Q, E) and (N, E), of the same images.
        k: neighbours of each query.

    Returns:
        `Neighbours`; a rank of 1 means that no image of the gallery is nearer by the other vectors.
    """
    rows = nearest(queries, gallery, k)
    pairs = zip(_blocks(other_queries, other_gallery), rows.split(AT_ONCE), strict=True)
    return Neighbours(rows, torch.cat([ranks(distances, chosen) for distances, chosen in pairs]))


def ranks(distances: Tensor, rows: Tensor) -> Tensor:
    """How near some of the gallery are: 1 + the number of images that are nearer.

    Args:
        distances: (Q, N) of each query to the whole gallery.
        rows: (Q, k) of the gallery.

    Returns:
        (Q, k) int64.
    """
    own = distances.gather(1, rows)  # (Q, k)
    return torch.stack([(distances < one).sum(1) for one in own.split(1, dim=1)], dim=1) + 1


def _blocks(queries: Tensor, gallery: Tensor) -> Iterator[Tensor]:
    """Squared distances, some queries at a time, less the query's own square, which ranks nothing."""
    squares = gallery.square().sum(1)
    for some in queries.split(AT_ONCE):
        yield torch.addmm(squares, some, gallery.T, alpha=-2)  # (queries, N)


def precision_pct(rows: Tensor, query_labels: Tensor, gallery_labels: Tensor) -> float:
    """Share of the neighbours that have their query's class, per cent: (Q, k) rows, (Q,) and (N,) labels."""
    return 100 * float((gallery_labels[rows] == query_labels[:, None]).float().mean())


def one_of_each(labels: np.ndarray, count: int, generator: np.random.Generator) -> list[int]:
    """Places of some images to be shown, drawn by chance: one of each of so many classes, which are drawn too."""
    classes = generator.permutation(np.unique(labels))[:count]
    return [int(generator.choice(np.flatnonzero(labels == one))) for one in classes]


def retrieval_measures(net: AlexNet, gallery: ResidentImages, queries: ResidentImages, seed: int) -> dict:
    """All that chapter 12 asks of one net.

    Args:
        net: trained.
        gallery: training images, which are searched.
        queries: test images, of which the same is subtracted; the first `QUERIES` are asked.
        seed: of the auto-encoders.

    Returns:
        Plain numbers: ``gallery`` and ``queries``, how many; ``precision_at_6_vectors_pct`` and
        ``precision_at_6_pixels_pct``; ``median_pixel_rank`` of the neighbours by vector, in images, and
        ``median_pixel_rank_pct`` of the gallery; ``codes``: method -> bits, as text -> precision at 6, per cent.
    """
    labels = gallery.labels.cpu()
    asked = queries.labels[:QUERIES].cpu()
    kinds = {
        "vectors": (hidden_vectors(net, gallery), hidden_vectors(net, queries, QUERIES)),
        "pixels": (pixel_vectors(gallery), pixel_vectors(queries, QUERIES)),
    }
    (vectors, asked_vectors), (pixels, asked_pixels) = kinds.values()
    found = nearest_with_rank(asked_vectors, vectors, asked_pixels, pixels)
    rank = float(found.rank.double().median())
    measures = {
        "gallery": len(labels),
        "queries": len(asked),
        "precision_at_6_vectors_pct": precision_pct(found.rows, asked, labels),
        "precision_at_6_pixels_pct": precision_pct(nearest(asked_pixels, pixels), asked, labels),
        "median_pixel_rank": rank,
        "median_pixel_rank_pct": 100 * rank / len(labels),
        "codes": {},
    }
    for kind, (stored, given) in kinds.items():
        for method, encode in (("autoencoder", autoencoder_codes), ("pca", pca_codes)):
            measures["codes"][f"{method}-{kind}"] = {
                str(bits): hamming_precision_pct(*codes, asked, labels, NEIGHBOURS)
                for bits, codes in encode(stored, given, BITS, seed)}
    return measures
