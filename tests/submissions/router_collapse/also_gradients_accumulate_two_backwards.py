"""
style: Two backward passes, one for each loss, and nothing cleared.
fails: [test_collapse_without_the_loss_and_balance_with_it, test_run_with_the_balancing_loss]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}, router_probs has {router_probs.shape[1]} columns")
    counts = torch.stack([(expert_ids == e).sum() for e in range(num_experts)])
    fractions = counts.to(router_probs.dtype) / expert_ids.numel()
    return num_experts * torch.einsum("e,te->", fractions, router_probs) / len(router_probs)


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must not be negative: {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1: {num_steps}")
    model, optimizer, generator = make_toy(seed)
    rows = []
    for t in range(num_steps + 1):
        x, y = make_batch(generator)
        out, probs, ids = model(x)
        rows.append(torch.bincount(ids, minlength=NUM_EXPERTS) / len(ids))
        if t == num_steps:
            return torch.stack(rows)
        F.mse_loss(out, y).backward(retain_graph=True)
        (balance_coefficient * load_balancing_loss(probs, ids, NUM_EXPERTS)).backward()
        optimizer.step()
