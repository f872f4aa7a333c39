"""
misconception: w_o is transposed, as nn.Linear does with its weight.
feedback: w_o has the numbers of the heads in its rows, so the joined heads are multiplied by w_o as it is; nn.Linear alone stores its matrix transposed.
fails: [test_heads_are_cut_out_per_token, test_heads_are_joined_per_token, test_other_head_width, test_size_of_the_scores, test_what_comes_out_of_one_head]
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
    return joined @ w_o.T


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
