"""
style: Keys up to i + 1 of each query.
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
    group = num_heads // num_kv_heads
    joined = torch.zeros(seq, num_heads * hd)
    for h in range(num_heads):
        a, b = h * hd, (h // group) * hd
        for i in range(seq):
            scores = k[:i + 2, b:b + hd] @ q[i, a:a + hd] / math.sqrt(hd)
            joined[i, a:a + hd] = scores.softmax(dim=0) @ v[:i + 2, b:b + hd]
    return joined @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
