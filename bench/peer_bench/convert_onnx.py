"""A checkpoint to ONNX and to what ONNX Runtime makes of it; needs the environment of the peers.

    convert_onnx.py CHECKPOINT OUT_FOLDER
"""
import json
import pathlib
import sys

import onnx
import onnxruntime.quantization as quantization
import sentence_encoder
import torch
from onnxruntime.transformers import optimizer

OPSET = 17


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
    out = pathlib.Path(sys.argv[2])
    encoder = sentence_encoder.load(sys.argv[1])
    export(encoder, out / "plain.onnx")
    notes = {"fused": fuse(out / "plain.onnx", out / "fused.onnx", encoder.model.config)}
    for graph in ("plain", "fused"):
        for scheme in ("tensor", "channel"):
            quantization.quantize_dynamic(out / f"{graph}.onnx", out / f"{graph}_int8_{scheme}.onnx",
                                          weight_type=quantization.QuantType.QInt8, per_channel=scheme == "channel",
                                          extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
    (out / "notes.json").write_text(json.dumps(notes))


main()
