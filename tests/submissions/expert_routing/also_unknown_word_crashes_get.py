"""
style: get without a second argument, which returns None.
fails: [test_three_words_find_their_experts, test_words_the_model_never_met]
"""


def tokenize(text):
    pattern = re.compile(r"[a-z0-9]+(?:['\u2019][a-z0-9]+)*|[^a-z0-9\s]")
    return pattern.findall(text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    ids = []
    for token in tokens:
        embedding = token_embeddings.get(token)
        ids.append(int(torch.argmax(router_weight @ embedding)))
    return ids


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    usage = torch.zeros(2, num_experts)
    for token, expert in zip(tokens, expert_ids):
        if not 0 <= expert < num_experts:
            raise ValueError(f"expert_ids contains {expert}, num_experts is {num_experts}")
        if token in function_words:
            usage[0, expert] += 1
        elif any(c.isalnum() for c in token):
            usage[1, expert] += 1
    return usage / usage.sum(dim=-1, keepdim=True).clamp_min(1.0)


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens: {len(tokens)}, expert_ids: {len(expert_ids)}")
    result = ""
    for i in range(len(tokens)):
        if expert_ids[i] < 0:
            raise ValueError(f"expert_ids[{i}] is {expert_ids[i]}")
        style = "padding: 2px; background: " + EXPERT_COLOURS[expert_ids[i] % 16]
        result += f'<span style="{style}" title="expert {expert_ids[i]}">' + html.escape(tokens[i]) + "</span> "
    return result
