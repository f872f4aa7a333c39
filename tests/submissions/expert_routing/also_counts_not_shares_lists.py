"""
style: Counts in lists, made a tensor without dividing.
fails: [test_usage_of_each_kind, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    unk = token_embeddings["<unk>"]
    return [int(torch.mv(router_weight, token_embeddings.get(word, unk)).argmax()) for word in tokens]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens {len(tokens)}, expert_ids {len(expert_ids)}")
    if any(not 0 <= e < num_experts for e in expert_ids):
        raise ValueError(f"expert_ids {expert_ids}")
    rows = [[0] * num_experts for _ in range(2)]
    for token, e in zip(tokens, expert_ids):
        if any(c.isalnum() for c in token):
            rows[token not in function_words][e] += 1
    return torch.tensor(rows)


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
