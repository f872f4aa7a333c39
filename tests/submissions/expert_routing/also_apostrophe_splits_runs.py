"""
style: One pattern for runs of word characters.
fails: [test_apostrophes_and_numbers, test_apostrophes_at_the_edge, test_curly_apostrophes, test_words_and_marks_of_the_text]
"""


def tokenize(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    if not tokens:
        return []
    hidden = torch.stack([token_embeddings.get(t, token_embeddings["<unk>"]) for t in tokens])
    return (hidden @ router_weight.T).softmax(dim=-1).argmax(dim=-1).tolist()


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"expert_ids: {len(expert_ids)} for {len(tokens)} tokens")
    if any(i < 0 or i >= num_experts for i in expert_ids):
        raise ValueError(f"expert_ids: {expert_ids} for num_experts={num_experts}")
    function = torch.tensor([t in function_words for t in tokens], dtype=torch.bool)
    word = torch.tensor([any(c.isalnum() for c in t) for t in tokens], dtype=torch.bool)
    one_hot = F.one_hot(torch.tensor(expert_ids, dtype=torch.long), num_experts).double()
    counts = torch.stack([one_hot[function].sum(0), one_hot[word & ~function].sum(0)])
    return torch.nan_to_num(counts / counts.sum(1, keepdim=True))


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"expert_ids: {len(expert_ids)} for {len(tokens)} tokens")
    if any(i < 0 for i in expert_ids):
        raise ValueError(f"expert_ids: {expert_ids}")
    cmap = plt.get_cmap("tab20")
    cells = []
    for token, i in zip(tokens, expert_ids):
        red, green, blue = (int(255 * c) for c in cmap(i % 20)[:3])
        style = f"color: black; background: rgb({red}, {green}, {blue})"
        cells.append(f"<span title='expert {i}' style='{style}'>{html.escape(token)}</span>")
    return "<div><p>" + "".join(cells) + "</p></div>"
