"""
style: einsum over a separate group axis, keys and values are never repeated
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
    group_size = num_heads // num_kv_heads
    q = (hidden_states @ w_q).reshape(num_tokens, num_kv_heads, group_size, head_dim)
    k = (hidden_states @ w_k).reshape(num_tokens, num_kv_heads, head_dim)
    v = (hidden_states @ w_v).reshape(num_tokens, num_kv_heads, head_dim)
    scores = torch.einsum("tgsd,ugd->gstu", q, k) * head_dim**-0.5
    keep = torch.arange(num_tokens)[:, None] >= torch.arange(num_tokens)[None, :]
    scores = torch.where(keep, scores, torch.full_like(scores, -1e9))
    mixed = torch.einsum("gstu,ugd->tgsd", scores.softmax(-1), v)
    return mixed.reshape(num_tokens, num_heads * head_dim) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
