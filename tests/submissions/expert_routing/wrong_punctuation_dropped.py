"""
misconception: Only words are kept; punctuation is dropped.
feedback: Punctuation marks are tokens too, and the router sends them somewhere.
fails: [test_mitochondria_sentence_has_9_tokens, test_punctuation_marks, test_words_and_marks_of_the_text]
likely: true
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    ids = []
    for token in tokens:
        hidden = token_embeddings.get(token, token_embeddings["<unk>"])
        ids.append(int((router_weight @ hidden).argmax()))
    return ids


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens ({len(tokens)}) and expert_ids ({len(expert_ids)}) differ")
    usage = torch.zeros(2, num_experts)
    for token, expert in zip(tokens, expert_ids):
        if expert < 0 or expert >= num_experts:
            raise ValueError(f"expert_ids: {expert}")
        if token in function_words:
            usage[0, expert] += 1
        elif any(c.isalnum() for c in token):
            usage[1, expert] += 1
    total = usage.sum(dim=1, keepdim=True)
    return usage / total.clamp(min=1)


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens ({len(tokens)}) and expert_ids ({len(expert_ids)}) differ")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids: {expert}")
        colour = f"hsl({expert * 360 / 16:.1f}, 80%, 80%)"
        spans.append(
            f'<span style="background-color: {colour}" title="expert {expert}">{html.escape(token)}</span>'
        )
    return " ".join(spans)
