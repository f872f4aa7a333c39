"""
style: float of the tensor.
fails: [test_coefficient_sets_the_strength, test_collapse_without_the_loss_and_balance_with_it, test_the_gradient_reaches_the_router]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}, router_probs has {router_probs.shape[1]} columns")
    f = F.one_hot(expert_ids.flatten(), num_experts).float().mean(0)
    loss = num_experts * (f * router_probs.mean(0)).sum()
    return float(loss)


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must not be negative: {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1: {num_steps}")
    model, optimizer, generator = make_toy(seed)
    history = []

    def measure(ids):
        history.append(F.one_hot(ids, NUM_EXPERTS).float().mean(dim=0))

    for _ in range(num_steps):
        x, y = make_batch(generator)
        prediction, probs, ids = model(x)
        measure(ids)
        loss = F.mse_loss(prediction, y) + balance_coefficient * load_balancing_loss(probs, ids, NUM_EXPERTS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        measure(model(make_batch(generator)[0])[2])
    return torch.stack(history)
