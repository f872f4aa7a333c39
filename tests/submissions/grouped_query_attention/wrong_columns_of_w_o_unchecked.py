"""
misconception: Shapes fit when the products go through, so the columns of w_o are not checked.
feedback: 'A product goes through whatever the number of columns on its right. The layer gives back vectors as wide as it got them, so w_o must have d_model columns; check that too.'
fails: [test_bad_arguments]
"""


def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    num_tokens, d_model = hidden_states.shape
    if num_heads % num_kv_heads:
        raise ValueError(f"num_heads {num_heads} and num_kv_heads {num_kv_heads} do not fit")
    if w_q.shape[0] != d_model or w_q.shape[1] % num_heads:
        raise ValueError(f"w_q: {w_q.shape}")
    head_dim = w_q.shape[1] // num_heads
    kv_width = num_kv_heads * head_dim
    if w_k.shape != (d_model, kv_width):
        raise ValueError(f"w_k: {w_k.shape}")
    if w_v.shape != (d_model, kv_width):
        raise ValueError(f"w_v: {w_v.shape}")
    if len(w_o) != w_q.shape[1]:
        raise ValueError(f"w_o: {w_o.shape}")

    q, k, v = hidden_states @ w_q, hidden_states @ w_k, hidden_states @ w_v
    future = torch.ones(num_tokens, num_tokens).triu(1).bool()
    outputs = []
    for head in range(num_heads):
        kv_head = head // (num_heads // num_kv_heads)
        own = slice(head * head_dim, (head + 1) * head_dim)
        shared = slice(kv_head * head_dim, (kv_head + 1) * head_dim)
        scores = q[:, own] @ k[:, shared].T / math.sqrt(head_dim)
        weights = scores.masked_fill(future, -math.inf).softmax(dim=1)
        outputs.append(weights @ v[:, shared])
    return torch.cat(outputs, dim=1) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
