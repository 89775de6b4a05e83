"""Short binary codes of vectors, and search by Hamming distance, as the paper proposes [K12 §6.1].

Two ways to a code, both learned on the gallery without labels:

- an auto-encoder with a narrow middle layer of sigmoids. While it learns, Gaussian noise is added before the
  sigmoids, so that only values near 0 or 1 carry anything through; a bit is then one sigmoid's side of 1/2
  [Salakhutdinov and Hinton 2009];
- the signs of the first principal components, for comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

__all__ = ["BITS", "autoencoder_codes", "hamming_precision_pct", "learn_autoencoder", "pca_codes"]

BITS = (8, 16, 32, 64, 128)  # lengths of a code

HIDDEN = 128  # neurons between input and code, and between code and output
NOISE = 1.0  # standard deviation before the sigmoids, while learning
PASSES = 4  # ten move the precision at 6 of 32-bit codes by less than a point, on validation images
BATCH = 200
LR = 1e-3

#: Queries compared with the whole gallery at once: 80 MB for 40,000 images.
AT_ONCE = 500


def learn_autoencoder(vectors: Tensor, bits: int, seed: int) -> nn.Module:
    """Train an auto-encoder on vectors; returns its encoder, whose outputs' signs are the bits.

    Args:
        vectors: (N, D), of about zero mean and one scale.
        bits: width of the middle layer.
        seed: of weights, order and noise.

    Returns:
        (n, D) -> (n, bits), before the sigmoid.
    """
    generator = torch.Generator().manual_seed(seed)
    width = vectors.shape[1]
    encoder = nn.Sequential(_linear(width, HIDDEN, generator), nn.ReLU(), _linear(HIDDEN, bits, generator))
    decoder = nn.Sequential(_linear(bits, HIDDEN, generator), nn.ReLU(), _linear(HIDDEN, width, generator))
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=LR)
    for _ in range(PASSES):
        for rows in torch.randperm(len(vectors), generator=generator).split(BATCH):
            given = vectors[rows]  # (batch, D)
            middle = encoder(given)
            middle = middle + NOISE * torch.randn(middle.shape, generator=generator)
            loss = (decoder(middle.sigmoid()) - given).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return encoder


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs)  # torch's own first weights would not be seeded
    nn.init.xavier_uniform_(layer.weight, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer


def autoencoder_codes(gallery: Tensor, queries: Tensor, bits: Sequence[int], seed: int
                      ) -> Iterator[tuple[int, tuple[Tensor, Tensor]]]:
    """Codes by an auto-encoder of each length, learned on the gallery.

    Args:
        gallery, queries: (N, D) and (Q, D), on any scale.
        bits: lengths.
        seed: of the auto-encoders.

    Yields:
        (bits, (codes of the queries, codes of the gallery)), of -1 and 1 in float32: (Q, bits) and (N, bits).
    """
    mean, scale = gallery.mean(0), gallery.std()
    gallery, queries = ((vectors - mean) / scale for vectors in (gallery, queries))
    for length in bits:
        encoder = learn_autoencoder(gallery, length, seed)
        with torch.no_grad():
            yield length, (_signs(encoder(queries)), _signs(encoder(gallery)))


def pca_codes(gallery: Tensor, queries: Tensor, bits: Sequence[int], seed: int = 0
              ) -> Iterator[tuple[int, tuple[Tensor, Tensor]]]:
    """Codes by the signs of the gallery's first principal components; as `autoencoder_codes`, but without chance."""
    mean = gallery.mean(0)
    gallery, queries = gallery - mean, queries - mean
    directions = torch.linalg.eigh(gallery.T @ gallery)[1].flip(1)[:, : max(bits)]  # (D, bits), largest first
    gallery, queries = gallery @ directions, queries @ directions
    for length in bits:
        yield length, (_signs(queries[:, :length]), _signs(gallery[:, :length]))


def _signs(values: Tensor) -> Tensor:
    return (values > 0).float() * 2 - 1


def hamming_precision_pct(queries: Tensor, gallery: Tensor, query_labels: Tensor, gallery_labels: Tensor, k: int
                          ) -> float:
    """Share of right classes among the k nearest by Hamming distance, per cent; ties count at their expectation.

    Short codes leave many images at one distance. Which of those that tie for the last places are taken is then
    arbitrary, so that each counts for as much as it would on average over all orders.

    Args:
        queries, gallery: (Q, bits) and (N, bits), of -1 and 1.
        query_labels, gallery_labels: (Q,) and (N,) int64.
        k: places, at most N.
    """
    classes = int(max(query_labels.max(), gallery_labels.max())) + 1
    one_hot = nn.functional.one_hot(gallery_labels, classes).float()  # (N, classes)
    right = 0.0
    for some, labels in zip(queries.split(AT_ONCE), query_labels.split(AT_ONCE), strict=True):
        agreement = some @ gallery.T  # (queries, N): bits that agree minus bits that do not, whole numbers
        last = agreement.topk(k).values[:, -1:]
        nearer, tied = ((mask.float() @ one_hot).double() for mask in (agreement > last, agreement == last))
        places = k - nearer.sum(1)  # left for those that tie
        own = labels[:, None]
        right += float((nearer.gather(1, own)[:, 0] + places * tied.gather(1, own)[:, 0] / tied.sum(1)).sum())
    return 100 * right / (k * len(queries))
