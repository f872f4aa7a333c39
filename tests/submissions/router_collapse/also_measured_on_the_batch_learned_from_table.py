"""
style: Row 0 before the loop body learns, row t + 1 after it.
fails: [test_last_row_of_the_utilization]
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
    table = torch.zeros(num_steps + 1, NUM_EXPERTS)
    for t in range(num_steps):
        inputs, targets = make_batch(generator)
        if t == 0:
            table[0] = F.one_hot(model(inputs)[2], NUM_EXPERTS).float().mean(dim=0)
        outputs, router_probs, expert_ids = model(inputs)
        balance = load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
        loss = F.mse_loss(outputs, targets) + balance_coefficient * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        table[t + 1] = F.one_hot(model(inputs)[2], NUM_EXPERTS).float().mean(dim=0)
    return table
