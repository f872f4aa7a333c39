"""
style: Sums of the probabilities, divided by the number of tokens.
fails: [test_first_row_of_the_utilization, test_last_row_of_the_utilization, test_run_on_the_task_alone, test_run_with_the_balancing_loss]
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
    for _ in range(num_steps):
        x, y = make_batch(generator)
        out, probs, ids = model(x)
        rows.append([float(probs[:, e].sum()) / len(probs) for e in range(NUM_EXPERTS)])
        loss = F.mse_loss(out, y) + balance_coefficient * load_balancing_loss(probs, ids, NUM_EXPERTS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        _, probs, _ = model(make_batch(generator)[0])
    rows.append([float(p) for p in probs.mean(dim=0)])
    return torch.tensor(rows)
