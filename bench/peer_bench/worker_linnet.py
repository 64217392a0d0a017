"""Linnet through its C interface."""
import ctypes

import numpy
import worker


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("message", ctypes.c_char * 1024)]


class Options(ctypes.Structure):
    """The beginning of linnet_session_options; `size` says how much of it there is."""
    _fields_ = [("size", ctypes.c_size_t), ("max_pass_tokens", ctypes.c_size_t), ("max_pass_sequences", ctypes.c_size_t),
                ("threads", ctypes.c_size_t)]


class Linnet:
    def __init__(self, settings):
        self.settings = settings
        self.library = ctypes.CDLL(settings["library"])
        for name, result in (("linnet_version", ctypes.c_char_p), ("linnet_session_isa", ctypes.c_char_p),
                             ("linnet_session_memory", ctypes.c_size_t), ("linnet_model_width", ctypes.c_size_t)):
            getattr(self.library, name).restype = result
        self.model, self.session, self.error = ctypes.c_void_p(), ctypes.c_void_p(), Error()

    def check(self, code):
        if code != 0:
            raise RuntimeError(self.error.message.decode())

    def load(self):
        options = Options(size=ctypes.sizeof(Options), threads=self.settings["threads"])
        self.check(self.library.linnet_model_open(self.settings["model"].encode(), ctypes.byref(self.model),
                                                  ctypes.byref(self.error)))
        self.check(self.library.linnet_session_create(self.model, ctypes.byref(options), ctypes.byref(self.session),
                                                      ctypes.byref(self.error)))

    def prepare(self, sequences, fixed):
        del fixed  # there is nothing to prepare for a shape
        ids = numpy.array([token for sequence in sequences for token in sequence], numpy.int32)
        lengths = numpy.array([len(sequence) for sequence in sequences], numpy.uint64)
        width = self.library.linnet_model_width(self.model, None)
        out = numpy.zeros((len(sequences), width), numpy.float32)
        run, check = self.library.linnet_run, self.check
        arguments = (self.session, ctypes.c_void_p(ids.ctypes.data), ctypes.c_void_p(lengths.ctypes.data),
                     ctypes.c_size_t(len(sequences)), None, ctypes.c_void_p(out.ctypes.data), ctypes.c_size_t(width),
                     ctypes.byref(self.error))

        def call(keep=(ids, lengths)):
            check(run(*arguments))
            return out

        return call

    def describe(self):
        return {"version": self.library.linnet_version().decode(),
                "isa": self.library.linnet_session_isa(self.session).decode(),
                "session_bytes": self.library.linnet_session_memory(self.session)}


if __name__ == "__main__":
    worker.serve(Linnet)
