"""
style: one_hot, summed over the choices.
fails: [test_loss_has_the_same_scale_for_every_layer, test_loss_with_several_experts_per_token]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[-1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}")
    mask = F.one_hot(expert_ids, num_experts).float()
    if mask.dim() == 3:
        mask = mask.sum(1)
    f = mask.mean(0)
    p = router_probs.mean(0)
    return num_experts * torch.sum(f * p)


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
