"""Answers to ps1-paper-step."""

import torch

from alexnet_lib.training.sgd import PaperSGD


def right_by_librarys_optimiser(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    w = torch.nn.Parameter(weight.clone())
    optimiser = PaperSGD([w], lr, momentum, weight_decay)
    w.grad, optimiser.state[w]["velocity"] = gradient, velocity.clone()
    optimiser.step()
    return w.detach(), optimiser.state[w]["velocity"]


def right_by_torchs_optimiser(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    w = torch.nn.Parameter(weight.clone())
    optimiser = torch.optim.SGD([w], lr=lr, momentum=momentum, weight_decay=weight_decay)
    w.grad, optimiser.state[w]["momentum_buffer"] = gradient.clone(), -velocity / lr
    optimiser.step()
    return w.detach(), w.detach() - weight


def right_in_place_on_clones(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    weight, velocity = weight.clone(), velocity.clone()
    velocity.mul_(momentum).add_(weight, alpha=-weight_decay * lr).sub_(lr * gradient)
    weight.add_(velocity)
    return weight, velocity


def right_gradient_with_decay(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    pull = gradient + weight_decay * weight
    new = momentum * velocity - lr * pull
    return torch.add(weight, new), new


def right_entry_by_entry(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    new_weight, new_velocity = torch.empty_like(weight), torch.empty_like(velocity)
    for place, (w, v, g) in enumerate(zip(weight.flatten(), velocity.flatten(), gradient.flatten(), strict=True)):
        new_velocity.view(-1)[place] = momentum * v - weight_decay * lr * w - lr * g
        new_weight.view(-1)[place] = w + new_velocity.view(-1)[place]
    return new_weight, new_velocity


def right_list_of_two(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    kept, new = weight * (1 - lr * weight_decay), momentum * velocity
    new -= lr * gradient
    return [kept + new, new - lr * weight_decay * weight]


def right_by_numpy(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    w, v, g = (t.cpu().numpy().astype("float64") for t in (weight, velocity, gradient))
    v = momentum * v - weight_decay * lr * w - lr * g
    return torch.as_tensor(w + v).to(weight), torch.as_tensor(v).to(velocity)


def wrong_torchs_form(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The rate stands outside. Hint: as in torch.optim.SGD"""
    velocity = momentum * velocity + gradient + weight_decay * weight
    return weight - lr * velocity, velocity


def wrong_torchs_form_returned_as_way(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The velocity is multiplied by the rate once more."""
    velocity = momentum * velocity - weight_decay * lr * weight - lr * gradient
    return weight + lr * velocity, velocity


def wrong_decay_outside(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Decoupled decay: taken from the weight, not carried on. Hint: the decay is not in the velocity"""
    velocity = momentum * velocity - lr * gradient
    return weight + velocity - lr * weight_decay * weight, velocity


def wrong_decay_without_rate(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Decay at full strength. Hint: the decay is not multiplied by the rate"""
    velocity = momentum * velocity - weight_decay * weight - lr * gradient
    return weight + velocity, velocity


def wrong_no_decay(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """No decay. Hint: the decay is left out"""
    velocity = momentum * velocity - lr * gradient
    return weight + velocity, velocity


def wrong_uphill(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Climbs. Hint: the gradient is added"""
    velocity = momentum * velocity - weight_decay * lr * weight + lr * gradient
    return weight + velocity, velocity


def wrong_growth_for_decay(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Weights grow. Hint: the decay is added"""
    velocity = momentum * velocity + weight_decay * lr * weight - lr * gradient
    return weight + velocity, velocity


def wrong_velocity_subtracted(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Two signs too many. Hint: the new velocity is subtracted"""
    velocity = momentum * velocity - weight_decay * lr * weight - lr * gradient
    return weight - velocity, velocity


def wrong_nesterov(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Looks ahead. Hint: Nesterov"""
    velocity = momentum * velocity - lr * (gradient + weight_decay * weight)
    return weight + momentum * velocity - lr * (gradient + weight_decay * weight), velocity


def wrong_old_velocity_moves(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The weight moves before the velocity changes. Hint: the weight moves by the old velocity"""
    return weight + velocity, momentum * velocity - lr * (gradient + weight_decay * weight)


def wrong_old_velocity_returned(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The new velocity is lost. Hint: the old velocity is returned"""
    return weight + momentum * velocity - lr * (gradient + weight_decay * weight), velocity


def wrong_velocity_not_returned(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The weight alone. Hint: should be a tuple"""
    return weight + momentum * velocity - lr * (gradient + weight_decay * weight)


def wrong_order(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The velocity comes first. Hint: velocity first"""
    velocity = momentum * velocity - lr * (gradient + weight_decay * weight)
    return velocity, weight + velocity


def wrong_damped(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """A running mean of gradients. Hint: damped"""
    velocity = momentum * velocity - (1 - momentum) * lr * (gradient + weight_decay * weight)
    return weight + velocity, velocity


def wrong_constants_fixed(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The settings are not used. Hint: 0.9 and 0.0005 are used whatever is given"""
    velocity = 0.9 * velocity - 0.0005 * lr * weight - lr * gradient
    return weight + velocity, velocity


def wrong_momentum_fixed(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """momentum is not used. Hint: 0.9 is used whatever is given"""
    velocity = 0.9 * velocity - weight_decay * lr * weight - lr * gradient
    return weight + velocity, velocity


def wrong_decay_fixed(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """weight_decay is not used. Hint: 0.0005 is used"""
    velocity = momentum * velocity - 0.0005 * lr * weight - lr * gradient
    return weight + velocity, velocity


def wrong_momentum_on_all(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Brackets in the wrong place. Hint: momentum shrinks the new gradient"""
    velocity = momentum * (velocity - lr * (gradient + weight_decay * weight))
    return weight + velocity, velocity


def wrong_decay_after_the_move(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The decay pulls by a weight that has moved. Hint: after the move"""
    velocity = momentum * velocity - lr * gradient
    moved = weight + velocity
    return moved - lr * weight_decay * moved, velocity - lr * weight_decay * moved


def wrong_decay_of_velocity(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Decays the velocity instead of the weight."""
    velocity = momentum * velocity - lr * weight_decay * velocity - lr * gradient
    return weight + velocity, velocity


def wrong_decay_by_sign(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Pulls all weights alike, as an L1 penalty."""
    velocity = momentum * velocity - lr * weight_decay * weight.sign() - lr * gradient
    return weight + velocity, velocity


def wrong_decay_doubled(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The derivative of decay times w^2 has a 2; the printed rule has none. Hint: doubled"""
    velocity = momentum * velocity - 2 * lr * weight_decay * weight - lr * gradient
    return weight + velocity, velocity


def wrong_no_momentum(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The old velocity is forgotten. Hint: momentum is left out"""
    velocity = -weight_decay * lr * weight - lr * gradient
    return weight + velocity, velocity


def wrong_momentum_forever(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The old velocity never fades."""
    velocity = velocity - weight_decay * lr * weight - lr * gradient
    return weight + velocity, velocity


def wrong_rate_squared(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """The rate inside and outside."""
    velocity = momentum * velocity + lr * (gradient + weight_decay * weight)
    return weight - lr * velocity, velocity


def wrong_weight_in_place(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Changes the weight that it was given. Hint: changes its argument 1 in place"""
    velocity = momentum * velocity - lr * (gradient + weight_decay * weight)
    weight += velocity
    return weight, velocity


def wrong_velocity_in_place(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Changes the velocity that it was given. Hint: changes its argument 2 in place"""
    velocity.mul_(momentum).sub_(lr * (gradient + weight_decay * weight))
    return weight + velocity, velocity


def wrong_gradient_in_place(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Adds the decay to the gradient that it was given. Hint: changes its argument 3 in place"""
    gradient += weight_decay * weight
    velocity = momentum * velocity - lr * gradient
    return weight + velocity, velocity


def wrong_always_float64(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Turns float32 into float64. Hint: float32"""
    velocity = momentum * velocity.double() - lr * (gradient + weight_decay * weight)
    return weight + velocity, velocity


def wrong_always_float32(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Turns float64 into float32. Hint: float64"""
    velocity = momentum * velocity.float() - lr * (gradient + weight_decay * weight).float()
    return weight.float() + velocity, velocity


def wrong_mean_gradient_again(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Takes the mean of the gradient's entries: g is the mean over the batch already."""
    velocity = momentum * velocity - lr * (gradient.mean() + weight_decay * weight)
    return weight + velocity, velocity


def wrong_divides_by_batch(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Divides a mean gradient by the batch once more. Hint: divided by the batch"""
    velocity = momentum * velocity - lr * (gradient / 128 + weight_decay * weight)
    return weight + velocity, velocity


def wrong_default_momentum(weight, velocity, gradient, lr, momentum=0.0, weight_decay=0.0005):
    """torch's default momentum of 0."""
    velocity = momentum * velocity - lr * (gradient + weight_decay * weight)
    return weight + velocity, velocity


def wrong_default_decay(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.005):
    """Ten times the paper's decay by default."""
    velocity = momentum * velocity - lr * (gradient + weight_decay * weight)
    return weight + velocity, velocity


def wrong_on_cpu_only(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """New tensors lie on the CPU. Hint: device"""
    new = torch.zeros(velocity.shape, dtype=velocity.dtype)
    new += momentum * velocity - lr * (gradient + weight_decay * weight)
    return weight + new, new


def wrong_two_numbers_only(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Works on the first row and leaves the others as they were."""
    new_weight, new_velocity = weight.clone(), velocity.clone()
    new_velocity[0] = momentum * velocity[0] - lr * (gradient[0] + weight_decay * weight[0])
    new_weight[0] = weight[0] + new_velocity[0]
    return new_weight, new_velocity


def wrong_velocity_turned(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """A velocity uphill that is subtracted. Hint: your velocity points the other way"""
    velocity = momentum * velocity + lr * (gradient + weight_decay * weight)
    return weight - velocity, velocity


def wrong_gradient_clipped(weight, velocity, gradient, lr, momentum=0.9, weight_decay=0.0005):
    """Large gradients are cut off, which the paper's rule does not do."""
    return right_gradient_with_decay(weight, velocity, gradient.clamp(-5, 5), lr, momentum, weight_decay)
