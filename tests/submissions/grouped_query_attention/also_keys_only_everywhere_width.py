"""
style: The width of all KV heads, times the rows.
fails: [test_cache_counts, test_cache_of_this_layer, test_parameter_counts, test_parameters_of_this_layer]
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
        scores[~allowed] = float("-inf")
        weights = F.softmax(scores, dim=1)
        outputs.append(weights @ value)
    return torch.cat(outputs, dim=1) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    width = num_kv_heads * head_dim
    return num_tokens * width


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    width = num_kv_heads * head_dim
    return d_model * width
