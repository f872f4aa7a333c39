"""
style: A loop over the KV heads.
fails: [test_sharing_is_all_that_differs, test_weights_of_the_worked_example, test_who_reads_whom_in_the_worked_example, test_who_shares_with_whom]
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
    mask = torch.ones(n, n).tril().bool()
    outs = []
    for head in range(num_kv_heads):
        scores = (q[head] @ k[head].T / math.sqrt(hd)).masked_fill(~mask, float("-inf"))
        outs.append(scores.softmax(dim=-1) @ v[head])
    joined = torch.cat(outs, dim=1)
    return joined @ w_o[: joined.shape[1]]


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
