"""
misconception: 'The scores are not divided by the square root of head_dim.'
feedback: 'A sum of head_dim products grows with head_dim; divide the scores by its square root before the softmax.'
likely: true
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
    q = (hidden_states @ w_q).view(num_tokens, num_heads, head_dim).transpose(0, 1)
    k = (hidden_states @ w_k).view(num_tokens, num_kv_heads, head_dim).transpose(0, 1)
    v = (hidden_states @ w_v).view(num_tokens, num_kv_heads, head_dim).transpose(0, 1)
    k = k.repeat_interleave(group_size, dim=0)
    v = v.repeat_interleave(group_size, dim=0)
    scores = q @ k.transpose(1, 2)
    mask = torch.tril(torch.ones(num_tokens, num_tokens, dtype=torch.bool))
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = torch.softmax(scores, dim=-1)
    out = (weights @ v).transpose(0, 1).reshape(num_tokens, num_heads * head_dim)
    return out @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
