"""
style: P of an expert is the mean over the tokens that were sent to it, by a mask for each expert.
fails: [test_loss_has_the_same_scale_for_every_layer, test_loss_of_an_uneven_router, test_loss_of_four_tokens_is_1_1, test_loss_with_an_expert_that_nobody_chose]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"router_probs has shape {tuple(router_probs.shape)}, {num_experts=}")
    choices = expert_ids.reshape(len(expert_ids), -1)
    terms = []
    for expert in range(num_experts):
        chosen = choices == expert
        if chosen.any():
            share = chosen.float().mean()
            own = chosen.any(dim=1)
            terms.append(share * router_probs[own][:, expert].mean())
    return num_experts * sum(terms)


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"{balance_coefficient=} is negative")
    if num_steps < 1:
        raise ValueError(f"{num_steps=} is below 1")
    model, optimizer, generator = make_toy(seed)
    utilization = torch.zeros(num_steps + 1, NUM_EXPERTS)
    for step in range(num_steps + 1):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        counts = torch.bincount(expert_ids, minlength=NUM_EXPERTS)
        utilization[step] = counts / counts.sum()
        if step < num_steps:
            loss = F.mse_loss(outputs, targets)
            loss += balance_coefficient * load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return utilization
