"""A checkpoint to ONNX, to what ONNX Runtime makes of it, and to the reference embeddings; needs the environment of the
peers.

    convert_onnx.py CHECKPOINT WORKLOAD.json OUT_FOLDER
"""
import json
import math
import pathlib
import sys

import numpy
import onnx
import onnxruntime.quantization as quantization
import torch
import transformers
from onnxruntime.transformers import optimizer
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

OPSET = 17


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


def reference(encoder, sequences, path):
    """Embeddings in float32 by PyTorch; only sequences of one length share a batch, so that nothing is padded."""
    rows = [None] * len(sequences)
    by_length = {}
    for at, sequence in enumerate(sequences):
        by_length.setdefault(len(sequence), []).append(at)
    with torch.no_grad():
        for places in by_length.values():
            for begin in range(0, len(places), 32):
                some = places[begin:begin + 32]
                ids = torch.tensor([sequences[at] for at in some])
                for at, row in zip(some, encoder(ids, torch.ones_like(ids)).numpy()):
                    rows[at] = row
    numpy.stack(rows).astype("<f4").tofile(path)


def export(encoder, path):
    ids = torch.ones((2, 16), dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(encoder, (ids, torch.ones_like(ids)), path, dynamo=False, opset_version=OPSET,
                      input_names=["input_ids", "attention_mask"], output_names=["embedding"],
                      dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}})


def fuse(plain, fused, config):
    """ONNX Runtime's transformer optimizer: Attention, SkipLayerNormalization, BiasGelu, EmbedLayerNormalization."""
    optimized = optimizer.optimize_model(str(plain), model_type="bert", num_heads=config.num_attention_heads,
                                         hidden_size=config.hidden_size, opt_level=0)
    optimized.save_model_to_file(str(fused))
    return {name: count for name, count in optimized.get_fused_operator_statistics().items() if count}


def main():
    checkpoint, workload, out = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text()), pathlib.Path(sys.argv[3])
    encoder = load(checkpoint)
    reference(encoder, workload["sequences"], out / "reference.f32")
    export(encoder, out / "plain.onnx")
    notes = {"fused": fuse(out / "plain.onnx", out / "fused.onnx", encoder.model.config)}
    for graph in ("plain", "fused"):
        for scheme in ("tensor", "channel"):
            quantization.quantize_dynamic(out / f"{graph}.onnx", out / f"{graph}_int8_{scheme}.onnx",
                                          weight_type=quantization.QuantType.QInt8, per_channel=scheme == "channel",
                                          extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
    (out / "notes.json").write_text(json.dumps(notes))


main()
