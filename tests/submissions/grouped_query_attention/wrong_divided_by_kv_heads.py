"""
misconception: The number of a query head is divided by the number of KV heads.
feedback: A group holds num_heads // num_kv_heads query heads, and the head's number is divided by that.
fails: [test_heads_are_joined_per_token, test_other_head_width, test_sharing_is_all_that_differs, test_who_shares_with_whom]
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
    rows = []
    for h in range(num_heads):
        j = min(h // num_kv_heads, num_kv_heads - 1)
        s = (q[h] @ k[j].T / hd**0.5).masked_fill(torch.ones(n, n).triu(1).bool(), float("-inf"))
        rows.append(s.softmax(-1) @ v[j])
    return torch.cat(rows, 1) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
