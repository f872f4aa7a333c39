"""
misconception: The sum of f times P is the whole loss.
feedback: The sum of the products shrinks as experts are added; the factor in front makes equal shares give the same value for every number of experts.
fails: [test_loss_has_the_same_scale_for_every_layer, test_loss_of_an_uneven_router, test_loss_of_four_tokens_is_1_1, test_loss_with_an_expert_that_nobody_chose]
likely: true
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    share = torch.bincount(expert_ids.flatten(), minlength=num_experts) / expert_ids.numel()
    return (share * router_probs.mean(dim=0)).sum()


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient is {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}")
    model, optimizer, generator = make_toy(seed)
    rows = []
    for _ in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        rows.append(torch.bincount(expert_ids, minlength=4) / 128)
        loss = F.mse_loss(outputs, targets)
        loss = loss + balance_coefficient * load_balancing_loss(router_probs, expert_ids, 4)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    inputs, _ = make_batch(generator)
    rows.append(torch.bincount(model(inputs)[2], minlength=4) / 128)
    return torch.stack(rows)
