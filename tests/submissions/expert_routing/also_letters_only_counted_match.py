"""
style: A pattern that the whole token must match.
fails: [test_usage_counts_words_only]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


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
        elif re.fullmatch(r"[a-z]+", token):
            usage[1, expert] += 1
    return F.normalize(usage, p=1, dim=1)


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
