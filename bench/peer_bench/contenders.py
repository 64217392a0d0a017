"""What is compared: every runtime with every setting that may be its best one, and how its instruction set is capped."""
import pathlib

# From the smallest to the largest; a cap leaves what is before it.
ISAS = ["scalar", "sse41", "avx2", "avxvnni", "avx512", "avx512vnni", "amx"]

# What the runtimes call them. A cap that a runtime cannot express is rounded down, never up. Measured: OpenVINO's oneDNN
# and CTranslate2's oneDNN heed ONEDNN_MAX_CPU_ISA, CTranslate2's MKL heeds MKL_ENABLE_INSTRUCTIONS.
ONEDNN = {"sse41": "SSE41", "avx2": "AVX2", "avxvnni": "AVX2_VNNI", "avx512": "AVX512_CORE",
          "avx512vnni": "AVX512_CORE_VNNI", "amx": "AVX512_CORE_AMX"}
MKL = {"sse41": "SSE4_2", "avx2": "AVX2", "avxvnni": "AVX2", "avx512": "AVX512", "avx512vnni": "AVX512_E1",
       "amx": "AVX512_E4"}
CTRANSLATE2 = {"sse41": "GENERIC", "avx2": "AVX2", "avxvnni": "AVX2"}

# A runtime whose instruction set nothing can cap.
NOT_CAPPED = ("onnxruntime",)


def rank(isa):
    if isa not in ISAS:
        raise ValueError(f"no instruction set is called '{isa}'; there are {', '.join(ISAS)}")
    return ISAS.index(isa)


def processor_flags(cpuinfo="/proc/cpuinfo"):
    """The flags that Linux prints for the first processor."""
    for line in pathlib.Path(cpuinfo).read_text(encoding="utf-8").splitlines():
        if line.startswith("flags"):
            return set(line.split(":", 1)[1].split())
    return set()


def machine_isa(flags):
    """The largest instruction set of a processor with these flags."""
    needed = {"amx": "amx_int8", "avx512vnni": "avx512_vnni", "avx512": "avx512bw", "avxvnni": "avx_vnni", "avx2": "avx2",
              "sse41": "sse4_1"}
    return next((isa for isa in reversed(ISAS) if needed.get(isa) in flags), "scalar")


def cap_environment(runtime, cap, linnet_available=()):
    """The environment variables that keep a runtime to instruction sets up to `cap`."""
    if cap is None:
        return {}
    if runtime == "linnet":
        allowed = [isa for isa in linnet_available if isa in ISAS and rank(isa) <= rank(cap)]
        if not allowed:
            raise ValueError(f"Linnet has no instruction set up to '{cap}' on this machine")
        return {"LINNET_ISA": allowed[0]}
    if rank(cap) < rank("sse41"):
        raise ValueError("the peers cannot be capped below 'sse41'")
    if runtime == "openvino":
        return {"ONEDNN_MAX_CPU_ISA": ONEDNN[cap]}
    if runtime == "ctranslate2":
        forced = {"CT2_FORCE_CPU_ISA": CTRANSLATE2[cap]} if cap in CTRANSLATE2 else {}
        return {"ONEDNN_MAX_CPU_ISA": ONEDNN[cap], "MKL_ENABLE_INSTRUCTIONS": MKL[cap], **forced}
    return {}


def contender(name, runtime, family, precision, model, pads=True, env=None, **settings):
    """`model` is the name of the converted file; `accuracy_of` names settings that change times but no answers."""
    return {"name": name, "runtime": runtime, "family": family, "precision": precision, "model": model, "pads": pads,
            "env": env or {}, "settings": settings,
            "accuracy_of": (runtime, model, str(sorted((k, v) for k, v in settings.items() if k != "static")),
                            str(sorted((env or {}).items())))}


def linnet_contenders():
    return [contender("Linnet float32", "linnet", "Linnet float32", "float32", "linnet_float", pads=False),
            contender("Linnet INT8", "linnet", "Linnet INT8", "int8", "linnet_int8", pads=False),
            contender("Linnet INT8, calibrated", "linnet", "Linnet INT8, calibrated", "int8", "linnet_int8_calibrated",
                      pads=False)]


def onnxruntime_contenders():
    result = []
    for graph, label in (("plain", ""), ("fused", ", fused")):
        result.append(contender(f"ONNX Runtime float32{label}", "onnxruntime", "ONNX Runtime float32", "float32",
                                f"onnx_{graph}"))
    for graph, label in (("plain", ""), ("fused", ", fused")):
        for scheme, scheme_label in (("tensor", ""), ("channel", ", per channel")):
            result.append(contender(f"ONNX Runtime INT8{label}{scheme_label}", "onnxruntime", "ONNX Runtime INT8", "int8",
                                    f"onnx_{graph}_int8_{scheme}"))
    return result


def openvino_contenders(bf16):
    """Without bf16 instructions OpenVINO emulates it a hundred times slower, and some models fail."""
    result = []
    for static, label in ((False, ""), (True, ", static shapes")):
        def add(name, family, precision, model, **settings):
            result.append(contender(name + label, "openvino", family, precision, model, static=static, **settings))
        add("OpenVINO float32", "OpenVINO float32", "float32", "onnx_plain", inference_precision="f32")
        if bf16:
            add("OpenVINO bf16", "OpenVINO bf16", "bf16", "onnx_plain", inference_precision="bf16")
        add("OpenVINO NNCF INT8", "OpenVINO NNCF INT8", "int8", "openvino_int8", inference_precision="f32")
        if bf16:
            add("OpenVINO NNCF INT8 + bf16", "OpenVINO NNCF INT8", "int8", "openvino_int8", inference_precision="bf16")
        add("OpenVINO INT8 weights", "OpenVINO INT8 weights", "int8", "openvino_int8_weights", inference_precision="f32")
    return result


def ctranslate2_contenders(isa):
    result = []
    for backend, label in ((True, ""), (False, ", oneDNN")):
        for wide in (False, True):
            if wide and rank(isa) < rank("avx512"):
                continue
            env = {"CT2_USE_MKL": "1" if backend else "0"}
            if wide:  # it takes AVX2 by itself, for its own vector code
                env["CT2_FORCE_CPU_ISA"] = "AVX512"
            result.append(contender(f"CTranslate2 INT8{label}{', AVX512' if wide else ''}", "ctranslate2",
                                    "CTranslate2 INT8", "int8", "ctranslate2_int8", pads=False, env=env,
                                    compute_type="int8"))
    return result


def all_contenders(isa, bf16, runtimes):
    """Everything for a machine or a cap of this instruction set; `bf16`: whether it multiplies bf16 numbers."""
    lists = {"onnxruntime": onnxruntime_contenders, "openvino": lambda: openvino_contenders(bf16),
             "ctranslate2": lambda: ctranslate2_contenders(isa)}
    result = linnet_contenders()
    for runtime in runtimes:
        result += lists[runtime]()
    return result
