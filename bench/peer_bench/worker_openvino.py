"""OpenVINO on its CPU plugin."""
import collections

import openvino
import worker


class OpenVino:
    def __init__(self, settings):
        self.settings = settings
        self.core = openvino.Core()
        self.requests = {}

    def compile(self, shape=None):
        model = self.core.read_model(self.settings["model"])
        if shape is not None:
            model.reshape({port: openvino.PartialShape(list(shape)) for port in model.inputs})
        return self.core.compile_model(model, "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": self.settings["threads"],
            "INFERENCE_PRECISION_HINT": self.settings["inference_precision"]})

    def request_for(self, shape):
        """Compiles once for a shape, or with None for any shape."""
        if shape not in self.requests:
            self.compiled = self.compile(shape)
            self.requests[shape] = self.compiled.create_infer_request()
        return self.requests[shape]

    def load(self):
        # Who uses one shape again and again may compile for it, and for it alone.
        shape = self.settings["first_shape"] if self.settings["static"] else None
        self.request_for(tuple(shape) if shape else None)

    def prepare(self, sequences, fixed):
        ids, mask = worker.padded(sequences, self.settings["pad_id"], "int64")
        # Real sentences never have the same shape again.
        request = self.request_for(ids.shape if fixed and self.settings["static"] else None)
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
