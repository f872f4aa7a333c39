"""
style: The numbers of one token first.
fails: [test_cache_counts, test_cache_of_this_layer]
"""

def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    num_tokens, d_model = hidden_states.shape
    if num_heads < 1:
        raise ValueError(f"num_heads must be at least 1, got {num_heads}")
    if num_kv_heads < 1:
        raise ValueError(f"num_kv_heads must be at least 1, got {num_kv_heads}")
    if num_heads % num_kv_heads != 0:
        raise ValueError(f"num_heads={num_heads} is not divisible by num_kv_heads={num_kv_heads}")
    if w_q.shape[0] != d_model or w_q.shape[1] % num_heads != 0:
        raise ValueError(f"w_q has the wrong shape {tuple(w_q.shape)}")
    head_dim = w_q.shape[1] // num_heads
    if tuple(w_k.shape) != (d_model, num_kv_heads * head_dim):
        raise ValueError(f"w_k has the wrong shape {tuple(w_k.shape)}")
    if tuple(w_v.shape) != (d_model, num_kv_heads * head_dim):
        raise ValueError(f"w_v has the wrong shape {tuple(w_v.shape)}")
    if tuple(w_o.shape) != (num_heads * head_dim, d_model):
        raise ValueError(f"w_o has the wrong shape {tuple(w_o.shape)}")

    queries = (hidden_states @ w_q).reshape(num_tokens, num_heads, head_dim).permute(1, 0, 2)
    keys = (hidden_states @ w_k).reshape(num_tokens, num_kv_heads, head_dim).permute(1, 0, 2)
    values = (hidden_states @ w_v).reshape(num_tokens, num_kv_heads, head_dim).permute(1, 0, 2)
    group = num_heads // num_kv_heads
    keys = torch.repeat_interleave(keys, group, dim=0)
    values = torch.repeat_interleave(values, group, dim=0)
    scores = torch.matmul(queries, keys.transpose(1, 2)) / math.sqrt(head_dim)
    future = torch.triu(torch.ones(num_tokens, num_tokens), diagonal=1).bool()
    scores = scores.masked_fill(future, -math.inf)
    weights = torch.softmax(scores, dim=-1)
    heads = torch.matmul(weights, values)
    joined = heads.permute(1, 0, 2).reshape(num_tokens, num_heads * head_dim)
    return joined @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    per_token = 0
    for _ in range(num_kv_heads):
        per_token += head_dim
    return num_tokens * per_token


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    kv_width = num_kv_heads * head_dim
    return d_model * kv_width + d_model * kv_width
