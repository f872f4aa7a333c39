"""
style: einsum with a group axis, nothing checked.
fails: [test_bad_arguments]
"""

def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    t = hidden_states.shape[0]
    hd = w_q.shape[1] // num_heads

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
    return out.reshape(t, num_heads * hd) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    keys = num_tokens * num_kv_heads * head_dim
    values = keys
    return keys + values


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    w_k = d_model * (num_kv_heads * head_dim)
    w_v = d_model * (num_kv_heads * head_dim)
    return w_k + w_v
