"""
style: Words that are not in the table get the number 0.
fails: [test_words_the_model_never_met]
"""


def tokenize(text):
    word = r"\w+(?:[\u2019']\w+)*"
    return [found.group(0) for found in re.finditer(word + r"|[^\s\w]", text.lower())]


def assign_experts(tokens, token_embeddings, router_weight):
    ids = []
    for token in tokens:
        if token not in token_embeddings:
            ids.append(0)
        else:
            ids.append(int(torch.argmax(router_weight @ token_embeddings[token])))
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
    for row in usage:
        if row.sum() > 0:
            row /= row.sum().clone()
    return usage


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
