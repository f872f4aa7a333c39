"""
style: The title is escaped, the text is not.
fails: [test_html_names_the_expert_of_each_token, test_html_shows_special_characters]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    experts = []
    for token in tokens:
        x = token_embeddings.get(token, token_embeddings["<unk>"])
        logits = [float(torch.dot(row, x)) for row in router_weight]
        experts.append(logits.index(max(logits)))
    return experts


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens and expert_ids differ in length: {len(tokens)}, {len(expert_ids)}")
    for e in expert_ids:
        if e < 0 or e >= num_experts:
            raise ValueError(f"expert_ids: there is no expert {e}")
    rows = [[0] * num_experts, [0] * num_experts]
    for token, e in zip(tokens, expert_ids):
        if token in function_words:
            rows[0][e] += 1
        elif re.search(r"\w", token):
            rows[1][e] += 1
    return torch.tensor([[n / max(sum(row), 1) for n in row] for row in rows])


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        spans.append(f'<span title="{html.escape("expert " + str(expert))}" style="background: {EXPERT_COLOURS[expert % 16]}">{token}</span>')
    return " ".join(spans)
