"""Two mistakes in two functions of one answer are both named."""

from __future__ import annotations

import ast

import pytest

from autograder.course.samples import SampleAnswer
from autograder.diagnosis.asking import probes_of
from autograder.diagnosis.naming import misconception_of
from tests.diagnosis.asked import diagnosed, samples_of

Mistake = tuple[str, str]
"""A function, and the sample answer it is taken from."""
PAIRS: list[tuple[str, Mistake, Mistake]] = [
    ("router",
     ("router_probabilities", "wrong_softmax_over_tokens"),
     ("select_experts", "wrong_not_renormalised")),
    ("router",
     ("router_probabilities", "wrong_sigmoid"),
     ("select_experts", "wrong_counts_from_one")),
    ("expert_routing",
     ("tokenize", "wrong_case_kept"),
     ("assign_experts", "wrong_unknown_word_to_expert_0")),
    ("expert_routing",
     ("usage_by_kind", "wrong_whole_table_normalised"),
     ("routing_html", "wrong_eight_colours")),
    ("rope",
     ("rotation_matrix", "wrong_degrees_in_matrix"),
     ("apply_rope", "wrong_halves")),
    ("rope",
     ("rotate", "wrong_degrees_in_rotate"),
     ("apply_rope", "wrong_exponent_sign")),
    ("attention_masks",
     ("sliding_window_mask", "wrong_window_one_more"),
     ("count_scores", "wrong_count_false")),
    ("attention_masks",
     ("dilated_mask", "wrong_steps_from_the_first_token"),
     ("layers_to_reach", "wrong_layers_by_window")),
    ("grouped_query_attention",
     ("grouped_query_attention", "wrong_tiled_heads"),
     ("kv_cache_elements", "wrong_keys_without_values")),
    ("grouped_query_attention",
     ("grouped_query_attention", "wrong_no_mask"),
     ("kv_projection_parameters", "wrong_w_k_without_w_v")),
    ("attention_cost",
     ("score_flops", "wrong_kv_heads_in_flops"),
     ("kv_cache_bytes", "wrong_query_heads_in_cache")),
    ("attention_cost",
     ("score_flops", "wrong_window_on_both_axes"),
     ("kv_cache_bytes", "wrong_keys_without_values")),
    ("speculative_decoding",
     ("draft_and_verify", "wrong_counts_after_the_mismatch"),
     ("expected_tokens", "wrong_geometric_sum_one_short")),
    ("speculative_decoding",
     ("draft_and_verify", "wrong_at_least_one_accepted"),
     ("best_num_draft", "wrong_best_by_tokens_alone")),
    ("continuous_batching",
     ("continuous_batching", "wrong_one_admission_a_step"),
     ("metrics", "wrong_utilization_of_time_steps")),
    ("continuous_batching",
     ("static_batching", "wrong_static_refills_early"),
     ("metrics", "wrong_utilization_in_percent")),
    ("parallelism_advisor",
     ("advise", "wrong_no_reserve"),
     ("bubble_fraction", "wrong_bubble_over_ideal_time")),
    ("parallelism_advisor",
     ("advise", "wrong_memory_of_all_gpus"),
     ("bubble_fraction", "wrong_bubble_is_the_busy_share")),
]  # fmt: skip
BELOW_AND_ABOVE: list[tuple[str, Mistake, Mistake]] = [
    ("moe_layer",
     ("MoELayer", "wrong_not_renormalised"),
     ("parameter_counts", "wrong_router_not_counted")),
    ("router_collapse",
     ("load_balancing_loss", "wrong_missing_num_experts"),
     ("train_moe", "wrong_measured_after_update")),
    ("training_memory",
     ("training_memory_gb", "wrong_no_master_copy"),
     ("fits", "wrong_memory_pooled")),
]  # fmt: skip


def combined(exercise: str, function: str, one: SampleAnswer, other: SampleAnswer) -> str:
    """The other's answer with one's function, and whatever else that one's cell defines."""
    asked = {probes.name for probes in probes_of(exercise)} - {function}
    tree = ast.parse(one.source)
    taken = [node for node in tree.body if getattr(node, "name", None) not in asked]
    return f"{other.source}\n\n{ast.unparse(ast.Module(taken, []))}\n"


def named_of(exercise: str, first: Mistake, second: Mistake) -> dict[str, str]:
    """Function to the sentence that is said of it."""
    one, other = (samples_of(exercise)[sample] for _, sample in (first, second))
    findings = diagnosed(exercise, combined(exercise, first[0], one, other))
    return {finding.function: misconception_of(finding) for finding in findings}


@pytest.mark.parametrize(("exercise", "first", "second"), PAIRS)
def test_both_mistakes_are_named(exercise: str, first: Mistake, second: Mistake) -> None:
    named = named_of(exercise, first, second)
    for function, sample in (first, second):
        assert named[function] == samples_of(exercise)[sample].feedback


@pytest.mark.parametrize(("exercise", "below", "above"), BELOW_AND_ABOVE)
def test_of_two_that_build_on_each_other_the_one_below_is_named_first(
    exercise: str, below: Mistake, above: Mistake
) -> None:
    named = named_of(exercise, below, above)
    assert named == {below[0]: samples_of(exercise)[below[1]].feedback}
