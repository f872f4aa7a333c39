"""
style: One bincount for each kind, divided by the number of its tokens.
fails: [test_usage_of_a_kind_that_does_not_occur]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    unk = token_embeddings["<unk>"]
    return [int(torch.mv(router_weight, token_embeddings.get(word, unk)).argmax()) for word in tokens]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens ({len(tokens)}) and expert_ids ({len(expert_ids)})")
    if any(not 0 <= e < num_experts for e in expert_ids):
        raise ValueError(f"expert_ids {expert_ids} with {num_experts} experts")
    rows = []
    for wanted in (True, False):
        chosen = [
            e for token, e in zip(tokens, expert_ids)
            if (token in function_words) == wanted and any(c.isalnum() for c in token)
        ]
        row = torch.bincount(torch.tensor(chosen, dtype=torch.long), minlength=num_experts)
        rows.append(row / torch.tensor(len(chosen)))
    return torch.stack(rows)


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
