"""
misconception: The rows are made up to look like a collapse; nothing is trained.
feedback: The rows are measurements of a real run; train the toy and count.
fails: [test_coefficient_sets_the_strength, test_first_row_of_the_utilization, test_last_row_of_the_utilization, test_run_on_the_task_alone, test_run_with_the_balancing_loss, test_seed_decides_the_run]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    share = torch.bincount(expert_ids.flatten(), minlength=num_experts) / expert_ids.numel()
    return num_experts * (share * router_probs.mean(dim=0)).sum()


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient is {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}")
    rows = torch.full((num_steps + 1, 4), 0.25)
    if balance_coefficient == 0:
        for t in range(num_steps + 1):
            lead = min(1.0, 0.45 + t / 100)
            rows[t] = torch.tensor([lead, (1 - lead) / 3, (1 - lead) / 3, (1 - lead) / 3])
    return rows
