"""A checkpoint as a PyTorch module in the form that exporters know; needs the environment of the peers."""
import math

import torch
import transformers
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS


def plain_attention(module, query, key, value, mask, **_):
    """Attention as the textbooks write it: ONNX Runtime's fusion knows this form, not the one transformers exports."""
    scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores + mask
    return torch.matmul(torch.softmax(scores, -1), value).transpose(1, 2).contiguous(), None


class SentenceEncoder(torch.nn.Module):
    """Token ids and mask in, normalized mean embedding out: what Linnet's file holds, and nothing less."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        hidden = self.model.embeddings(input_ids=input_ids)
        mask = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * -10000.0
        hidden = self.model.encoder(hidden, attention_mask=mask)[0]
        weights = attention_mask[:, :, None].to(torch.float32)
        mean = (hidden * weights).sum(1) / weights.sum(1)
        return mean / torch.sqrt((mean * mean).sum(-1, keepdim=True))


def load(checkpoint):
    model = transformers.AutoModel.from_pretrained(checkpoint, attn_implementation="eager").eval()
    ALL_ATTENTION_FUNCTIONS.register("plain", plain_attention)
    model.config._attn_implementation = "plain"
    return SentenceEncoder(model)
