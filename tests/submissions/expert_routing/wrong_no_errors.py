"""
misconception: Lists of different lengths are cut to the shorter one and impossible experts are accepted.
feedback: Say at once which argument is out of range; zip would drop tokens without a word.
fails: [test_errors_name_the_argument]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    ids = []
    for token in tokens:
        hidden = token_embeddings.get(token, token_embeddings["<unk>"])
        ids.append(int((router_weight @ hidden).argmax()))
    return ids


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    usage = torch.zeros(2, num_experts)
    for token, expert in zip(tokens, expert_ids):
        if token in function_words:
            usage[0, expert] += 1
        elif any(c.isalnum() for c in token):
            usage[1, expert] += 1
    total = usage.sum(dim=1, keepdim=True)
    return usage / total.clamp(min=1)


def routing_html(tokens, expert_ids):
    spans = []
    for token, expert in zip(tokens, expert_ids):
        colour = f"hsl({expert * 360 / 16:.1f}, 80%, 80%)"
        spans.append(
            f'<span style="background-color: {colour}" title="expert {expert}">{html.escape(token)}</span>'
        )
    return " ".join(spans)
