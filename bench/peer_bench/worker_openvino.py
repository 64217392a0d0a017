"""OpenVINO on its CPU plugin."""
import collections

import openvino
import worker


class OpenVino:
    def __init__(self, settings):
        self.settings = settings
        self.core = openvino.Core()

    def compile(self, shape=None):
        model = self.core.read_model(self.settings["model"])
        if shape is not None:
            model.reshape({port: openvino.PartialShape(list(shape)) for port in model.inputs})
        return self.core.compile_model(model, "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": self.settings["threads"],
            "INFERENCE_PRECISION_HINT": self.settings["inference_precision"]})

    def load(self):
        self.compiled = self.compile()
        self.request = self.compiled.create_infer_request()

    def prepare(self, sequences, fixed):
        ids, mask = worker.padded(sequences, self.settings["pad_id"], "int64")
        # Who uses one shape again and again may compile for it. Real sentences never have the same one.
        static = fixed and self.settings["static"]
        request = self.compile(ids.shape).create_infer_request() if static else self.request
        tensors = [openvino.Tensor(ids, shared_memory=True), openvino.Tensor(mask, shared_memory=True)]
        output = request.model_outputs[0]

        def call(keep=(ids, mask)):
            for place, tensor in enumerate(tensors):
                request.set_input_tensor(place, tensor)
            request.infer()
            return request.get_tensor(output).data

        return call

    def describe(self):
        kernels = collections.Counter()
        for node in self.compiled.get_runtime_model().get_ops():
            info = node.get_rt_info()
            kind = info["layerType"].astype(str) if "layerType" in info else ""
            if kind in ("FullyConnected", "MatMul", "MHA", "ScaledDotProductAttention", "Subgraph"):
                kernels[f"{kind} {info['primitiveType'].astype(str)}"] += 1
        return {"version": openvino.__version__, "kernels": dict(kernels)}


if __name__ == "__main__":
    worker.serve(OpenVino)
