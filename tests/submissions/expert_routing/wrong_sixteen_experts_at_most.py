"""
misconception: There are sixteen colours, so an expert number above 15 is an error.
feedback: The page does not know how many experts there are; from 16 on colours repeat, and only a negative entry is wrong.
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
        if not 0 <= expert < 16:
            raise ValueError(f"expert_ids: {expert} is no expert")
        colour = f"hsl({expert * 22}, 80%, 80%)"
        spans.append(
            f'<span style="background-color: {colour}" title="expert {expert}">{html.escape(token)}</span>'
        )
    return " ".join(spans)
