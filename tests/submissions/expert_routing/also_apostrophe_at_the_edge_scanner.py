"""
style: Letter by letter, where both apostrophes count as letters.
fails: [test_apostrophes_at_the_edge, test_words_and_marks_of_the_text]
"""


def tokenize(text):
    letters = set("abcdefghijklmnopqrstuvwxyz0123456789'\u2019")
    tokens = []
    in_word = False
    for c in text.lower():
        if c in letters and in_word:
            tokens[-1] += c
        elif not c.isspace():
            tokens.append(c)
        in_word = c in letters
    return tokens


def assign_experts(tokens, token_embeddings, router_weight):
    experts = []
    for token in tokens:
        x = token_embeddings.get(token, token_embeddings["<unk>"])
        logits = [float(torch.dot(row, x)) for row in router_weight]
        experts.append(logits.index(max(logits)))
    return experts


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
        spans.append(f"<span style='background-color: {EXPERT_COLOURS[expert % 16]}' title='expert {expert}'>{html.escape(token)}</span>")
    return " ".join(spans)
