"""
style: F.linear.
fails: [test_heads_are_cut_out_per_token, test_heads_are_joined_per_token, test_other_head_width, test_size_of_the_scores, test_what_comes_out_of_one_head]
"""

def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    if num_heads < 1 or num_kv_heads < 1 or num_heads % num_kv_heads:
        raise ValueError(f"num_heads = {num_heads} and num_kv_heads = {num_kv_heads} do not fit")
    t, dim = hidden_states.shape
    hd = w_q.shape[1] // num_heads
    wanted = dict(w_q=(dim, num_heads * hd), w_k=(dim, num_kv_heads * hd),
                  w_v=(dim, num_kv_heads * hd), w_o=(num_heads * hd, dim))
    given = dict(w_q=w_q, w_k=w_k, w_v=w_v, w_o=w_o)
    for name in wanted:
        if tuple(given[name].shape) != wanted[name]:
            raise ValueError(f"{name}: shape {tuple(given[name].shape)}, expected {wanted[name]}")

    group = num_heads // num_kv_heads
    queries = hidden_states @ w_q
    queries = queries.view(t, num_kv_heads, group, hd)
    keys = (hidden_states @ w_k).view(t, num_kv_heads, hd)
    values = (hidden_states @ w_v).view(t, num_kv_heads, hd)
    scores = torch.einsum("tkgd,skd->kgts", queries, keys) / math.sqrt(hd)
    causal = torch.arange(t)[:, None] >= torch.arange(t)[None, :]
    scores = torch.where(causal, scores, torch.tensor(-1e30))
    weights = F.softmax(scores, dim=-1)
    out = torch.einsum("kgts,skd->tkgd", weights, values)
    return F.linear(out.reshape(t, num_heads * hd), w_o)


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    keys = num_tokens * num_kv_heads * head_dim
    values = keys
    return keys + values


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    w_k = d_model * (num_kv_heads * head_dim)
    w_v = d_model * (num_kv_heads * head_dim)
    return w_k + w_v
