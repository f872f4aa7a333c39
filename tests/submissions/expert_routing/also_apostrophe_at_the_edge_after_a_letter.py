"""
style: A word may end in an apostrophe, but not begin with one.
fails: [test_apostrophes_at_the_edge, test_words_and_marks_of_the_text]
"""


def tokenize(text):
    return re.findall(r"\w[\w'\u2019]*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    unk = token_embeddings["<unk>"]
    return [int(torch.mv(router_weight, token_embeddings.get(word, unk)).argmax()) for word in tokens]


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
        colour = EXPERT_COLOURS[expert % len(EXPERT_COLOURS)]
        text = html.escape(token, quote=False)
        spans.append(f'<span title="expert {expert}" style="background: {colour}">{text}</span>')
    return "<p>" + "\n".join(spans) + "</p>"
