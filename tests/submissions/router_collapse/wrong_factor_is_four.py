"""
misconception: The factor is the number of experts of the toy instead of num_experts.
feedback: The factor in front is num_experts, so that equal shares give 1 for every number of experts.
fails: [test_loss_has_the_same_scale_for_every_layer, test_loss_of_an_uneven_router, test_loss_of_four_tokens_is_1_1, test_loss_with_an_expert_that_nobody_chose]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}, router_probs has {router_probs.shape[1]} columns")
    f = torch.bincount(expert_ids.flatten(), minlength=num_experts) / expert_ids.numel()
    return NUM_EXPERTS * (f * router_probs.mean(dim=0)).sum()


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
