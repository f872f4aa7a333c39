"""
style: The experts of the sentence are sorted first, and a dict gives each of them the next colour.
fails: [test_html_colours_stay]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    unknown = token_embeddings["<unk>"]
    vectors = [token_embeddings.get(token, unknown) for token in tokens]
    return [int(torch.argmax(router_weight @ vector)) for vector in vectors]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens, but expert_ids has {len(expert_ids)} entries")
    table = torch.zeros(2, num_experts)
    for token, i in zip(tokens, expert_ids):
        if i not in range(num_experts):
            raise ValueError(f"expert_ids contains {i}")
        if token in function_words:
            table[0][i] += 1
        elif re.search(r"\w", token):
            table[1][i] += 1
    for row in table:
        if row.sum() > 0:
            row /= row.sum()
    return table


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens, but expert_ids has {len(expert_ids)} entries")
    for i in expert_ids:
        if i < 0:
            raise ValueError(f"expert_ids contains {i}")
    experts = sorted(set(expert_ids))
    colour_of = dict(zip(experts, EXPERT_COLOURS))
    page = ""
    for token, i in zip(tokens, expert_ids):
        style = f"background: {colour_of[i]}"
        page += f'<span style="{style}" title="expert {i}">{html.escape(token)}</span> '
    return page
