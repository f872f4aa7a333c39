"""
misconception: 'Bad head counts and widths are left to fail somewhere inside.'
feedback: 'Your attention is right; what is missing is the ValueError that says which argument does not fit.'
likely: true
fails: [test_bad_arguments]
"""


def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    num_tokens, d_model = hidden_states.shape
    head_dim = w_q.shape[1] // num_heads
    group_size = num_heads // num_kv_heads
    q = (hidden_states @ w_q).view(num_tokens, num_heads, head_dim).transpose(0, 1)
    k = (hidden_states @ w_k).view(num_tokens, num_kv_heads, head_dim).transpose(0, 1)
    v = (hidden_states @ w_v).view(num_tokens, num_kv_heads, head_dim).transpose(0, 1)
    k = k.repeat_interleave(group_size, dim=0)
    v = v.repeat_interleave(group_size, dim=0)
    scores = q @ k.transpose(1, 2) / head_dim**0.5
    mask = torch.tril(torch.ones(num_tokens, num_tokens, dtype=torch.bool))
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = torch.softmax(scores, dim=-1)
    out = (weights @ v).transpose(0, 1).reshape(num_tokens, num_heads * head_dim)
    return out @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
