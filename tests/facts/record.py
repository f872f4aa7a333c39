"""What a fact is, and the constants and models that the facts are about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from reference import grouped_query_attention
from reference.attention_cost import AttentionConfig

VERDICTS = ("exact", "measured", "rounded", "inconsistent", "wrong")

GIB = 2**30
A100_FLOPS = 312e12
"""Dense bf16 FLOPs a second, NVIDIA's data sheet; as are the two bandwidths."""
A100_MEMORY_BYTES = 2.04e12
NVLINK_BYTES = 600e9
"""Both directions added up; 300e9 each way."""
NETWORK_BYTES = 25e9
"""One 200 Gbit/s adapter per GPU, as in NVIDIA's DGX A100; the lesson's network between nodes."""


class Fact(NamedTuple):
    """One number: what is said, and what computes it."""

    row: str
    """Lesson and number of the claim in the course's audit."""
    claim: str
    said: str
    compute: Callable[..., float]
    unit: str
    verdict: str
    source: str
    """Where the computed value comes from: a function of the reference, or a closed form."""


# Architectures, from their published configurations.


@dataclass(frozen=True)
class Decoder:
    """The sizes of a published decoder-only model."""

    layers: int
    d_model: int
    d_ff: int
    heads: int
    kv_heads: int
    vocab: int
    ffn_matrices: int = 3
    experts: int = 1
    top_k: int = 1
    positions: int = 0
    """Learned positions: the GPT family, which also has biases and tied embeddings."""

    @property
    def expert(self) -> int:
        """Parameters of one feed-forward block, without biases."""
        return self.ffn_matrices * self.d_model * self.d_ff

    @property
    def ffn(self) -> int:
        return self.layers * self.experts * self.expert

    @property
    def total(self) -> int:
        d, head_dim = self.d_model, self.d_model // self.heads
        keys_values = grouped_query_attention.kv_projection_parameters(d, self.kv_heads, head_dim)
        attention = 2 * d * d + keys_values
        if self.positions:
            biases = 4 * d + self.d_ff + d
            block = attention + self.expert + biases + 4 * d
            return self.vocab * d + self.positions * d + self.layers * block + 2 * d
        routers = self.experts * d if self.experts > 1 else 0
        block = attention + self.experts * self.expert + routers + 2 * d
        return 2 * self.vocab * d + self.layers * block + d

    @property
    def active(self) -> int:
        return self.total - self.layers * (self.experts - self.top_k) * self.expert


GPT2 = Decoder(12, 768, 3072, 12, 12, 50_257, ffn_matrices=2, positions=1024)
GPT3 = Decoder(96, 12_288, 49_152, 96, 96, 50_257, ffn_matrices=2, positions=2048)
LLAMA_7B = Decoder(32, 4096, 11_008, 32, 32, 32_000)
LLAMA_65B = Decoder(80, 8192, 22_016, 64, 64, 32_000)
LLAMA_2_70B = Decoder(80, 8192, 28_672, 64, 8, 32_000)
MIXTRAL = Decoder(32, 4096, 14_336, 32, 8, 32_000, experts=8, top_k=2)
MIXTRAL_TWO_MATRICES = Decoder(32, 4096, 14_336, 32, 8, 32_000, 2, experts=8, top_k=2)

ATTENTION_GPT2 = AttentionConfig("GPT-2", 12, 768, 12, 12, 64)
ATTENTION_70B_MHA = AttentionConfig("70B, MHA", 80, 8192, 64, 64, 128)
ATTENTION_70B = AttentionConfig("70B, GQA", 80, 8192, 64, 8, 128)
ATTENTION_7B = AttentionConfig("7B, MHA", 32, 4096, 32, 32, 128)
ONE_LAYER = AttentionConfig("one layer of GPT-2", 1, 768, 12, 12, 64)
