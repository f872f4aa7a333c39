"""
style: numpy, with the axis of the queries.
fails: [test_average_of_equal_values, test_last_token_changes_only_its_own_row, test_size_of_the_scores, test_tokens_that_count, test_weights_of_the_worked_example]
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

    x = hidden_states.detach().numpy()
    q = (x @ w_q.detach().numpy()).reshape(num_tokens, num_heads, head_dim)
    k = (x @ w_k.detach().numpy()).reshape(num_tokens, num_kv_heads, head_dim)
    v = (x @ w_v.detach().numpy()).reshape(num_tokens, num_kv_heads, head_dim)
    k = np.repeat(k, num_heads // num_kv_heads, axis=1)
    v = np.repeat(v, num_heads // num_kv_heads, axis=1)
    scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(head_dim)
    scores = np.where(np.tri(num_tokens, dtype=bool), scores, -np.inf)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = scores / scores.sum(axis=1, keepdims=True)
    out = np.einsum("hqk,khd->qhd", weights, v).reshape(num_tokens, -1)
    return torch.from_numpy(out @ w_o.detach().numpy())


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
