"""
misconception: f is the mean probability too, so the loss never looks at where the tokens went.
feedback: f counts the tokens that were really sent to each expert; only P is made of probabilities.
fails: [test_loss_of_an_uneven_router, test_loss_of_four_tokens_is_1_1, test_loss_with_an_expert_that_nobody_chose]
likely: true
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    share = router_probs.mean(dim=0)
    return num_experts * (share * router_probs.mean(dim=0)).sum()


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
