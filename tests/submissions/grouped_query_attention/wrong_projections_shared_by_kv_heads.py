"""
misconception: All KV heads use the same W_k and W_v of one head, so their number does not matter.
feedback: 'Each KV head has head_dim columns of its own in W_k and as many in W_v, so the parameters grow with num_kv_heads.'
fails: [test_parameter_counts, test_parameters_of_this_layer]
"""


def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    if num_heads % num_kv_heads != 0:
        raise ValueError(f"num_heads is {num_heads}, num_kv_heads is {num_kv_heads}")
    num_tokens, d_model = hidden_states.shape
    head_dim = w_q.shape[1] // num_heads
    expected = {
        "w_q": (d_model, num_heads * head_dim),
        "w_k": (d_model, num_kv_heads * head_dim),
        "w_v": (d_model, num_kv_heads * head_dim),
        "w_o": (num_heads * head_dim, d_model),
    }
    for (name, shape), matrix in zip(expected.items(), (w_q, w_k, w_v, w_o)):
        if tuple(matrix.shape) != shape:
            raise ValueError(f"{name} is {tuple(matrix.shape)} and should be {shape}")

    group = num_heads // num_kv_heads
    q = (hidden_states @ w_q).reshape(num_tokens, num_kv_heads, group, head_dim)
    k = (hidden_states @ w_k).reshape(num_tokens, num_kv_heads, head_dim)
    v = (hidden_states @ w_v).reshape(num_tokens, num_kv_heads, head_dim)
    scores = torch.einsum("qhgd,khd->hgqk", q, k) / head_dim**0.5
    seen = torch.ones(num_tokens, num_tokens).tril() == 1
    weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
    heads = torch.einsum("hgqk,khd->qhgd", weights, v)
    return heads.flatten(1) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_kv_heads * num_tokens * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    one_matrix = d_model * head_dim
    return 2 * one_matrix
