"""The training loop: what it measures, when it stops, and that the same seed gives the same bits."""

import math

import numpy as np
import pytest
import torch

from alexnet_lib.data import cifar10
from alexnet_lib.data.batches import ResidentImages
from alexnet_lib.data.statistics import normalisation
from alexnet_lib.nets.cifar import CifarNetConfig, build_cifar_net
from alexnet_lib.training import loop
from alexnet_lib.training.device import choose_device
from alexnet_lib.training.loop import History, TrainConfig, error_pct, images_to_target, train


@pytest.fixture(scope="module")
def data():
    images, labels = (part[:512] for part in cifar10.load("train"))
    return ResidentImages(images, labels, normalisation(images, "standardised"))


def fresh(seed=0, activation="relu"):
    generator = torch.Generator().manual_seed(seed)
    return build_cifar_net(CifarNetConfig(activation=activation, initialisation="lecun"), generator), generator


# --- batches ---------------------------------------------------------------------------------------


def test_a_pass_shows_every_image_once(data):
    seen = torch.cat([labels for _, labels in data.shuffled(100, torch.Generator().manual_seed(0))])
    assert len(seen) == 512
    assert torch.equal(seen.bincount(minlength=10), data.labels.bincount(minlength=10))


def test_a_batch_is_the_images_minus_the_mean_image_in_channel_order():
    images, labels = (part[:64] for part in cifar10.load("train"))
    batch, _ = ResidentImages(images, labels, normalisation(images, "raw")).batch(torch.tensor([5, 3]))
    wanted = (images[[5, 3]].astype(np.float64) - images.mean(0)).transpose(0, 3, 1, 2)
    assert batch.shape == (2, 3, 32, 32)
    assert batch.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(batch.numpy(), wanted, atol=1e-4)


@pytest.mark.parametrize("images, labels, message", [
    (np.zeros((4, 3, 32, 32), np.uint8), np.zeros(4), r"\(N, H, W, 3\)"),
    (np.zeros((4, 32, 32, 3), np.float32), np.zeros(4), "uint8"),
    (np.zeros((4, 32, 32, 3), np.uint8), np.zeros(3), "4 images do not go with 3 labels"),
])
def test_wrong_images_are_refused_with_their_shape(images, labels, message):
    scale = normalisation(np.zeros((2, 32, 32, 3), np.uint8), "raw")
    with pytest.raises(ValueError, match=message):
        ResidentImages(images, labels, scale)


# --- behaviour -------------------------------------------------------------------------------------


def test_library_loop_equals_the_plain_loop(data):
    """Two passes written out with nothing but torch give the same weights."""
    net, generator = fresh()
    history = train(net, data, TrainConfig(lr=0.01, max_passes=2), generator)

    plain, generator = fresh()
    plain.to(memory_format=torch.channels_last)
    velocity = [torch.zeros_like(p) for p in plain.parameters()]
    wrong = 0
    for _ in range(2):
        for rows in torch.randperm(512, generator=generator).split(128):
            x, y = data.batch(rows)
            logits = plain(x)
            wrong += int((logits.argmax(1) != y).sum())
            gradients = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, y), list(plain.parameters()))
            with torch.no_grad():
                for w, v, g in zip(plain.parameters(), velocity, gradients, strict=True):
                    v.mul_(0.9).sub_(0.01 * g)
                    w.add_(v)
    for a, b in zip(net.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)
    assert sum(e * 512 / 100 for e in history.error_pct) == pytest.approx(wrong)


def test_same_seed_same_bits(data):
    runs = []
    for _ in range(2):
        net, generator = fresh(7)
        history = train(net, data, TrainConfig(lr=0.01, max_passes=2), generator)
        runs.append((history.loss, history.error_pct, [p.detach().clone() for p in net.parameters()]))
    assert runs[0][:2] == runs[1][:2]
    assert all(torch.equal(a, b) for a, b in zip(runs[0][2], runs[1][2], strict=True))


def test_another_seed_gives_another_run(data):
    losses = [train(net, data, TrainConfig(max_passes=1), g).loss for net, g in (fresh(0), fresh(1))]
    assert losses[0] != losses[1]


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_overfits_one_batch(activation):
    images, labels = (part[:64] for part in cifar10.load("train"))
    small = ResidentImages(images, labels, normalisation(images, "standardised"))
    net, generator = fresh(0, activation)
    history = train(net, small, TrainConfig(lr=0.01, max_passes=150, target_error_pct=1), generator)
    assert history.stopped == "target"
    assert error_pct(net, small) < 5


