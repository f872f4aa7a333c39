"""
style: Mesh TensorFlow's form, mean(f * P) * num_experts squared, with einsum; one more update after the last row, which nobody sees.
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    chosen = torch.zeros_like(router_probs)
    ids = expert_ids.reshape(len(expert_ids), -1)
    chosen.scatter_add_(1, ids, torch.ones_like(ids, dtype=router_probs.dtype))
    f = torch.einsum("te->e", chosen) / ids.numel()
    P = torch.einsum("te->e", router_probs) / len(router_probs)
    return (f.detach() * P).mean() * num_experts**2


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient is {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}")
    model, optimizer, generator = make_toy(seed)
    history = []
    while len(history) <= num_steps:
        x, y = make_batch(generator)
        outputs, router_probs, expert_ids = model(x)
        history.append(torch.bincount(expert_ids, minlength=4).float() / len(expert_ids))
        task = ((outputs - y) ** 2).mean()
        balance = load_balancing_loss(router_probs, expert_ids, 4)
        model.zero_grad()
        (task + balance_coefficient * balance).backward()
        optimizer.step()
    return torch.stack(history)
