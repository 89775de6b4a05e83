"""How fast the small nets train here, each as a ratio to a named peer in the same run.

    python benchmarks/training_step.py [--quick]

The paper's update rule against ``torch.optim.SGD``, and our loop (resident uint8 images, channels-last memory) against
the loop of a tutorial (DataLoader with torchvision's ToTensor and Normalize), both with the allocator's default.
"""

from __future__ import annotations

import torch
from common import command_line, compare

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.nets.cifar import CifarNetConfig, build_cifar_net
from alexnet_lib.training.device import choose_device
from alexnet_lib.training.loop import TrainConfig, train
from alexnet_lib.training.sgd import PaperSGD

REPEATS = 7
IMAGES = 2560


def optimisers(device: torch.device, repeats: int) -> dict:
    def stepper(optimiser_class):
        net = build_cifar_net(CifarNetConfig()).to(device)
        for p in net.parameters():
            p.grad = torch.randn_like(p)
        return optimiser_class(net.parameters(), lr=1e-6, momentum=0.9, weight_decay=0.0005).step

    return compare("update: PaperSGD", stepper(PaperSGD), "torch.optim.SGD", stepper(torch.optim.SGD), device, repeats)


def loops(device: torch.device, repeats: int) -> dict:
    from torchvision import transforms

    images, labels = (part[:IMAGES] for part in cifar10.load("train"))
    data = ResidentImages(images, labels, normalisation(images, "standardised"), device)

    def ours() -> None:
        generator = torch.Generator().manual_seed(0)
        net = build_cifar_net(CifarNetConfig(initialisation="lecun"), generator)
        train(net, data, TrainConfig(lr=0.01, max_passes=1), generator)

    standardise = transforms.Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))
    transform = transforms.Compose([transforms.ToTensor(), standardise])
    pairs = [(image.copy(), int(label)) for image, label in zip(images, labels, strict=True)]

    class Pairs(torch.utils.data.Dataset):
        def __len__(self):
            return len(pairs)

        def __getitem__(self, index):
            return transform(pairs[index][0]), pairs[index][1]

    def tutorial() -> None:
        net = build_cifar_net(CifarNetConfig(initialisation="lecun")).to(device)
        optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
        running = 0.0
        for x, y in torch.utils.data.DataLoader(Pairs(), batch_size=128, shuffle=True):
            loss = torch.nn.functional.cross_entropy(net(x.to(device)), y.to(device))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            running += loss.item()

    return compare("one pass: our loop", ours, "tutorial loop", tutorial, device, repeats, IMAGES)


def measure(quick: bool) -> list[dict]:
    """One row for the update, one for the loop."""
    device = choose_device()
    return [optimisers(device, REPEATS), loops(device, 3 if quick else REPEATS)]


if __name__ == "__main__":
    command_line(measure, __doc__)