def test_training_does_not_touch_the_global_random_state(data):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    net, generator = fresh()
    train(net, data, TrainConfig(max_passes=1), generator)
    assert torch.equal(torch.get_rng_state(), before)


def test_stops_at_max_passes_even_within_a_pass(data):
    net, generator = fresh()
    history = train(net, data, TrainConfig(max_passes=1.5), generator)
    assert history.images[-1] == 768 and history.passes[-1] == 1.5 and history.stopped == "finished"


def test_stops_at_the_target(data):
    net, generator = fresh()
    history = train(net, data, TrainConfig(lr=0.02, max_passes=50, target_error_pct=60), generator)
    assert history.stopped == "target"
    assert history.trailing_error_pct[-1] <= 60 < history.trailing_error_pct[-2]


def test_divergence_is_called_so(data):
    net, generator = fresh()
    history = train(net, data, TrainConfig(lr=1e6, max_passes=50), generator)
    assert history.stopped == "diverged" and history.passes[-1] < 50


def test_ctrl_c_keeps_what_was_measured(data):
    net, generator = fresh()

    def interrupt(history):
        if len(history.images) == 3:
            raise KeyboardInterrupt

    history = train(net, data, TrainConfig(max_passes=50), generator, on_entry=interrupt)
    assert history.stopped == "interrupted"
    assert len(history.images) == len(history.loss) == len(history.time_s) == 3


def test_evaluation_leaves_mode_and_weights_alone(data):
    net, _ = fresh()
    before = [p.detach().clone() for p in net.parameters()]
    for mode in (True, False):
        net.train(mode)
        error_pct(net, data)
        assert net.training is mode
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_error_pct_counts_wrong_answers(data):
    class Constant(torch.nn.Module):
        def forward(self, x):
            return torch.eye(10)[torch.full((len(x),), 3)]

    wanted = 100 * (data.labels != 3).float().mean().item()
    assert error_pct(Constant(), data, batch_size=100) == pytest.approx(wanted)


# --- history ---------------------------------------------------------------------------------------


def history_of(errors, images_each=2000, training_images=40_000):
    history = History(training_images)
    for error in errors:
        history.add(images_each, 1.0, error / 100 * images_each, 0.0)
    return history


def test_trailing_error_is_the_mean_of_the_last_10000_images():
    history = history_of([90, 80, 70, 60, 50, 40])
    assert history.trailing_error_pct == pytest.approx([90, 85, 80, 75, 70, 60])


def test_trailing_window_is_one_pass_for_a_small_set():
    history = history_of([90, 70, 50], training_images=4000)
    assert history.trailing_error_pct == pytest.approx([90, 80, 60])


def test_time_to_target_is_interpolated():
    # trailing errors 30 and 20 at 10,000 and 12,000 images: 25 is half way
    history = History(40_000, images=[10_000, 12_000], trailing_error_pct=[30.0, 20.0])
    assert images_to_target(history, 25) == pytest.approx(11_000)


def test_a_target_never_reached_is_none():
    assert images_to_target(history_of([90] * 8), 25) is None


def test_a_window_that_is_not_full_does_not_count():
    # 4,000 lucky images are not 10,000
    assert images_to_target(History(40_000, images=[4_000], trailing_error_pct=[10.0]), 25) is None


@pytest.mark.parametrize("setting", [{"batch_size": 0}, {"max_passes": 0}, {"target_error_pct": 120}])
def test_a_setting_out_of_range_is_named(setting):
    name, value = next(iter(setting.items()))
    with pytest.raises(ValueError, match=f"{name} must .*{value}"):
        TrainConfig(**setting)


# --- device ----------------------------------------------------------------------------------------


def test_a_device_that_is_not_here_is_named():
    with pytest.raises(ValueError, match="'tpu' is not here: this machine has .*cpu"):
        choose_device("tpu")


def test_auto_prefers_cuda_then_mps_then_cpu(monkeypatch):
    found = []
    for cuda, mps in ((True, True), (False, True), (False, False)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda mps=mps: mps)
        found.append(choose_device().type)
    assert found == ["cuda", "mps", "cpu"]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_gpu_and_cpu_start_on_the_same_path():
    images, labels = (part[:512] for part in cifar10.load("train"))
    scale = normalisation(images, "standardised")
    losses = []
    for device in ("cpu", "cuda"):
        net, generator = fresh()
        data = ResidentImages(images, labels, scale, device)
        losses.append(train(net, data, TrainConfig(max_passes=1), generator).loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)


def test_the_window_is_cuda_convnets_unit():
    assert loop.WINDOW_IMAGES == 10_000 and math.isclose(loop.LOG_EVERY_IMAGES * 5, loop.WINDOW_IMAGES)
