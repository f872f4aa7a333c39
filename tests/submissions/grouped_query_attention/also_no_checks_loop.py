"""
style: A loop over heads, nothing checked.
fails: [test_bad_arguments]
"""

def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    seq, dim = hidden_states.shape
    hd = w_q.shape[1] // num_heads

    q, k, v = hidden_states @ w_q, hidden_states @ w_k, hidden_states @ w_v
    allowed = torch.tril(torch.ones(seq, seq, dtype=torch.bool))
    outputs = []
    for head in range(num_heads):
        kv = head // (num_heads // num_kv_heads)
        query = q[:, head * hd:(head + 1) * hd]
        key = k[:, kv * hd:(kv + 1) * hd]
        value = v[:, kv * hd:(kv + 1) * hd]
        scores = query @ key.T / hd ** 0.5
        scores[~allowed] = float("-inf")
        weights = F.softmax(scores, dim=1)
        outputs.append(weights @ value)
    return torch.cat(outputs, dim=1) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    keys = num_tokens * num_kv_heads * head_dim
    values = keys
    return keys + values


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    w_k = d_model * (num_kv_heads * head_dim)
    w_v = d_model * (num_kv_heads * head_dim)
    return w_k + w_v
