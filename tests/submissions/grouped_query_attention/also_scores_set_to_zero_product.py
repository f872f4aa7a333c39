"""
style: Scores times a mask of ones and zeros.
fails: [test_last_token_changes_only_its_own_row, test_tokens_that_count]
"""

def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    if num_heads < 1 or num_kv_heads < 1 or num_heads % num_kv_heads:
        raise ValueError(f"num_heads = {num_heads} and num_kv_heads = {num_kv_heads} do not fit")
    seq, dim = hidden_states.shape
    hd = w_q.shape[1] // num_heads
    wanted = dict(w_q=(dim, num_heads * hd), w_k=(dim, num_kv_heads * hd),
                  w_v=(dim, num_kv_heads * hd), w_o=(num_heads * hd, dim))
    given = dict(w_q=w_q, w_k=w_k, w_v=w_v, w_o=w_o)
    for name in wanted:
        if tuple(given[name].shape) != wanted[name]:
            raise ValueError(f"{name}: shape {tuple(given[name].shape)}, expected {wanted[name]}")

    q, k, v = hidden_states @ w_q, hidden_states @ w_k, hidden_states @ w_v
    allowed = torch.tril(torch.ones(seq, seq, dtype=torch.bool))
    outputs = []
    for head in range(num_heads):
        kv = head // (num_heads // num_kv_heads)
        query = q[:, head * hd:(head + 1) * hd]
        key = k[:, kv * hd:(kv + 1) * hd]
        value = v[:, kv * hd:(kv + 1) * hd]
        scores = query @ key.T / hd ** 0.5
        weights = torch.softmax(scores * allowed, dim=-1)
        outputs.append(weights @ value)
    return torch.cat(outputs, dim=1) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    keys = num_tokens * num_kv_heads * head_dim
    values = keys
    return keys + values


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    w_k = d_model * (num_kv_heads * head_dim)
    w_v = d_model * (num_kv_heads * head_dim)
    return w_k + w_v
