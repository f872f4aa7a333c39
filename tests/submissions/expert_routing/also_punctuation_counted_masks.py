"""
style: Boolean masks and one_hot.
fails: [test_usage_counts_words_only, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    pattern = re.compile(r"[a-z0-9]+(?:['\u2019][a-z0-9]+)*|[^a-z0-9\s]")
    return pattern.findall(text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    ids = []
    for token in tokens:
        if token in token_embeddings:
            embedding = token_embeddings[token]
        else:
            embedding = token_embeddings["<unk>"]
        ids.append(torch.argmax(router_weight @ embedding).item())
    return ids


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens {len(tokens)}, expert_ids {len(expert_ids)}")
    if expert_ids and not (min(expert_ids) >= 0 and max(expert_ids) < num_experts):
        raise ValueError(f"expert_ids {expert_ids}, num_experts {num_experts}")
    function = torch.tensor([token in function_words for token in tokens], dtype=torch.bool)
    chosen = F.one_hot(torch.tensor(expert_ids, dtype=torch.long), num_experts).float()
    counts = torch.stack([chosen[function].sum(dim=0), chosen[~function].sum(dim=0)])
    return F.normalize(counts, p=1, dim=1)


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
