"""
style: Runs of anything but white space.
fails: [test_apostrophes_at_the_edge, test_mitochondria_sentence_has_9_tokens, test_punctuation_marks, test_words_and_marks_of_the_text]
"""


def tokenize(text):
    tokens = []
    for match in re.finditer(r"\S+", text):
        tokens.append(match.group().lower())
    return tokens


def assign_experts(tokens, token_embeddings, router_weight):
    unk = token_embeddings["<unk>"]
    return [int(torch.mv(router_weight, token_embeddings.get(word, unk)).argmax()) for word in tokens]


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
    return usage / usage.sum(dim=-1, keepdim=True).clamp_min(1.0)


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
