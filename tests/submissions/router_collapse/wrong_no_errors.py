"""
misconception: Arguments out of range are not refused.
feedback: Say at once which argument is out of range instead of computing something meaningless.
fails: [test_errors_name_the_argument]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    share = torch.bincount(expert_ids.flatten(), minlength=num_experts) / expert_ids.numel()
    return num_experts * (share * router_probs.mean(dim=0)).sum()


def train_moe(balance_coefficient, num_steps=1000, seed=0):
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
