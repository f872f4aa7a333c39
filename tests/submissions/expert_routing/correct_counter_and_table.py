"""
style: A lookup with try and except, collections.Counter for the counts, the spans inside a table, a fixed list of colour names.
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    def embed(token):
        try:
            return token_embeddings[token]
        except KeyError:
            return token_embeddings["<unk>"]

    return [
        torch.einsum("ed,d->e", router_weight, embed(token)).max(dim=0).indices.item()
        for token in tokens
    ]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    from collections import Counter

    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens: {len(tokens)}, expert_ids: {len(expert_ids)}")
    bad = [i for i in expert_ids if i not in range(num_experts)]
    if bad:
        raise ValueError(f"expert_ids outside 0..{num_experts - 1}: {bad}")
    counts = Counter()
    for token, expert in zip(tokens, expert_ids):
        if token in function_words:
            counts[0, expert] += 1
        elif not all(not c.isalnum() for c in token):
            counts[1, expert] += 1
    table = torch.tensor(
        [[counts[row, e] for e in range(num_experts)] for row in (0, 1)], dtype=torch.float32
    )
    return F.normalize(table, p=1, dim=1)


def routing_html(tokens, expert_ids):
    names = """khaki skyblue salmon plum lightgreen orange pink tan
               gold cyan violet silver coral wheat lime thistle""".split()
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens: {len(tokens)}, expert_ids: {len(expert_ids)}")
    cells = ""
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids: {expert} is negative")
        name = names[expert % 16]
        cells += f'<td><span title="expert {expert}" style="background:{name}">{html.escape(token)}</span></td>'
    return f"<table><tr>{cells}</tr></table>"
