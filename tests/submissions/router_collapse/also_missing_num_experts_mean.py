"""
style: torch.inner of shares and mean probabilities.
fails: [test_loss_has_the_same_scale_for_every_layer, test_loss_of_an_uneven_router, test_loss_of_four_tokens_is_1_1, test_loss_with_an_expert_that_nobody_chose]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}, router_probs has {router_probs.shape[1]} columns")
    f = torch.stack([(expert_ids == e).float().mean() for e in range(num_experts)])
    return torch.inner(f, router_probs.mean(0))


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must not be negative: {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1: {num_steps}")
    model, optimizer, generator = make_toy(seed)
    rows = []
    batch = make_batch(generator)
    for _ in range(num_steps):
        outputs, router_probs, expert_ids = model(batch[0])
        rows.append([(expert_ids == e).sum().item() / len(expert_ids) for e in range(4)])
        optimizer.zero_grad()
        loss = F.mse_loss(outputs, batch[1])
        loss += balance_coefficient * load_balancing_loss(router_probs, expert_ids, 4)
        loss.backward()
        optimizer.step()
        batch = make_batch(generator)
    expert_ids = model(batch[0])[2]
    rows.append([(expert_ids == e).sum().item() / len(expert_ids) for e in range(4)])
    return torch.tensor(rows)
