"""
style: One helper that reshapes.
fails: [test_heads_are_cut_out_per_token, test_last_token_changes_only_its_own_row, test_sharing_is_all_that_differs, test_weights_of_the_worked_example]
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

    def to_heads(projected, heads):
        return projected.reshape(heads, num_tokens, head_dim)

    group = num_heads // num_kv_heads
    q = to_heads(hidden_states @ w_q, num_heads)
    k = to_heads(hidden_states @ w_k, num_kv_heads).repeat_interleave(group, dim=0)
    v = to_heads(hidden_states @ w_v, num_kv_heads).repeat_interleave(group, dim=0)
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return out.permute(1, 0, 2).reshape(num_tokens, -1) @ w_o


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    return 2 * num_tokens * num_kv_heads * head_dim


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    return 2 * d_model * num_kv_heads * head_dim
