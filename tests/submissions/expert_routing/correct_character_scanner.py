"""
style: Tokens by reading characters one after the other, experts and counts with plain Python numbers.
"""


def tokenize(text):
    tokens, word = [], ""
    text = text.lower() + " "
    for i, c in enumerate(text):
        if c.isalnum() or (c in "'\u2019" and word and text[i + 1 : i + 2].isalnum()):
            word += c
            continue
        if word:
            tokens.append(word)
            word = ""
        if not c.isspace():
            tokens.append(c)
    return tokens


def assign_experts(tokens, token_embeddings, router_weight):
    ids = []
    for token in tokens:
        if token not in token_embeddings:
            token = "<unk>"
        logits = [float((row * token_embeddings[token]).sum()) for row in router_weight]
        ids.append(logits.index(max(logits)))
    return ids


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"len(tokens)={len(tokens)}, len(expert_ids)={len(expert_ids)}")
    rows = [[0.0] * num_experts, [0.0] * num_experts]
    for token, expert in zip(tokens, expert_ids):
        if expert not in range(num_experts):
            raise ValueError(f"expert_ids contains {expert}; num_experts={num_experts}")
        if token in function_words:
            rows[0][expert] += 1
        elif re.search("[a-z0-9]", token):
            rows[1][expert] += 1
    for row in rows:
        total = sum(row)
        if total:
            row[:] = [count / total for count in row]
    return torch.tensor(rows)


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens ({len(tokens)}) and expert_ids ({len(expert_ids)}) differ")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids: {expert}")
        colour = "#" + format(0xFFFFFF - expert * 0x0A0B07, "06x")
        spans.append(
            f'<span style="background: {colour}" title="expert {expert}">{html.escape(token)}</span>'
        )
    return " ".join(spans)
