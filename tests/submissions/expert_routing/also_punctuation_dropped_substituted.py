"""
style: Marks are replaced by spaces before the text is split.
fails: [test_mitochondria_sentence_has_9_tokens, test_punctuation_marks, test_words_and_marks_of_the_text]
"""


def tokenize(text):
    text = re.sub(r"[^\w\s'\u2019]|(?<!\w)['\u2019]|['\u2019](?!\w)", " ", text.lower())
    return text.split()


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
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        colour = EXPERT_COLOURS[expert % len(EXPERT_COLOURS)]
        text = html.escape(token, quote=False)
        spans.append(f'<span title="expert {expert}" style="background: {colour}">{text}</span>')
    return "<p>" + "\n".join(spans) + "</p>"
