"""The exported ONNX model to OpenVINO's INT8 forms; needs the environment of the peers.

    convert_openvino.py PLAIN.onnx WORKLOAD.json OUT_FOLDER

Writes int8.xml, NNCF's post-training quantization of weights and activations with the calibration sentences of the
workload, and int8_weights.xml, INT8 weights whose activations OpenVINO quantizes at run time.
"""
import json
import pathlib
import sys

import nncf
import numpy
import openvino


def feed(sequence):
    ids = numpy.array([sequence], numpy.int64)
    return {"input_ids": ids, "attention_mask": numpy.ones_like(ids)}


def main():
    plain, workload, out = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text()), pathlib.Path(sys.argv[3])
    core = openvino.Core()
    calibration = workload["calibration"]
    quantized = nncf.quantize(core.read_model(plain), nncf.Dataset(calibration, feed), subset_size=len(calibration),
                              model_type=nncf.ModelType.TRANSFORMER, preset=nncf.QuantizationPreset.MIXED)
    openvino.save_model(quantized, out / "int8.xml", compress_to_fp16=False)
    weights = nncf.compress_weights(core.read_model(plain), mode=nncf.CompressWeightsMode.INT8_SYM)
    openvino.save_model(weights, out / "int8_weights.xml", compress_to_fp16=False)


main()
