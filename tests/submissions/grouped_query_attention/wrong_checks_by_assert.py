"""
misconception: Arguments are checked with assert.
feedback: An assert raises AssertionError and can be switched off; check with if and raise ValueError with the name and value.
fails: [test_bad_arguments]
"""

def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    num_tokens, d_model = hidden_states.shape
    assert num_heads >= 1
    assert num_kv_heads >= 1
    assert num_heads % num_kv_heads == 0, f"{num_heads} heads, {num_kv_heads} KV heads"
    head_dim = w_q.shape[1] // num_heads
    assert w_q.shape == (d_model, num_heads * head_dim), f"w_q {w_q.shape}"
    assert w_k.shape == (d_model, num_kv_heads * head_dim), f"w_k {w_k.shape}"
    assert w_v.shape == (d_model, num_kv_heads * head_dim), f"w_v {w_v.shape}"
    assert w_o.shape == (num_heads * head_dim, d_model), f"w_o {w_o.shape}"

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
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
