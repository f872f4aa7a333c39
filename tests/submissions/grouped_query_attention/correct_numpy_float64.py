"""
style: numpy in float64, with a softmax written out by hand
"""


def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    if num_heads % num_kv_heads != 0:
        raise ValueError(f"num_heads {num_heads} is no multiple of num_kv_heads {num_kv_heads}")
    num_tokens, d_model = hidden_states.shape
    head_dim = w_q.shape[1] // num_heads
    if w_q.shape != (d_model, num_heads * head_dim):
        raise ValueError(f"w_q has shape {tuple(w_q.shape)}")
    for name, weight in (("w_k", w_k), ("w_v", w_v)):
        if weight.shape != (d_model, num_kv_heads * head_dim):
            raise ValueError(f"{name} has shape {tuple(weight.shape)}")
    if w_o.shape != (num_heads * head_dim, d_model):
        raise ValueError(f"w_o has shape {tuple(w_o.shape)}")
    x, wq, wk, wv, wo = (
        np.asarray(a, dtype=np.float64) for a in (hidden_states, w_q, w_k, w_v, w_o)
    )
    q = (x @ wq).reshape(num_tokens, num_heads, head_dim)
    k = np.repeat(
        (x @ wk).reshape(num_tokens, num_kv_heads, head_dim), num_heads // num_kv_heads, axis=1
    )
    v = np.repeat(
        (x @ wv).reshape(num_tokens, num_kv_heads, head_dim), num_heads // num_kv_heads, axis=1
    )
    scores = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(head_dim)
    scores[:, np.triu_indices(num_tokens, 1)[0], np.triu_indices(num_tokens, 1)[1]] = -np.inf
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    out = np.einsum("hij,jhd->ihd", weights, v).reshape(num_tokens, num_heads * head_dim)
    return torch.from_numpy(out @ wo)


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
