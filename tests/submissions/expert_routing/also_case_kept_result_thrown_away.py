"""
style: lower is called, and its result is not kept.
fails: [test_capital_letters, test_mitochondria_sentence_has_9_tokens, test_words_and_marks_of_the_text]
"""


def tokenize(text):
    text.lower()
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text)


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
        raise ValueError(f"tokens: {len(tokens)}, expert_ids: {len(expert_ids)}")
    result = ""
    for i in range(len(tokens)):
        if expert_ids[i] < 0:
            raise ValueError(f"expert_ids[{i}] is {expert_ids[i]}")
        style = "padding: 2px; background: " + EXPERT_COLOURS[expert_ids[i] % 16]
        result += f'<span style="{style}" title="expert {expert_ids[i]}">' + html.escape(tokens[i]) + "</span> "
    return result
