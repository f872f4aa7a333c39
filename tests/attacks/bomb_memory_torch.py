"""
intent: Take all memory through torch.
outcome: The memory limit ends it with a sentence.
events: [memory, crash, error]
marks: 1
"""

import torch

hoard = [torch.ones(100_000_000) for _ in range(500)]
