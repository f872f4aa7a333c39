"""
misconception: The keys ask the queries.
feedback: 'Row i of the scores belongs to query i: the queries times the transposed keys.'
fails: [test_size_of_the_scores, test_weights_of_the_worked_example]
"""


def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    n, d = hidden_states.shape
    if num_kv_heads < 1 or num_heads < 1 or num_heads % num_kv_heads:
        raise ValueError(f"num_heads {num_heads}, num_kv_heads {num_kv_heads}")
    for name, w in (("w_q", w_q), ("w_k", w_k), ("w_v", w_v)):
        if w.shape[0] != d:
            raise ValueError(f"{name} has shape {tuple(w.shape)}")
    if w_q.shape[1] % num_heads:
        raise ValueError(f"w_q {tuple(w_q.shape)}")
    hd = w_q.shape[1] // num_heads
    for name, w in (("w_k", w_k), ("w_v", w_v)):
        if w.shape[1] != num_kv_heads * hd:
            raise ValueError(f"{name} has shape {tuple(w.shape)}")
    if tuple(w_o.shape) != (num_heads * hd, d):
        raise ValueError(f"w_o {tuple(w_o.shape)}")
    q = (hidden_states @ w_q).view(n, num_heads, hd).transpose(0, 1)
    k = (hidden_states @ w_k).view(n, num_kv_heads, hd).transpose(0, 1)
    v = (hidden_states @ w_v).view(n, num_kv_heads, hd).transpose(0, 1)
    g = num_heads // num_kv_heads
    k, v = k.repeat_interleave(g, 0), v.repeat_interleave(g, 0)
    s = k @ q.transpose(-1, -2) / hd**0.5
    s = s.masked_fill(torch.ones(n, n).triu(1).bool(), float("-inf"))
    return (s.softmax(-1) @ v).transpose(0, 1).reshape(n, -1) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
