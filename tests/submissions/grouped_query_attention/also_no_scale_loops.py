"""
style: Written with loops.
fails: [test_size_of_the_scores, test_weights_of_the_worked_example]
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
    q, k, v = hidden_states @ w_q, hidden_states @ w_k, hidden_states @ w_v
    joined = torch.zeros(num_tokens, num_heads * head_dim, dtype=hidden_states.dtype)
    for h in range(num_heads):
        own = slice(h * head_dim, (h + 1) * head_dim)
        g = h // group_size
        shared = slice(g * head_dim, (g + 1) * head_dim)
        for i in range(num_tokens):
            scores = torch.stack([q[i, own] @ k[j, shared] for j in range(i + 1)])
            weights = F.softmax(scores, dim=0)
            joined[i, own] = sum(weights[j] * v[j, shared] for j in range(i + 1))
    return joined @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
