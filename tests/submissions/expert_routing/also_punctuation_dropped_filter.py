"""
style: All tokens are found, and those without a letter or digit are filtered out.
fails: [test_mitochondria_sentence_has_9_tokens, test_punctuation_marks, test_words_and_marks_of_the_text]
"""


def tokenize(text):
    found = re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())
    return [token for token in found if any(c.isalnum() for c in token)]


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
        spans.append(f"<span style='background-color: {EXPERT_COLOURS[expert % 16]}' title='expert {expert}'>{html.escape(token)}</span>")
    return " ".join(spans)
