"""
style: the columns of w_k and w_v are gathered, then plain multi-head attention; queries scaled before the product; heads summed through slices of w_o
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
    source = []
    for h in range(num_heads):
        g = h // (num_heads // num_kv_heads)
        source.extend(range(g * head_dim, (g + 1) * head_dim))
    q = hidden_states @ w_q / math.sqrt(head_dim)
    k, v = hidden_states @ w_k[:, source], hidden_states @ w_v[:, source]
    bias = torch.triu(torch.full((num_tokens, num_tokens), -math.inf, dtype=q.dtype), diagonal=1)
    total = 0
    for start in range(0, num_heads * head_dim, head_dim):
        own = slice(start, start + head_dim)
        weights = torch.softmax(q[:, own] @ k[:, own].T + bias, dim=1)
        total = total + weights @ v[:, own] @ w_o[own]
    return total


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
