"""
style: One bincount a row, as it is.
fails: [test_usage_of_each_kind, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    word = r"\w+(?:[\u2019']\w+)*"
    return [found.group(0) for found in re.finditer(word + r"|[^\s\w]", text.lower())]


def assign_experts(tokens, token_embeddings, router_weight):
    experts = []
    for token in tokens:
        x = token_embeddings.get(token, token_embeddings["<unk>"])
        logits = [float(torch.dot(row, x)) for row in router_weight]
        experts.append(logits.index(max(logits)))
    return experts


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens ({len(tokens)}) and expert_ids ({len(expert_ids)})")
    function, other = [], []
    for token, expert in zip(tokens, expert_ids):
        if not 0 <= expert < num_experts:
            raise ValueError(f"expert_ids holds {expert} with num_experts={num_experts}")
        if token in function_words:
            function.append(expert)
        elif any(c.isalnum() for c in token):
            other.append(expert)
    return torch.stack([
        torch.bincount(torch.tensor(kind, dtype=torch.int64), minlength=num_experts).float()
        for kind in (function, other)
    ])


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
