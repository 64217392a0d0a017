"""CTranslate2. Its encoder ends at the hidden states; NumPy makes the normalized mean of them, and is timed too."""
import time

import ctranslate2
import numpy
import worker


class CTranslate2:
    def __init__(self, settings):
        self.settings = settings

    def load(self):
        self.encoder = ctranslate2.Encoder(self.settings["model"], device="cpu", inter_threads=1,
                                           intra_threads=self.settings["threads"],
                                           compute_type=self.settings["compute_type"])

    def prepare(self, sequences, fixed):
        del fixed  # it drops the padding itself
        ids, mask = worker.padded(sequences, self.settings["pad_id"], "int32")
        lengths = mask.sum(1, dtype="int32")
        weights = mask[:, None, :].astype("float32") / lengths[:, None, None].astype("float32")
        views = [ctranslate2.StorageView.from_array(array) for array in (ids, lengths)]
        run = self.encoder.forward_batch

        def call(keep=(ids, lengths)):
            output = run(*views)
            begin = time.perf_counter()
            mean = numpy.matmul(weights, numpy.asarray(output.last_hidden_state))[:, 0]
            rows = mean / numpy.sqrt((mean * mean).sum(-1, keepdims=True))
            self.pooling_ms = (time.perf_counter() - begin) * 1e3
            return rows

        return call

    def describe(self):
        return {"version": ctranslate2.__version__, "compute_type": self.encoder.compute_type,
                "pooling_ms": getattr(self, "pooling_ms", None)}


if __name__ == "__main__":
    worker.serve(CTranslate2)
